using Mlsae.Analysis;
using Mlsae.Analysis.Interpretation;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>Records and moments of units, gathered fragment by fragment.</summary>
internal sealed class GatheredUnits
{
    private readonly UnitSource[] _sources;
    private readonly UnitRecorder[][][] _recorders;
    private readonly LatentSums[][] _sums;

    /// <param name="sources">the units</param>
    /// <param name="seed">of the random fragments</param>
    public GatheredUnits(UnitSource[] sources, ulong seed)
    {
        _sources = sources;
        _recorders = [.. sources.Select(source => source.Units.Select(layer => layer.Select(unit => new UnitRecorder(seed, unit)).ToArray()).ToArray())];
        _sums = [.. sources.Select(source => source.Units.Select(layer => new LatentSums((0, layer.Length))).ToArray())];
    }

    /// <summary>Lets a model read fragments and gathers what the units do on them.</summary>
    /// <param name="run">the model</param>
    /// <param name="fragments">the fragments</param>
    /// <param name="published">whether fragments are read alone, and may come again among random ones where they explain</param>
    /// <param name="progress">told the share done</param>
    /// <param name="cancellation">ends the work</param>
    public IReadOnlyList<HarvestedDictionary> Read(TrainedRun run, IReadOnlyList<TextFragment> fragments, bool published, IProgress<double> progress, CancellationToken cancellation)
    {
        int[] before = !published && run.Tokenizer.EndOfText is { } endOfText ? [endOfText] : [];
        int done = 0;
        foreach (var batch in TrainedRun.Batches(fragments.Select(fragment => (int[])[.. before, .. fragment.TokenIds])))
        {
            cancellation.ThrowIfCancellationRequested();
            Add(run, batch, done);
            done += batch.Sequences;
            progress.Report((double)done / fragments.Count);
        }

        return [.. _sources.Select((source, s) => new HarvestedDictionary(
            source.Name, source.Description, [.. source.Units.Select((units, layer) => units.Select((_, unit) => Harvested(s, layer, unit, fragments, published)).ToArray())]))];
    }

    private void Add(TrainedRun run, TokenBatch batch, int firstFragment)
    {
        // Only the end-of-text tokens are special: fragments have none.
        int[] positions = batch.PositionsExcept(run.Tokenizer.SpecialIds.ToHashSet());
        var vectors = run.EncodeText(batch, codes: false).Vectors;
        for (int s = 0; s < _sources.Length; s++)
        {
            var activations = _sources[s].Read(batch, vectors, positions);
            var (recorders, sums) = (_recorders[s], _sums[s]);
            Workers.For(activations.Length, layer =>
            {
                AddRecords(recorders[layer], activations[layer], firstFragment);
                AddSums(sums[layer], activations[layer]);
            });
        }
    }

    private static void AddRecords(UnitRecorder[] recorders, Matrix activations, int firstFragment)
    {
        var values = new float[TextFragment.Length];
        for (int unit = 0; unit < recorders.Length; unit++)
        {
            for (int start = 0; start < activations.Rows; start += values.Length)
            {
                for (int token = 0; token < values.Length; token++)
                {
                    values[token] = activations[start + token, unit];
                }

                recorders[unit].Add(firstFragment + start / values.Length, values);
            }
        }
    }

    private static void AddSums(LatentSums sums, Matrix activations)
    {
        var (units, values) = (new int[activations.Columns], new float[activations.Columns]);
        for (int token = 0; token < activations.Rows; token++)
        {
            sums.BeginToken();
            int count = 0;
            for (int unit = 0; unit < activations.Columns; unit++)
            {
                if (activations[token, unit] != 0)
                {
                    (units[count], values[count]) = (unit, activations[token, unit]);
                    count++;
                }
            }

            sums.Add(units.AsSpan(0, count), values.AsSpan(0, count));
        }
    }

    private HarvestedUnit Harvested(int source, int layer, int unit, IReadOnlyList<TextFragment> fragments, bool published)
    {
        var recorder = _recorders[source][layer][unit];
        return new HarvestedUnit(recorder.Unit, recorder.FragmentsWithVariation, LatentMoments.Of(_sums[source][layer], unit), recorder.Record(fragments, published));
    }
}
