using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Training;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>One point of a sweep: k, and the latents of the multi-layer dictionary.</summary>
/// <param name="K">latents kept for each vector</param>
/// <param name="LatentCount">n</param>
public sealed record ComparisonPoint(int K, int LatentCount)
{
    /// <summary>What the names of its dictionaries begin with where there are several points.</summary>
    public string Name => $"k{K}.n{LatentCount}";
}

/// <summary>What is compared with what, and how it is measured: a multi-layer dictionary against one for each layer, at equal budget.</summary>
public sealed record ComparisonConfig
{
    /// <summary>What both are given equally much of.</summary>
    public Budget Budget { get; init; } = Budget.TotalLatents;

    /// <summary>k and n of the multi-layer dictionary: one, or those of a sweep.</summary>
    public required IReadOnlyList<ComparisonPoint> Points { get; init; }

    /// <summary>How many seeds of the initial weights each arm has, none of which is another arm's; all see the vectors in one order.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Whether a crosscoder is a third arm.</summary>
    public bool WithCrosscoder { get; init; }

    /// <summary>Text to evaluate on; null for the Microworld's held-out documents.</summary>
    public string? EvaluationData { get; init; }

    /// <summary>Held-out sequences that every dictionary is evaluated on.</summary>
    public int Sequences { get; init; } = 128;

    /// <summary>Held-out contexts that concepts are scored on, every other one to choose units; 0 for none.</summary>
    public int ConceptContexts { get; init; } = 256;

    /// <summary>Seed of the bootstrap.</summary>
    public ulong BootstrapSeed { get; init; }

    /// <summary>The arms, the multi-layer dictionary first.</summary>
    public IReadOnlyList<Arrangement> Arrangements => WithCrosscoder
        ? [Arrangement.Shared, Arrangement.PerLayer, Arrangement.Crosscoder]
        : [Arrangement.Shared, Arrangement.PerLayer];

    /// <summary>What each arm is given at a point, in the order of <see cref="Arrangements"/>.</summary>
    /// <param name="point">k and n</param>
    /// <param name="tokens">that the multi-layer dictionary is trained on</param>
    /// <param name="sizes">the vectors</param>
    /// <exception cref="ArgumentException">k is more than a dictionary of an arm has latents.</exception>
    public IReadOnlyList<ArmBudget> Arms(ComparisonPoint point, long tokens, VectorSizes sizes)
    {
        ArmBudget[] arms =
        [
            ArmBudget.Shared(point.LatentCount, tokens, sizes),
            .. Arrangements.Skip(1).Select(arrangement => ArmBudget.Equal(Budget, arrangement, point.LatentCount, tokens, sizes)),
        ];
        foreach (var arm in arms)
        {
            Require.That(
                point.K <= arm.LatentsPerDictionary,
                $"k is {point.K} but the budget {Budgets.NameOf(Budget)} leaves {arm.LatentsPerDictionary} latents for each dictionary of the arm '{arm.Name}'; give more latents or a smaller k.");
        }

        return arms;
    }

    /// <summary>The dictionaries to train side by side: for every point and arm one of each seed.</summary>
    /// <param name="template">what all have alike: kind, learning rate, and so on</param>
    /// <param name="tokens">that the multi-layer dictionary is trained on</param>
    /// <param name="sizes">the vectors</param>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public IReadOnlyList<DictionaryPlan> Plans(SelectionConfig template, long tokens, VectorSizes sizes) =>
    [
        .. from point in Validated().Points
           from arm in Arms(point, tokens, sizes).Index()
           from seed in Enumerable.Range(0, Seeds)
           select new DictionaryPlan
           {
               Name = PlanName(point, arm.Item.Name, seed),
               Arrangement = arm.Item.Arrangement,
               TotalTokens = arm.Item.Tokens,
               Dictionary = template with
               {
                   ModelDim = sizes.ModelDim,
                   ExpansionFactor = null,
                   LatentCount = arm.Item.LatentsPerDictionary,
                   K = point.K,
                   AuxK = Math.Min(template.AuxK, arm.Item.LatentsPerDictionary),
                   // Its own: dictionaries that began with the same directions would be alike for that.
                   Seed = template.Seed + (ulong)(arm.Index * Seeds + seed),
               },
           },
    ];

    /// <summary>The name of a dictionary, such as "mlsae.seed0", or in a sweep "k8.n1024.mlsae.seed0".</summary>
    /// <param name="point">k and n</param>
    /// <param name="arm">the arm's name</param>
    /// <param name="seed">0 .. <see cref="Seeds"/> − 1</param>
    public string PlanName(ComparisonPoint point, string arm, int seed) => (Points.Count > 1 ? point.Name + "." : "") + $"{arm}.seed{seed}";

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public ComparisonConfig Validated()
    {
        Require.That(Points.Count > 0, "points is empty; give at least one k and number of latents.");
        Require.That(Points.Distinct().Count() == Points.Count, "Two points of the sweep are the same.");
        Require.That(Seeds > 0, $"seeds is {Seeds}; it must be at least 1.");
        Require.That(Sequences >= 2, $"sequences is {Sequences}; it must be at least 2, as intervals are over them.");
        Require.That(ConceptContexts is 0 or >= 2, $"concept_contexts is {ConceptContexts}; it must be 0 or at least 2.");
        return this;
    }
}
