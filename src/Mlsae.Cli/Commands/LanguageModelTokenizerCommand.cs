using System.CommandLine;
using Mlsae.Pipelines;
using Mlsae.Text;
using Mlsae.Text.Microworlds;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae lm tokenizer</c>: learn a byte-level BPE tokenizer from text.</summary>
internal static class LanguageModelTokenizerCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "'microworld', or a file or folder of text.", DefaultValueFactory = _ => TextData.Microworld };
        var vocabulary = new Option<int>("--vocabulary")
        {
            Description = "Tokens: the special one, 256 bytes and the merges.",
            DefaultValueFactory = _ => MicroworldTokenizer.VocabularySize,
        };
        var documents = new Option<int>("--documents") { Description = "Learn from the first of these.", DefaultValueFactory = _ => MicroworldTokenizer.TrainingDocuments };
        var output = new Option<string>("--output") { Description = "The tokenizer.json to write.", Required = true };
        var command = new Command("tokenizer", "Learn a byte-level BPE tokenizer from text.") { data, vocabulary, documents, output };
        command.SetAction((parsed, cancellation) =>
        {
            var texts = TextData.Training(parsed.GetRequiredValue(data))().Take(parsed.GetValue(documents));
            int size = parsed.GetValue(vocabulary);
            var tokenizer = ConsoleProgress.Run("Learning merges", show => BpeTrainer.Train(
                texts, size, [MicroworldTokenizer.EndOfText],
                new SynchronousProgress<int>(tokens => show((double)tokens / size, $"{tokens:N0} of {size:N0} tokens")), cancellation));
            tokenizer.Save(parsed.GetRequiredValue(output));
            Console.WriteLine($"{tokenizer.VocabularySize:N0} tokens in {parsed.GetRequiredValue(output)}");
            return Task.FromResult(0);
        });
        return command;
    }
}
