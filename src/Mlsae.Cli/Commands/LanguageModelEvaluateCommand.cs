using System.CommandLine;
using Mlsae.Analysis;
using Mlsae.Pipelines;
using Mlsae.Text;
using Mlsae.Text.Microworlds;
using Mlsae.Transformers;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae lm evaluate</c>: the numbers of a model card.</summary>
internal static class LanguageModelEvaluateCommand
{
    /// <summary>Contexts whose counts give the corpus' entropy: enough that pairs of tokens are well counted.</summary>
    private const int CountedContexts = 8000;

    public static Command Create()
    {
        var model = ModelOption.Create();
        var contexts = new Option<int>("--contexts") { Description = "Held-out contexts of the Microworld.", DefaultValueFactory = _ => 200 };
        var prompts = new Option<int>("--prompts") { Description = "Held-out indirect-object sentences.", DefaultValueFactory = _ => 1000 };
        var seed = new Option<ulong>("--seed") { Description = "Of the sentences.", DefaultValueFactory = _ => 0 };
        var command = new Command("evaluate", "A model's loss on the Microworld's held-out text, and its accuracy on held-out indirect-object sentences.")
        {
            model, contexts, prompts, seed,
        };
        command.SetAction((parsed, cancellation) =>
        {
            Evaluate(ModelOption.Folder(parsed.GetRequiredValue(model)), parsed.GetValue(contexts), parsed.GetValue(prompts), parsed.GetValue(seed), cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Evaluate(string folder, int contexts, int prompts, ulong seed, CancellationToken cancellation)
    {
        var model = LanguageModel.Load(folder);
        var tokenizer = TextData.Tokenizer(folder);
        var heldOut = Contexts(Microworld.Documents(Microworld.HeldOutSeed), tokenizer, model.ContextLength).Take(contexts).ToArray();
        double loss = LanguageModelLoss.Mean(model, heldOut, cancellation: cancellation);
        Console.WriteLine($"held-out loss       {loss:F3} nats a token ({heldOut.Length} contexts of {model.ContextLength})");
        var entropy = CorpusEntropy.Of(Contexts(Microworld.Documents(Microworld.TrainingSeed), tokenizer, model.ContextLength).Take(CountedContexts));
        Console.WriteLine($"unigram entropy     {entropy.Unigram:F3} nats a token (of {entropy.Tokens:N0} tokens)");
        Console.WriteLine($"bigram entropy      {entropy.Bigram:F3} nats a token");
        var accuracy = IndirectObjectAccuracy.Measure(model, tokenizer, IndirectObjectSentences.HeldOut(seed, prompts));
        Console.WriteLine($"indirect object     {accuracy.Share:P1} of {accuracy.Count:N0} held-out sentences (95 % interval {accuracy.Low:P1} to {accuracy.High:P1}), mean logit difference {accuracy.MeanLogitDifference:F2}");
    }

    private static IEnumerable<int[]> Contexts(IEnumerable<string> documents, Tokenizer tokenizer, int length)
    {
        using var packed = new PackedContexts(() => documents, tokenizer, new PackingConfig { ContextLength = length });
        while (packed.Next() is { } context)
        {
            yield return context;
        }
    }
}
