using Mlsae.Analysis;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Text.Microworlds;
using Mlsae.Transformers;

namespace Mlsae.Pipelines;

/// <summary>How well single units tell the Microworld's concepts: the dictionary's latents, the model's own neurons, and random directions encoded as the dictionary encodes.</summary>
/// <param name="Latents">the dictionary's latents, at each layer and at any</param>
/// <param name="Neurons">the MLP neurons of every layer after their activation function</param>
/// <param name="RandomDirections">a dictionary of the same size whose directions are random</param>
public sealed record ConceptComparison(ConceptScores Latents, ConceptScores Neurons, ConceptScores RandomDirections)
{
    /// <summary>Best concept latents that are named.</summary>
    public const int MostNamed = 20;

    /// <summary>The file in analysis/concepts.</summary>
    public const string FileName = "concepts.json";

    /// <summary>Scores a run on held-out documents.</summary>
    /// <param name="run">a run on a model whose tokenizer has an end-of-text token</param>
    /// <param name="contextCount">held-out contexts; every other one chooses units and thresholds, the rest measure them</param>
    /// <param name="seed">of the random directions and the bootstrap</param>
    /// <param name="progress">told the share done</param>
    /// <param name="cancellation">ends the work</param>
    public static ConceptComparison Measure(
        TrainedRun run, int contextCount, ulong seed, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var contexts = AnnotatedTokens.Contexts(run.Tokenizer, Microworld.HeldOutSeed, run.Config.ContextLength, contextCount);
        var activations = Harvest(run, contexts, seed, progress, cancellation);
        var tokens = new ConceptTokens(contexts, [.. run.Tokenizer.SpecialIds]);
        cancellation.ThrowIfCancellationRequested();
        return new ConceptComparison(
            ConceptScores.Measure(activations.Latents, tokens, seed),
            ConceptScores.Measure(activations.Neurons, tokens, seed),
            ConceptScores.Measure(activations.Random, tokens, seed));
    }

    /// <summary>Scores the latents of a run alone. Writes analysis/concepts/latents.json.</summary>
    /// <inheritdoc cref="Measure"/>
    public static ConceptScores ScoreLatents(
        TrainedRun run, int contextCount, ulong seed, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var contexts = AnnotatedTokens.Contexts(run.Tokenizer, Microworld.HeldOutSeed, run.Config.ContextLength, contextCount);
        var latents = run.Activations([.. contexts.Select(context => context.Ids)], progress, cancellation);
        var scores = ConceptScores.Measure(latents, new ConceptTokens(contexts, [.. run.Tokenizer.SpecialIds]), seed);
        cancellation.ThrowIfCancellationRequested();
        JsonFile.Write(Path.Combine(run.AnalysisPath("concepts"), "latents.json"), scores);
        return scores;
    }

    /// <summary>The concepts that latents tell best, each latent once, by F1.</summary>
    public IReadOnlyList<ConceptScore> BestConcepts() =>
        [.. Latents.Scores.OrderByDescending(score => score.F1).DistinctBy(score => score.Unit).Take(MostNamed)];

    private static (LatentActivations Latents, NeuronActivations Neurons, LatentActivations Random) Harvest(
        TrainedRun run, IReadOnlyList<AnnotatedTokens> contexts, ulong seed, IProgress<double>? progress, CancellationToken cancellation)
    {
        int layers = run.HookPoints.Count;
        var random = WithRandomDirections(run.Dictionary, seed);
        var latents = new LatentActivations(layers, run.Dictionary.LatentCount);
        var randomLatents = new LatentActivations(layers, run.Dictionary.LatentCount);
        var neurons = new NeuronActivations(run.Model.LayerCount, run.Model.MlpDim, contexts.Sum(context => context.Ids.Length));
        var mlps = Enumerable.Range(0, run.Model.LayerCount).Select(HookPoint.MlpPost).ToArray();
        int done = 0;
        foreach (var batch in TrainedRun.Batches([.. contexts.Select(context => context.Ids)]))
        {
            cancellation.ThrowIfCancellationRequested();
            var (vectors, codes) = run.Encode(batch);
            latents.AppendInterleaved(codes);
            randomLatents.AppendInterleaved(random.Encode(vectors));
            var captured = run.Model.Forward(batch, new ForwardOptions { Captures = mlps, Logits = false });
            for (int layer = 0; layer < mlps.Length; layer++)
            {
                neurons.Append(layer, captured[mlps[layer]]);
            }

            done += batch.Sequences;
            progress?.Report((double)done / contexts.Count);
        }

        return (latents, neurons, randomLatents);
    }

    /// <summary>Dictionaries of the same kind and size whose latents read and write independent random directions of norm 1.</summary>
    private static ILayeredDictionary WithRandomDirections(ILayeredDictionary like, ulong seed) => LayeredDictionary.Of(
        like.Arrangement, [.. like.Dictionaries.Select((part, i) => WithDirections(part, DrawDirections(part, seed, i)))], like.LayerCount);

    private static Matrix DrawDirections(SparseDictionary like, ulong seed, int part)
    {
        var directions = new Matrix(like.LatentCount, like.ModelDim);
        new Philox(seed, "random directions", (ulong)part).FillGaussian(directions.AsSpan(), 1);
        for (int i = 0; i < directions.Rows; i++)
        {
            var row = directions.Row(i);
            Kernels.Scale(row, 1 / MathF.Sqrt(Kernels.SumOfSquares(row)));
        }

        return directions;
    }

    private static SparseDictionary WithDirections(SparseDictionary like, Matrix directions) => like switch
    {
        TopKDictionary => new TopKDictionary(like.Config, directions, directions.Copy(), like.PreBias, like.Origin, like.EncoderBias),
        ThresholdDictionary { Thresholds: var thresholds } => new ThresholdDictionary(
            like.Config, directions, directions.Copy(), like.PreBias, like.EncoderBias, thresholds),
        _ => throw new ArgumentException($"A {like.Config.Kind} dictionary cannot be given random directions."),
    };
}
