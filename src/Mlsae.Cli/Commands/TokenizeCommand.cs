using System.CommandLine;
using Mlsae.Storage;
using Mlsae.Text;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae tokenize</c>: text to token ids in a file, and back.</summary>
internal static class TokenizeCommand
{
    internal const string TensorName = "input_ids";

    public static Command Create(string name, string description)
    {
        var input = new Argument<string>("file") { Description = "Text (.txt, .jsonl, .jsonl.gz, .jsonl.zst); with --decode a file that tokenize wrote." };
        var tokenizer = new Option<string>("--tokenizer") { Description = "The tokenizer.json of a byte-level BPE tokenizer.", Required = true };
        var output = new Option<string>("--output") { Description = "The file to write.", Required = true };
        var decode = new Option<bool>("--decode") { Description = "From token ids to text." };
        var command = new Command(name, description)
        {
            input, tokenizer, output, decode,
        };
        command.SetAction(parsed =>
        {
            var loaded = Tokenizer.Load(parsed.GetRequiredValue(tokenizer));
            var convert = parsed.GetValue(decode) ? (Action<Tokenizer, string, string>)Decode : Encode;
            convert(loaded, parsed.GetRequiredValue(input), parsed.GetRequiredValue(output));
        });
        return command;
    }

    private static void Encode(Tokenizer tokenizer, string text, string output)
    {
        long[] ids = [.. Documents.Read(text).SelectMany(tokenizer.Encode).Select(id => (long)id)];
        SafetensorsFile.Write(output, [Tensor.Of(TensorName, ids, ids.Length)]);
        Console.WriteLine($"{ids.Length:N0} tokens in {output}");
    }

    private static void Decode(Tokenizer tokenizer, string file, string output)
    {
        using var source = SafetensorsFile.Open(file);
        int[] ids = [.. source.ReadLongs(TensorName).Select((id, position) => Known(tokenizer, id, position, file))];
        AtomicFile.WriteText(output, tokenizer.Decode(ids));
        Console.WriteLine($"{ids.Length:N0} tokens decoded to {output}");
    }

    private static int Known(Tokenizer tokenizer, long id, int position, string file) =>
        id is >= 0 and <= int.MaxValue && tokenizer.Contains((int)id)
            ? (int)id
            : throw new InvalidDataException($"{file}: {TensorName}[{position}] is {id}, which is no token of this tokenizer ({tokenizer.VocabularySize} ids).");
}
