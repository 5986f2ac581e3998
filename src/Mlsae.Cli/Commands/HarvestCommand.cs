using System.CommandLine;
using Mlsae.Storage;
using Mlsae.Transformers;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae harvest</c>: one forward pass over given token ids, every activation written to a file.</summary>
internal static class HarvestCommand
{
    /// <summary>The names that activations have in the file, which are those of the reference fixtures.</summary>
    private static readonly (HookKind Kind, string Name)[] Names =
    [
        (HookKind.AttentionOut, "attn_out"), (HookKind.MlpPost, "mlp_act"), (HookKind.MlpOut, "mlp_out"), (HookKind.ResidPost, "resid_post"),
    ];

    public static Command Create(string name, string description)
    {
        var model = ModelOption.Create(required: true);
        var ids = new Option<string>("--input-ids") { Description = "A safetensors file with 'input_ids' [batch, position], or [position] for one sequence.", Required = true };
        var output = new Option<string>("--output") { Description = "The safetensors file to write.", Required = true };
        var hooks = new Option<string[]>("--hooks")
        {
            Description = "Only these: names as written (layers.3.resid_post) or hook points (blocks.3.hook_resid_post).",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command(name, description)
        {
            model, ids, output, hooks,
        };
        command.SetAction(parsed =>
        {
            var loaded = LanguageModel.Load(ModelOption.Folder(parsed.GetRequiredValue(model)));
            var wanted = Wanted(loaded, parsed.GetValue(hooks) ?? []);
            var tokens = ReadTokens(parsed.GetRequiredValue(ids));
            Write(loaded, tokens, wanted, parsed.GetRequiredValue(output));
        });
        return command;
    }

    private static IEnumerable<(string Name, HookPoint Point)> All(ILanguageModel model)
    {
        yield return ("embed", new HookPoint(HookKind.Embed));
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            foreach (var (kind, name) in Names)
            {
                yield return ($"layers.{layer}.{name}", new HookPoint(kind, layer));
            }
        }

        yield return ("final_ln", new HookPoint(HookKind.FinalNorm));
        yield return ("logits", new HookPoint(HookKind.Logits));
    }

    private static List<(string Name, HookPoint Point)> Wanted(ILanguageModel model, string[] asked)
    {
        var all = All(model).ToList();
        return asked.Length == 0 ? all : [.. asked.SelectMany(a => a.Split(',')).Select(name => Find(all, name))];
    }

    private static (string Name, HookPoint Point) Find(List<(string Name, HookPoint Point)> all, string name)
    {
        int index = all.FindIndex(one => one.Name == name || one.Point.ToString() == name);
        return index >= 0
            ? all[index]
            : HookPoint.TryParse(name, out var point)
                ? (name, point)
                : throw new UsageException($"--hooks: '{name}' is not known; known are {string.Join(", ", all.Select(one => one.Name).Take(5))}, ... and hook points such as blocks.0.hook_resid_mid.");
    }

    private static TokenBatch ReadTokens(string path)
    {
        using var source = SafetensorsFile.Open(path);
        long[] ids = source.ReadLongs("input_ids");
        var (sequences, length) = source.Describe("input_ids").Shape switch
        {
            [var positions] => (1, (int)positions),
            [var batch, var positions] => ((int)batch, (int)positions),
            var shape => throw new InvalidDataException($"{path}: input_ids has shape [{string.Join(", ", shape)}]; [batch, position] was expected."),
        };
        return new TokenBatch([.. ids.Select(id => checked((int)id))], sequences, length);
    }

    private static void Write(ILanguageModel model, TokenBatch tokens, List<(string Name, HookPoint Point)> wanted, string output)
    {
        var result = model.Forward(tokens, new ForwardOptions
        {
            Captures = [.. wanted.Select(w => w.Point)],
            Logits = wanted.Any(w => w.Point.Kind == HookKind.Logits),
        });
        SafetensorsFile.Write(output, wanted.Select(w =>
        {
            var values = result[w.Point];
            return Tensor.Of(w.Name, values.AsSpan(), tokens.Sequences, values.Rows / tokens.Sequences, values.Columns);
        }));
        Console.WriteLine($"{wanted.Count} tensors of {tokens.TokenCount:N0} tokens in {output}");
    }
}
