using Mlsae.Analysis.Tokens;
using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Pipelines.Analyses;

/// <summary>Every place at which some latents are active at their layer, and samples of the vectors of those layers.</summary>
internal sealed class HistogramPlaces
{
    // Places of a basis direction whose tokens are named: the hundred largest of the 5,000 drawn.
    private const int TopPoints = 100;

    private readonly TrainedRun _run;
    private readonly AnalysisText _text;
    private readonly TokenDetector[] _units;
    private readonly ulong _seed;
    private readonly List<TokenPoint>[] _points;
    private readonly Dictionary<int, BasisSample> _vectors;

    /// <param name="run">whose latents</param>
    /// <param name="text">what is read</param>
    /// <param name="units">the latents with their layers</param>
    /// <param name="seed">of the draws</param>
    public HistogramPlaces(TrainedRun run, AnalysisText text, TokenDetector[] units, ulong seed)
    {
        (_run, _text, _units, _seed) = (run, text, units, seed);
        _points = [.. units.Select(_ => new List<TokenPoint>())];
        int tokens = text.Contexts.Sum(context => context.Count(id => !run.Tokenizer.IsSpecial(id)));
        _vectors = units.Select(unit => unit.Layer).Distinct().ToDictionary(
            layer => layer,
            layer => new BasisSample(run.Dictionary.ModelDim, tokens, TokenHistogram.MostPoints, new Philox(seed, "vectors of a layer", (ulong)layer)));
    }

    /// <summary>Tokens read.</summary>
    public long Tokens { get; private set; }

    /// <summary>Reads the text.</summary>
    public void Read(IProgress<double>? progress, CancellationToken cancellation)
    {
        foreach (var (batch, first) in _text.Batches(progress, cancellation))
        {
            var encoded = _run.EncodeText(batch, first);
            int[] ids = AnalysisText.Ids(encoded);
            int layers = encoded.LayerCount;
            for (int token = 0; token < ids.Length; token++)
            {
                foreach (var (layer, sample) in _vectors)
                {
                    sample.Add(ids[token], encoded.Vectors.Row(token * layers + layer));
                }

                for (int i = 0; i < _units.Length; i++)
                {
                    AddPlace(_points[i], encoded.Codes, token * layers + _units[i].Layer, _units[i].Latent, ids[token]);
                }
            }

            Tokens += ids.Length;
        }
    }

    /// <summary>The histogram of one of the latents.</summary>
    /// <param name="i">which</param>
    /// <param name="token">the token it is held to be about; null for the one with the most of its activation</param>
    public LatentHistogram Histogram(int i, int? token)
    {
        var unit = _units[i];
        int own = token ?? _points[i].GroupBy(point => point.Token).OrderByDescending(of => of.Sum(point => point.Value)).ThenBy(of => of.Key).First().Key;
        var drawn = TokenHistogram.Drawn(_points[i], new Philox(_seed, "token histogram", (ulong)unit.Latent));
        int[] shown = TokenHistogram.MostFrequent(drawn, own);
        return new LatentHistogram(unit.Latent, unit.Layer, _points[i].Count, Detector(i, own), TokenHistogram.Of(drawn, own, shown, _run.DisplayToken), Basis(unit, own, shown));
    }

    private TokenDetector Detector(int i, int token)
    {
        double onToken = _points[i].Where(point => point.Token == token).Sum(point => (double)point.Value), all = _points[i].Sum(point => (double)point.Value);
        long occurrences = _text.Contexts.Sum(context => context.LongCount(id => id == token));
        return _units[i] with { Precision = onToken / all, Recall = (double)_points[i].Count(point => point.Token == token) / occurrences };
    }

    private BasisHistogram Basis(TokenDetector unit, int token, int[] shown)
    {
        var (direction, rank, hasToken) = _vectors[unit.Layer].Comparable(EncoderRow(unit), token);
        var points = _vectors[unit.Layer].Points(direction);
        var tokens = TokenHistogram.MostFrequent([.. points.OrderByDescending(point => point.Value).Take(TopPoints)], token).Take(TokenHistogram.TokensShown);
        return new BasisHistogram(direction.Dimension, direction.Negative, rank, hasToken, [.. tokens.Select(_run.DisplayToken)], TokenHistogram.Of(points, token, shown, _run.DisplayToken));
    }

    /// <summary>[d_model] What a latent reads at a layer.</summary>
    private ReadOnlySpan<float> EncoderRow(TokenDetector unit)
    {
        var dictionary = _run.Dictionary;
        return dictionary.Arrangement switch
        {
            Arrangement.PerLayer => dictionary.Dictionaries[unit.Layer].Encoder.Row(unit.Latent - dictionary.LatentsAt(unit.Layer).First),
            Arrangement.Crosscoder => dictionary.Dictionaries[0].Encoder.Row(unit.Latent).Slice(unit.Layer * dictionary.ModelDim, dictionary.ModelDim),
            _ => dictionary.Dictionaries[0].Encoder.Row(unit.Latent),
        };
    }

    private static void AddPlace(List<TokenPoint> points, SparseRows codes, int row, int latent, int token)
    {
        int at = codes.RowIndices(row).IndexOf(latent);
        if (at >= 0 && codes.RowValues(row)[at] > 0)
        {
            points.Add(new TokenPoint(token, codes.RowValues(row)[at]));
        }
    }
}
