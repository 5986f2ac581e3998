using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Text;
using Mlsae.Text.Microworlds;
using Mlsae.Transformers;

namespace Mlsae.Analysis;

/// <summary>
/// Indirect-object accuracy: the share of prompts after which the logit of the indirect object's name exceeds that of the subject's. A model that cannot tell them apart gets 0.5.
/// Each prompt is run alone, after an end-of-text token.
/// </summary>
/// <param name="Correct">prompts where it does</param>
/// <param name="Count">prompts in all</param>
/// <param name="MeanLogitDifference">logit(indirect object) − logit(subject), mean over prompts</param>
public sealed record IndirectObjectAccuracy(int Correct, int Count, double MeanLogitDifference)
{
    private const int BatchSequences = 32;

    /// <summary>The accuracy, in [0, 1].</summary>
    public double Share => (double)Correct / Count;

    /// <summary>Lower end of Wilson's 95 % interval of the accuracy.</summary>
    public double Low => WilsonInterval.Of(Correct, Count).Low!.Value;

    /// <summary>Upper end of Wilson's 95 % interval of the accuracy.</summary>
    public double High => WilsonInterval.Of(Correct, Count).High!.Value;

    /// <summary>Runs the model on all prompts.</summary>
    /// <exception cref="ArgumentException">A name with the blank before it is no single token, the tokenizer has no end-of-text token, or there are no prompts.</exception>
    public static IndirectObjectAccuracy Measure(ILanguageModel model, Tokenizer tokenizer, IReadOnlyList<IndirectObjectPrompt> prompts)
    {
        Require.That(prompts.Count > 0, "Indirect-object accuracy needs at least one prompt.");
        int endOfText = tokenizer.EndOfText ?? throw new ArgumentException("The tokenizer has no end-of-text token, which must stand before a prompt.");
        int correct = 0;
        double sum = 0;
        var encoded = prompts.Select(prompt => (Prompt: prompt, Ids: (int[])[endOfText, .. tokenizer.Encode(prompt.Text)]));
        foreach (var batch in encoded.GroupBy(e => e.Ids.Length).SelectMany(group => group.Chunk(BatchSequences)))
        {
            var logits = model.Forward(TokenBatch.Of([.. batch.Select(e => e.Ids)])).Logits!;
            for (int i = 0; i < batch.Length; i++)
            {
                var (prompt, ids) = batch[i];
                var last = logits.Row((i + 1) * ids.Length - 1);
                float difference = last[Name(tokenizer, prompt.IndirectObject)] - last[Name(tokenizer, prompt.Subject)];
                correct += difference > 0 ? 1 : 0;
                sum += difference;
            }
        }

        return new IndirectObjectAccuracy(correct, prompts.Count, sum / prompts.Count);
    }

    private static int Name(Tokenizer tokenizer, string name) => tokenizer.Encode(" " + name) is [int id]
        ? id
        : throw new ArgumentException($"The name '{name}' with the blank before it is no single token of this tokenizer.");
}
