using Mlsae.Analysis;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>A latent with the tokens that its direction points to most nearly.</summary>
/// <param name="Latent">which latent</param>
/// <param name="Tokens">the tokens as they are shown, the nearest first</param>
/// <param name="Cosines">their cosines</param>
public sealed record LatentTokens(int Latent, IReadOnlyList<string> Tokens, IReadOnlyList<float> Cosines);

/// <summary>How near latents' directions come to tokens.</summary>
/// <param name="Nearest">the cosine with the nearest token, mean over latents; interval over latents</param>
/// <param name="Examples">the latents that come nearest</param>
public sealed record TokenNeighbours(Estimate Nearest, IReadOnlyList<LatentTokens> Examples)
{
    /// <summary>Latents that are shown.</summary>
    public const int MostShown = 20;

    internal static TokenNeighbours Of(int[] latents, NearestTokens nearest, Func<int, string> display, ulong seed) => new(
        nearest.Nearest(seed),
        [
            .. Enumerable.Range(0, latents.Length).OrderByDescending(row => nearest.Cosines[row][0]).ThenBy(row => row).Take(MostShown)
                .Select(row => new LatentTokens(latents[row], [.. nearest.Tokens[row].Select(display)], nearest.Cosines[row])),
        ]);
}

/// <summary>What decoder-geometry found. All of it is over the latents that are ever active.</summary>
/// <param name="Directions">how many directions were compared</param>
/// <param name="DeadLatents">latents left out because they are never active</param>
/// <param name="ModelDim">d_model</param>
/// <param name="Mmcs">mean over latents of the largest cosine with another direction; interval over latents</param>
/// <param name="PublishedMmcs">the same as the published code takes it: among earlier latents alone, floored at 0</param>
/// <param name="Cosines">all pairs</param>
/// <param name="Embedding">the tokens whose embeddings are nearest; null where the vectors are not those of the residual stream</param>
/// <param name="Unembedding">the same of unembeddings</param>
public sealed record DecoderGeometryResult(
    int Directions, int DeadLatents, int ModelDim, Estimate Mmcs, PublishedSummary PublishedMmcs, PairwiseCosines Cosines, TokenNeighbours? Embedding, TokenNeighbours? Unembedding)
{
    /// <summary>Name and version of the definitions of mmcs and nearest tokens.</summary>
    public string Definition { get; init; } =
        "decoder_geometry/1: mmcs = mean over live latents of the largest cosine with another live latent's decoder direction; embedding, unembedding: mean over live latents of the cosine with the nearest token";
}

/// <summary>decoder-geometry: how the directions of latents lie among each other, over layers, and to the tokens' embeddings.</summary>
public sealed class DecoderGeometryAnalysis : RunAnalysis<DecoderGeometryResult>
{
    private const string FileName = "decoder-geometry.json";
    private const string NumbersFileName = "latents.safetensors";

    /// <inheritdoc/>
    public override string Name => "decoder-geometry";

    /// <inheritdoc/>
    public override string Question => "How do the directions of latents lie among each other, do latents of near layers point alike, and which tokens do they point to?";

    internal override IReadOnlyList<RunAnalysis> Needs => [RunAnalyses.LatentLayers];

    /// <inheritdoc/>
    public override DecoderGeometryResult Read(string folder) => JsonFile.Read<DecoderGeometryResult>(Path.Combine(folder, FileName));

    /// <summary>The tokens nearest to each latent's direction.</summary>
    /// <param name="folder">analysis/decoder-geometry</param>
    /// <param name="unembedding">whether by unembedding rather than embedding</param>
    /// <returns>[n_latents] which latents, and their tokens; null where the vectors are not those of the residual stream</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public (int[] Latents, NearestTokens Tokens)? ReadNearest(string folder, bool unembedding)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, NumbersFileName));
        string name = unembedding ? "unembedding" : "embedding";
        if (!file.Contains(name + ".tokens"))
        {
            return null;
        }

