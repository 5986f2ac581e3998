using Mlsae.Metrics;
using Mlsae.Text.Microworlds;
using Mlsae.Transformers;

namespace Mlsae.Pipelines.Analyses;

/// <summary>Held-out text that an analysis reads by itself: contexts, and where it is the Microworld's what is true of each token.</summary>
/// <param name="Contexts">token ids, all of one length</param>
/// <param name="Annotated">the same contexts with what is true of each token; null where it is not known</param>
internal sealed record AnalysisText(IReadOnlyList<int[]> Contexts, IReadOnlyList<AnnotatedTokens>? Annotated)
{
    /// <summary>The text of a run: annotated where it is the Microworld's and its documents can be told apart.</summary>
    /// <param name="run">whose tokenizer and context length</param>
    /// <param name="settings">which data</param>
    /// <param name="count">contexts at most</param>
    /// <param name="annotatedCount">contexts where they are annotated; null for as many</param>
    /// <exception cref="ArgumentException">No text was named and the run's own is no Microworld.</exception>
    /// <exception cref="InvalidDataException">The text is shorter than one context.</exception>
    public static AnalysisText Of(TrainedRun run, AnalysisSettings settings, int count, int? annotatedCount = null)
    {
        if ((settings.Data ?? run.Config.Data) != TextData.Microworld || run.Tokenizer.EndOfText is null)
        {
            return new AnalysisText(run.HeldOutContexts(settings.Data, count), null);
        }

        var annotated = AnnotatedTokens.Contexts(run.Tokenizer, Microworld.HeldOutSeed, run.ContextLength, annotatedCount ?? count);
        return new AnalysisText([.. annotated.Select(context => context.Ids)], annotated);
    }

    /// <summary>Every other context.</summary>
    /// <param name="first">0, or 1 for those in between</param>
    public AnalysisText EveryOther(int first) => new(
        [.. Contexts.Where((_, i) => i % 2 == first)], Annotated is null ? null : [.. Annotated.Where((_, i) => i % 2 == first)]);

    /// <summary>The text in batches.</summary>
    /// <param name="progress">told the share done, after each batch</param>
    /// <param name="cancellation">ends the work</param>
    /// <returns>each batch with the context it begins with</returns>
    public IEnumerable<(TokenBatch Batch, int First)> Batches(IProgress<double>? progress, CancellationToken cancellation)
    {
        int done = 0;
        foreach (var batch in TrainedRun.Batches(Contexts))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return (batch, done);
            done += batch.Sequences;
            progress?.Report((double)done / Contexts.Count);
        }
    }

    /// <summary>[tokens] The ids of the tokens of a batch that are not special.</summary>
    public static int[] Ids(EncodedTokens tokens) => [.. Enumerable.Range(0, tokens.Count).Select(token => tokens.Batch.Ids[tokens.PositionOf(token)])];

    /// <summary>[tokens] What is true of them; null where it is not known.</summary>
    public ConceptSet[]? ConceptsOf(EncodedTokens tokens) => Annotated is null
        ? null
        : [.. Enumerable.Range(0, tokens.Count).Select(token => Annotated[tokens.SequenceOf(token)].Concepts[tokens.PositionOf(token) % tokens.Batch.Length])];

    /// <summary>Something of each token, for each of its layers.</summary>
    public static T[] ForEachLayer<T>(T[] ofTokens, int layers) => layers == 1 ? ofTokens : [.. ofTokens.SelectMany(of => Enumerable.Repeat(of, layers))];
}
