using System.Diagnostics;

namespace Mlsae.Benchmarks;

/// <summary>The same work in PyTorch, for whom it is installed.</summary>
public static class PeerScript
{
    /// <summary>The script, to be given to Python as its argument after "-c"; it takes turns as <see cref="TurnServer"/> does.</summary>
    public static string Text { get; } = Read();

    /// <summary>The version of PyTorch that a Python has; null where it has none or does not start.</summary>
    /// <param name="python">program and arguments</param>
    public static string? Version(IReadOnlyList<string> python)
    {
        try
        {
            var start = new ProcessStartInfo(python[0], [.. python.Skip(1), "-c", "import torch; print(torch.__version__)"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start);
            string? version = process?.StandardOutput.ReadToEnd().Trim();
            process?.WaitForExit();
            return process?.ExitCode == 0 ? version : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string Read()
    {
        using var stream = typeof(PeerScript).Assembly.GetManifestResourceStream("peers.py") ?? throw new InvalidOperationException("The peers' script is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