        long[] shape = file.Describe(name + ".tokens").Shape;
        int width = (int)shape[^1];
        return (
            [.. file.ReadLongs("latent").Select(latent => (int)latent)],
            new NearestTokens([.. file.ReadLongs(name + ".tokens", shape).Select(token => (int)token).Chunk(width)], [.. file.ReadFloats(name + ".cosines", shape).Chunk(width)]));
    }

    /// <summary>[live latents] The largest cosine of each direction with another.</summary>
    /// <param name="folder">analysis/decoder-geometry</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public float[] ReadLargest(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, NumbersFileName));
        return file.ReadFloats("max_cosine");
    }

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var distributions = RunAnalyses.LatentLayers.Read(run);
        LatentLayers[] live = [.. distributions.Latents().Where(latent => !latent.IsDead)];
        Require.That(live.Length > 1, $"Only {live.Length} latents are ever active; directions are compared in pairs.");
        var directions = Rows(LayeredDictionary.Directions(run.Dictionary), [.. live.Select(latent => latent.Latent)]);
        float[] largest = DirectionMatching.MaxCosinesAmongOthers(directions);
        progress?.Report(0.3);
        cancellation.ThrowIfCancellationRequested();
        double[] published = [.. DirectionMatching.MaxCosinesAsPublished(directions).Select(cosine => (double)cosine)];
        progress?.Report(0.6);
        cancellation.ThrowIfCancellationRequested();
        var cosines = PairwiseCosines.Of(directions, [.. live.Select(latent => latent.LayerMean)], distributions.LayerCount);
        progress?.Report(0.8);
        cancellation.ThrowIfCancellationRequested();
        var (embedding, unembedding) = Nearest(run, directions);
        int[] latents = [.. live.Select(latent => latent.Latent)];
        SafetensorsFile.Write(In(run, NumbersFileName), Tensors(latents, largest, embedding, unembedding));
        TokenNeighbours? Shown(NearestTokens? nearest) => nearest is null ? null : TokenNeighbours.Of(latents, nearest, run.DisplayToken, settings.Seed);
        JsonFile.Write(In(run, FileName), new DecoderGeometryResult(
            directions.Rows, distributions.LatentCount - live.Length, directions.Columns,
            Bootstrap.Estimates(largest.Length, settings.Seed, drawn => [drawn.Average(latent => (double)largest[latent])])[0],
            PublishedSummary.OfSample(published), cosines, Shown(embedding), Shown(unembedding)));
    }

    private static Matrix Rows(Matrix all, int[] rows)
    {
        var chosen = new Matrix(rows.Length, all.Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            all.Row(rows[i]).CopyTo(chosen.Row(i));
        }

        return chosen;
    }

    /// <summary>Tokens are vectors of the residual stream, so directions of neurons or of several layers together have none.</summary>
    private static (NearestTokens? Embedding, NearestTokens? Unembedding) Nearest(TrainedRun run, Matrix directions)
    {
        var weights = run.Model.Weights;
        return directions.Columns == weights.Embedding.Columns && run.HookPoints.All(hook => hook.Kind is not HookKind.MlpPre and not HookKind.MlpPost)
            ? (NearestTokens.Of(directions, weights.Embedding), NearestTokens.Of(directions, weights.Unembedding))
            : (null, null);
    }

    private static IEnumerable<Tensor> Tensors(int[] latents, float[] largest, NearestTokens? embedding, NearestTokens? unembedding)
    {
        yield return Tensor.Of("latent", latents, latents.Length);
        yield return Tensor.Of("max_cosine", largest, largest.Length);
        foreach (var (name, nearest) in new[] { ("embedding", embedding), ("unembedding", unembedding) })
        {
            if (nearest is not null)
            {
                yield return Tensor.Of(name + ".tokens", (ReadOnlySpan<int>)[.. nearest.Tokens.SelectMany(row => row)], latents.Length, NearestTokens.DefaultCount);
                yield return Tensor.Of(name + ".cosines", (ReadOnlySpan<float>)[.. nearest.Cosines.SelectMany(row => row)], latents.Length, NearestTokens.DefaultCount);
            }
        }
    }
}
