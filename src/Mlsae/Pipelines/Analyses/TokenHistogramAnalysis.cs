using Mlsae.Analysis.Tokens;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>The basis direction that is compared with a latent.</summary>
/// <param name="Dimension">dimension of the vectors, from 0</param>
/// <param name="Negative">whether its values are taken times −1: the latent reads it downwards</param>
/// <param name="Rank">its place among the dimensions by the size of the latent's encoder weight, from 1</param>
/// <param name="HasToken">whether it was taken as the first that has the token among the tokens at which it is largest; if none has, it is the one that correlates most with the token</param>
/// <param name="TopTokens">the tokens that come most often where it is largest</param>
/// <param name="Histogram">on which of the latent's tokens it has which values, over places drawn from all</param>
public sealed record BasisHistogram(int Dimension, bool Negative, int Rank, bool HasToken, IReadOnlyList<string> TopTokens, TokenHistogram Histogram);

/// <summary>A latent at one layer, and the basis direction that compares with it.</summary>
/// <param name="Latent">the latent</param>
/// <param name="Layer">the layer, from 0</param>
/// <param name="Active">places at which it is active there; the histogram is of at most 5,000 of them</param>
/// <param name="Detector">how well it tells its token, over all places</param>
/// <param name="Histogram">on which tokens it is active, by strength</param>
/// <param name="Basis">the direction</param>
public sealed record LatentHistogram(int Latent, int Layer, long Active, TokenDetector Detector, TokenHistogram Histogram, BasisHistogram Basis);

/// <summary>What token-histogram found.</summary>
/// <param name="Token">the token that latents were looked for by; null where they were named</param>
/// <param name="Tokens">tokens of the text, without special ones</param>
/// <param name="Latents">the latents, those that tell the token best first</param>
public sealed record TokenHistogramResult(string? Token, long Tokens, IReadOnlyList<LatentHistogram> Latents)
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } = TokenHistogram.Definition;
}

/// <summary>token-histogram: on which tokens a latent is active, by strength, beside a direction of the basis. The text is read twice: to find the latents, and to draw from their places.</summary>
public sealed class TokenHistogramAnalysis : RunAnalysis<TokenHistogramResult>
{
    /// <summary>Latents that are looked for by a token.</summary>
    public const int LatentsShown = 2;

    private const string FileName = "token-histogram.json";
    private const string MaximaFileName = "maxima.safetensors";

    // Cunningham et al. show the apostrophe; where its s belongs to the same token that is taken.
    private static readonly string[] DefaultTokens = ["'s", "'"];

    /// <inheritdoc/>
    public override string Name => "token-histogram";

    /// <inheritdoc/>
    public override string Question => "On which tokens is a latent active, at each strength, beside a direction of the basis?";

    /// <inheritdoc/>
    public override bool IsDone(TrainedRun run, AnalysisSettings settings)
    {
        if (!base.IsDone(run, settings))
        {
            return false;
        }

        var found = Read(run);
        // Histograms of named latents do not answer for those of a token, nor those of one token for another's.
        return settings.Latents.Count > 0 ? settings.Latents.All(latent => found.Latents.Any(of => of.Latent == latent))
            : settings.Token is null ? found.Token is not null
            : found.Token == run.DisplayToken(TokenOf(run, settings.Token));
    }

    /// <inheritdoc/>
    public override TokenHistogramResult Read(string folder) => JsonFile.Read<TokenHistogramResult>(Path.Combine(folder, FileName));

    /// <summary>The largest value of every latent at every layer over the text: what a search by a prompt holds values against.</summary>
    /// <exception cref="IOException">The analysis was not made.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or of another dictionary.</exception>
    public LatentMaxima ReadMaxima(TrainedRun run) => LatentMaxima.Read(In(run, MaximaFileName), run.HookPoints.Count, run.Dictionary.LatentCount);

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var text = AnalysisText.Of(run, settings, settings.Sequences);
        var maxima = new LatentMaxima(run.HookPoints.Count, run.Dictionary.LatentCount);
        var detectors = Find(run, settings, text, maxima, new PartialProgress(progress, 0, 0.5), cancellation);
        var places = new HistogramPlaces(run, text, detectors.Units, settings.Seed);
        places.Read(new PartialProgress(progress, 0.5, 1), cancellation);
        int? token = settings.Latents.Count > 0 ? null : detectors.Token;
        LatentMaxima.Write(In(run, MaximaFileName), maxima);
        JsonFile.Write(In(run, FileName), new TokenHistogramResult(
            token is { } known ? run.DisplayToken(known) : null, places.Tokens, [.. detectors.Units.Select((_, i) => places.Histogram(i, token))]));
    }

    /// <summary>Which latents at which layers, and the token they were looked for by.</summary>
    private static (TokenDetector[] Units, int Token) Find(
        TrainedRun run, AnalysisSettings settings, AnalysisText text, LatentMaxima maxima, IProgress<double>? progress, CancellationToken cancellation)
    {
        int token = settings.Token is { } named ? TokenOf(run, named) : DefaultToken(run, text);
        var sums = new TokenDetectorSums(run.HookPoints.Count, run.Dictionary.LatentCount, token);
        foreach (var (batch, first) in text.Batches(progress, cancellation))
        {
            var encoded = run.EncodeText(batch, first);
            sums.Add(encoded.Codes, AnalysisText.Ids(encoded));
            maxima.Add(encoded);
        }

        if (settings.Latents.Count == 0)
        {
            var best = sums.Best(LatentsShown);
            Require.That(best.Length > 0, $"No latent is active on the token '{run.DisplayToken(token)}' in this text; name another with --token, or latents with --latents.");
            return (best, token);
        }

        foreach (int latent in settings.Latents)
        {
            Require.That(latent < run.Dictionary.LatentCount, $"There is no latent {latent}; the dictionary has {run.Dictionary.LatentCount}, from 0.");
            Require.That(sums.IsActive(latent), $"Latent {latent} is never active in this text; give more with --sequences.");
        }

        return ([.. settings.Latents.Select(latent => sums.At(sums.StrongestLayer(latent), latent))], token);
    }

    private static int TokenOf(TrainedRun run, string text) => run.Tokenizer.TokenId(text)
        ?? throw new ArgumentException($"'{text}' is no single token of this tokenizer; '{string.Join("', '", run.Tokenizer.Encode(text).Select(run.DisplayToken))}' are its tokens.");

    /// <summary>The apostrophe's token where the text has it, otherwise the most frequent token.</summary>
    private static int DefaultToken(TrainedRun run, AnalysisText text)
    {
        var counts = text.Contexts.SelectMany(context => context).Where(id => !run.Tokenizer.IsSpecial(id)).CountBy(id => id).ToDictionary();
        var wanted = DefaultTokens.Select(run.Tokenizer.TokenId).OfType<int>().Where(counts.ContainsKey).ToArray();
        return wanted.Length > 0 ? wanted[0] : counts.OrderByDescending(of => of.Value).ThenBy(of => of.Key).First().Key;
    }
}
