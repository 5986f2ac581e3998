using System.CommandLine;
using Mlsae.Pipelines;
using Mlsae.Transformers;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae lm sample</c>: let a model go on with a text.</summary>
internal static class LanguageModelSampleCommand
{
    public static Command Create()
    {
        var prompt = new Argument<string>("prompt") { Description = "The text to go on with." };
        var model = ModelOption.Create();
        var tokenizer = new Option<string>("--tokenizer") { Description = "A tokenizer.json, where the model's folder has none." };
        var tokens = new Option<int>("--tokens") { Description = "New tokens at most.", DefaultValueFactory = _ => 100 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the likeliest token each time.", DefaultValueFactory = _ => 0.8 };
        var topP = new Option<double>("--top-p") { Description = "Draw from the likeliest tokens that together have this probability.", DefaultValueFactory = _ => 0.95 };
        var seed = new Option<ulong>("--seed") { Description = "Of the draws.", DefaultValueFactory = _ => 0 };
        var command = new Command("sample", "Let a model go on with a text.") { prompt, model, tokenizer, tokens, temperature, topP, seed };
        command.SetAction(parsed =>
        {
            string folder = ModelOption.Folder(parsed.GetRequiredValue(model));
            var words = TextData.Tokenizer(folder, parsed.GetValue(tokenizer));
            int[] begun = [.. words.EndOfText is { } separator ? [separator] : Array.Empty<int>(), .. words.Encode(parsed.GetRequiredValue(prompt))];
            int[] written = Sampler.Generate(LanguageModel.Load(folder), begun, new SamplingConfig
            {
                NewTokens = parsed.GetValue(tokens),
                Temperature = parsed.GetValue(temperature),
                TopP = parsed.GetValue(topP),
                Seed = parsed.GetValue(seed),
                StopToken = words.EndOfText,
            });
            Console.WriteLine(parsed.GetRequiredValue(prompt) + words.Decode([.. written.Where(id => id != words.EndOfText)]));
        });
        return command;
    }
}
