using Mlsae.Analysis.Proxies;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Pipelines.Analyses;

/// <summary>The two halves of specificity: every other context chooses units, the rest measure them. Token shares and shares of scripts are of the whole text.</summary>
internal sealed class SpecificityWork
{
    // A proxy with fewer tokens in either half is left out.
    private const long FewestTokens = 10;

    private readonly TrainedRun _run;
    private readonly AnalysisText _choosing;
    private readonly AnalysisText _measuring;
    private readonly ProxyStatistics _statistics;
    private readonly TokenProxy[] _proxies;
    private readonly ProxyUnits _units;
    private readonly List<Measured> _measured = [];
    private long _chosenOn;
    private long _measuredOn;

    /// <param name="run">whose latents</param>
    /// <param name="text">what is read</param>
    public SpecificityWork(TrainedRun run, AnalysisText text)
    {
        Require.That(text.Contexts.Count >= 2, "Specificity needs at least two contexts: one chooses latents, the other measures them.");
        (_run, _choosing, _measuring) = (run, text.EveryOther(0), text.EveryOther(1));
        _statistics = new ProxyStatistics(text.Contexts, run.Tokenizer);
        _proxies = [.. TokenProxy.All.Where(proxy => proxy.OccursIn(_statistics))];
        _units = new ProxyUnits(_proxies.Length, run.HookPoints.Count, run.Dictionary.LatentCount, run.Dictionary.ModelDim);
    }

    /// <summary>Chooses the units of each proxy.</summary>
    public void Choose(IProgress<double>? progress, CancellationToken cancellation)
    {
        foreach (var (encoded, scores) in Batches(_choosing, progress, cancellation))
        {
            _units.Add(Signals(scores, encoded.Count), encoded.Codes, encoded.Vectors);
            _chosenOn += encoded.Count;
        }

        for (int proxy = 0; proxy < _proxies.Length; proxy++)
        {
            if (_units.Signalled(proxy) >= FewestTokens && _units.BestLatent(proxy) is { } latent)
            {
                string? concept = _measuring.Annotated is null ? null : _proxies[proxy].Concept;
                _measured.Add(new Measured(proxy, new UnitTrace(latent.Unit), new UnitTrace(_units.BestDimension(proxy).Unit), concept is null ? null : new ProxyAgreementSums(concept)));
            }
        }
    }

    /// <summary>Measures them on the other contexts.</summary>
    public void Measure(IProgress<double>? progress, CancellationToken cancellation)
    {
        foreach (var (encoded, scores) in Batches(_measuring, progress, cancellation))
        {
            var concepts = _measuring.ConceptsOf(encoded);
            Workers.For(_measured.Count, i => Add(_measured[i], encoded, scores[_measured[i].Proxy], concepts));
            _measuredOn += encoded.Count;
        }
    }

    /// <summary>What was found.</summary>
    public SpecificityResult Result(ulong seed)
    {
        var kept = _measured.Where(of => of.Tokens >= FewestTokens).ToArray();
        return new SpecificityResult(
            _measuredOn, _chosenOn, _measuring.Contexts.Count,
            [
                .. kept.Select(of => new ProxyFinding(
                    _proxies[of.Proxy].Name, _proxies[of.Proxy].Definition, (double)of.Tokens / _measuredOn, of.Latent.Result(seed), of.Basis.Result(seed), of.Concept?.Result(seed))),
            ],
            [.. TokenProxy.All.Select(proxy => proxy.Name).Except(kept.Select(of => _proxies[of.Proxy].Name))]);
    }

    private void Add(Measured of, EncodedTokens encoded, double[] scores, ConceptSet[]? concepts)
    {
        var concept = of.Concept is null ? null : Concepts.Find(_proxies[of.Proxy].Concept!);
        for (int token = 0; token < encoded.Count; token++)
        {
            int context = encoded.SequenceOf(token);
            double signal = _proxies[of.Proxy].Signal(scores[token]);
            of.Tokens += signal > 0 ? 1 : 0;
            of.Latent.Add(context, Value(encoded, token, of.Latent.Unit), signal);
            float coordinate = encoded.Vectors[token * encoded.LayerCount + of.Basis.Unit.Layer, of.Basis.Unit.Index];
            of.Basis.Add(context, of.Basis.Unit.Negative ? -coordinate : coordinate, signal);
            if (concept is not null)
            {
                of.Concept!.Add(context, signal > 0, concepts![token].Contains(concept));
            }
        }
    }

    private static double Value(EncodedTokens encoded, int token, ProxyUnit unit)
    {
        int row = token * encoded.LayerCount + unit.Layer, at = encoded.Codes.RowIndices(row).IndexOf(unit.Index);
        return at < 0 ? 0 : encoded.Codes.RowValues(row)[at];
    }

    /// <summary>The text with [proxies][tokens] scores of its tokens.</summary>
    private IEnumerable<(EncodedTokens Tokens, double[][] Scores)> Batches(AnalysisText text, IProgress<double>? progress, CancellationToken cancellation)
    {
        foreach (var (batch, first) in text.Batches(progress, cancellation))
        {
            var encoded = _run.EncodeText(batch, first);
            var scores = new double[_proxies.Length][];
            Workers.For(scores.Length, proxy =>
            {
                double[] all = [.. Enumerable.Range(first, batch.Sequences).SelectMany(context => _proxies[proxy].Scores(text.Contexts[context], _statistics))];
                scores[proxy] = [.. Enumerable.Range(0, encoded.Count).Select(token => all[encoded.PositionOf(token)])];
            });
            yield return (encoded, scores);
        }
    }

    /// <summary>[tokens] The proxies with a signal at each.</summary>
    private SparseRows Signals(double[][] scores, int tokens)
    {
        (int Proxy, float Signal)[][] rows =
        [
            .. Enumerable.Range(0, tokens).Select(token => Enumerable.Range(0, _proxies.Length)
                .Select(proxy => (proxy, (float)_proxies[proxy].Signal(scores[proxy][token]))).Where(of => of.Item2 > 0).ToArray()),
        ];
        var signals = new SparseRows([.. rows.Select(row => row.Length)]);
        for (int token = 0; token < tokens; token++)
        {
            for (int i = 0; i < rows[token].Length; i++)
            {
                (signals.RowIndices(token)[i], signals.RowValues(token)[i]) = rows[token][i];
            }
        }

        return signals;
    }

    /// <summary>A proxy's index and what is measured of it.</summary>
    private sealed class Measured(int proxy, UnitTrace latent, UnitTrace basis, ProxyAgreementSums? concept)
    {
        public int Proxy { get; } = proxy;

        public UnitTrace Latent { get; } = latent;

        public UnitTrace Basis { get; } = basis;

        public ProxyAgreementSums? Concept { get; } = concept;

        public long Tokens { get; set; }
    }
}
