using Mlsae.Analysis;
using Mlsae.Analysis.Causal;
using Mlsae.Analysis.Chains;
using Mlsae.Analysis.Universality;
using Mlsae.Analysis.Units;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>
/// token-chains: which latents promote the tokens on which others fire, at the last layer that the dictionary reads, where direct logit weights foretell best what a latent does. Edges are found on every
/// other context; the rest shows whether they are walked.
/// </summary>
public sealed class TokenChainsAnalysis : RunAnalysis<TokenChainsResult>
{
    /// <summary>The file in analysis/token-chains.</summary>
    public const string FileName = "token-chains.json";

    // Reading the text takes most of the time, chance the rest.
    private const double Edges = 0.35, Reading = 0.7;

    /// <inheritdoc/>
    public override string Name => "token-chains";

    /// <inheritdoc/>
    public override string Question => "Which latents promote the tokens on which others fire, and what chains do they make?";

    /// <inheritdoc/>
    public override bool TakesLong => true;

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run) => base.Hindrance(run) ?? (
        run.HookPoints[^1] is { Kind: HookKind.AttentionPattern or HookKind.MlpPre or HookKind.FinalNorm or HookKind.Logits } other
            ? $"Logit weights are of directions of the residual stream, of what is added to it, or of neurons; this dictionary reads {other}."
            : null);

    /// <inheritdoc/>
    public override TokenChainsResult Read(string folder) => JsonFile.Read<TokenChainsResult>(Path.Combine(folder, FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var text = AnalysisText.Of(run, settings, settings.RareSequences);
        Require.That(text.Contexts.Count >= 2, "Edges are found on every other context and followed on the rest, so at least 2 are needed; give more with --rare-sequences.");
        var labels = Labels(run, text.EveryOther(0), new PartialProgress(progress, 0, Edges), cancellation);
        var chains = new TokenChains(labels, Weights(run), settings.Seed);
        var other = text.EveryOther(1);
        foreach (var (batch, first) in other.Batches(new PartialProgress(progress, Edges, Reading), cancellation))
        {
            var encoded = run.EncodeText(batch, first, codes: false);
            chains.Follow(LastLayer(run, encoded), [.. Enumerable.Range(0, encoded.Count).Select(token => HasNext(encoded, token))]);
        }

        var chance = Chance(run, settings, chains, new PartialProgress(progress, Reading, 1), cancellation);
        JsonFile.Write(In(run, FileName), chains.Result((run.HookPoints[^1].ToString(), IsOnlyPath(run)), text.Contexts.Count, chance, run.DisplayToken));
    }

    private static LatentLabels Labels(TrainedRun run, AnalysisText text, IProgress<double>? progress, CancellationToken cancellation)
    {
        var labels = new LatentLabels(run.Dictionary.LatentCount, run.Model.Config.VocabularySize);
        foreach (var (batch, first) in text.Batches(progress, cancellation))
        {
            var encoded = run.EncodeText(batch, first, codes: false);
            labels.Add(LastLayer(run, encoded), AnalysisText.Ids(encoded), text.ConceptsOf(encoded));
        }

        return labels;
    }

    /// <summary>[tokens] The codes of the last layer; only its vectors are encoded where a dictionary can do that.</summary>
    private static SparseRows LastLayer(TrainedRun run, EncodedTokens encoded)
    {
        int layers = run.HookPoints.Count;
        int[] rows = [.. Enumerable.Range(1, encoded.Count).Select(token => token * layers - 1)];
        return DictionaryAtLayer.Hindrance(run.Dictionary) is null
            ? new DictionaryAtLayer(run.Dictionary, layers - 1).Encode(UniversalitySums.Rows(encoded.Vectors, rows))
            : run.Dictionary.Encode(encoded.Vectors).Select(rows);
    }

    private static bool HasNext(EncodedTokens encoded, int token) => token + 1 < encoded.Count
        && encoded.PositionOf(token + 1) == encoded.PositionOf(token) + 1 && encoded.PositionOf(token + 1) % encoded.Batch.Length != 0;

    /// <summary>[n_latents × vocabulary] The direct logit weights; of latents that cannot be active at the last layer 0.</summary>
    private static Matrix Weights(TrainedRun run)
    {
        int layer = run.HookPoints.Count - 1, first = run.Dictionary.LatentsAt(layer).First;
        var weights = LogitWeights.Unshifted(run.Model.Weights, run.Dictionary.DirectionsAt(layer), run.HookPoints[layer]);
        if (weights.Rows == run.Dictionary.LatentCount)
        {
            return weights;
        }

        var all = new Matrix(run.Dictionary.LatentCount, weights.Columns);
        weights.AsSpan().CopyTo(all.AsSpan().Slice(first * weights.Columns, weights.AsSpan().Length));
        return all;
    }

    private static List<ChainNull> Chance(TrainedRun run, AnalysisSettings settings, TokenChains chains, IProgress<double> progress, CancellationToken cancellation)
    {
        var observed = ChainCounts.Of(chains.Edges);
        var kinds = new (string Name, Func<int, ChainCounts> Draw)[]
        {
            (ChainNull.RandomDirections, draw => chains.Random(RandomWeights(run, chains.Compared, settings.Seed, draw))), (ChainNull.PermutedDirections, chains.Permuted), (ChainNull.ExchangedTokens, chains.Exchanged),
        };
        var chance = new List<ChainNull>();
        int draws = settings.Permutations, done = 0;
        foreach (var (name, draw) in draws > 0 ? kinds : [])
        {
            var drawn = new ChainCounts[draws];
            for (int i = 0; i < draws; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                drawn[i] = draw(i);
                progress.Report((double)++done / (draws * kinds.Length));
            }

            chance.Add(ChainNull.Of(name, observed, drawn));
        }

        return chance;
    }

    private static Matrix RandomWeights(TrainedRun run, int count, ulong seed, int draw)
    {
        var directions = new Matrix(count, run.Dictionary.ModelDim);
        new Philox(seed, "random directions", (ulong)draw).FillGaussian(directions.AsSpan(), 1);
        return LogitWeights.Unshifted(run.Model.Weights, directions, run.HookPoints[^1]);
    }

    /// <summary>Whether nothing but the direct path leads from the last layer to the logits.</summary>
    private static bool IsOnlyPath(TrainedRun run)
    {
        var place = run.HookPoints[^1];
        bool isLastBlock = place.Layer == run.Model.LayerCount - 1;
        return isLastBlock && (place.Kind is HookKind.ResidPost or HookKind.MlpOut or HookKind.MlpPost || (place.Kind == HookKind.AttentionOut && run.Model.Config.ParallelResidual));
    }
}
