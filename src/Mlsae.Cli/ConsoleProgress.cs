using Spectre.Console;

namespace Mlsae.Cli;

/// <summary>A progress bar for long work: on a terminal a live line, elsewhere a plain line every few seconds.</summary>
public static class ConsoleProgress
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs work that reports how far it is.</summary>
    /// <param name="title">what is being done</param>
    /// <param name="work">is given a function that takes the share done, 0 to 1, and the numbers to show; of work in several parts the share of each</param>
    public static T Run<T>(string title, Func<Action<double, string>, T> work) =>
        AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected ? RunLive(title, work) : RunPlain(title, work);

    private static T RunLive<T>(string title, Func<Action<double, string>, T> work) =>
        AnsiConsole.Progress()
            // Narrow enough for 80 columns beside the numbers.
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 10 }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                var result = work((done, numbers) =>
                {
                    task.Value = done;
                    task.Description = Markup.Escape(numbers.Length > 0 ? numbers : title);
                });
                task.Value = 1;
                return result;
            });

    private static T RunPlain<T>(string title, Func<Action<double, string>, T> work)
    {
        var started = DateTime.UtcNow;
        var last = started;
        double before = 0;
        Console.WriteLine($"{title} ...");
        return work((done, numbers) =>
        {
            var now = DateTime.UtcNow;

            // Work of several parts begins anew with each, and so does the estimate of what is left.
            started = done < before ? now : started;
            before = done;
            if (now - last < PlainInterval)
            {
                return;
            }

            last = now;
            var left = done > 0 ? (now - started) * ((1 - done) / done) : TimeSpan.Zero;
            Console.WriteLine($"  {done,4:P0}  {numbers}  about {left:m\\:ss} left");
        });
    }
}
