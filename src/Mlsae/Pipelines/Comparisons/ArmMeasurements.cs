using Mlsae.Metrics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>What was measured of one arm of a point, for each seed.</summary>
internal sealed record ArmMeasurements
{
    public required ArmBudget Budget { get; init; }

    /// <summary>[seeds][sequences][layers]</summary>
    public required IReadOnlyList<IReadOnlyList<LayerSums[]>> Sequences { get; init; }

    /// <summary>[seeds][1 + layers] share of dead latents: at no layer, then at each.</summary>
    public required IReadOnlyList<double[]> Dead { get; init; }

    /// <summary>[seeds][1 + layers][concepts] F1 of the best latent: of all, then of each layer's; empty where concepts were not scored.</summary>
    public required IReadOnlyList<double[][]> ConceptF1 { get; init; }

    public int LayerCount => Sequences[0][0].Length;

    /// <summary>[metrics · (1 + L)] The metrics of sequences: the mean over layers, then each layer.</summary>
    public double[] OfSequences(int seed, int[] units)
    {
        var metrics = ComparedMetric.OfSequences;
        var values = new double[metrics.Count * (LayerCount + 1)];
        for (int layer = 0; layer < LayerCount; layer++)
        {
            int of = layer;
            var total = LayerSums.Total(units.Select(unit => Sequences[seed][unit][of]), Sequences[seed][0][0].Mean.Length);
            for (int m = 0; m < metrics.Count; m++)
            {
                double value = metrics[m].Of(total);
                values[m * (LayerCount + 1)] += value / LayerCount;
                values[m * (LayerCount + 1) + 1 + layer] = value;
            }
        }

        return values;
    }

    /// <summary>Latents that can be active at a place: of all dictionaries, or of one.</summary>
    /// <param name="place">0 for all layers together, 1 + l for layer l</param>
    public int LatentsAt(int place) => place == 0 ? Budget.TotalLatents : Budget.LatentsPerDictionary;

    /// <summary>[1] Share of dead latents among those drawn. Which latents are dead does not matter, only how many, so the first are taken to be.</summary>
    public double[] DeadAt(int place, int seed, int[] units)
    {
        int dead = (int)Math.Round(Dead[seed][place] * LatentsAt(place));
        return [units.Count(unit => unit < dead) / (double)units.Length];
    }

    /// <summary>[2 · (1 + L)] Share of the drawn concepts with F1 of at least 0.9, then their mean F1; of all latents, then of each layer's.</summary>
    public double[] OfConcepts(int seed, int[] units)
    {
        var places = ConceptF1[seed];
        return
        [
            .. places.Select(f1 => units.Count(unit => f1[unit] >= 0.9) / (double)units.Length),
            .. places.Select(f1 => units.Average(unit => f1[unit])),
        ];
    }
}
