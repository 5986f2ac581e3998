namespace Mlsae.Analysis.Interpretation;

/// <summary>A unit that is explained.</summary>
/// <param name="Dictionary">the dictionary's name, or that of what is compared with it</param>
/// <param name="Layer">at which layer, from 0</param>
/// <param name="Index">which of its units there, from 0</param>
/// <param name="IsShared">whether it is the same unit at every layer, such as a latent of a shared dictionary, so that its scores are no independent ones</param>
public sealed record UnitAddress(string Dictionary, int Layer, int Index, bool IsShared = false);

/// <summary>What a unit does on a fragment.</summary>
/// <param name="Fragment">the text</param>
/// <param name="Values">[64] its activation on each token</param>
public sealed record FragmentRecord(TextFragment Fragment, float[] Values);

/// <summary>What a unit is explained and scored by.</summary>
/// <param name="Top">[20] the fragments with its greatest activations, in descending order; equal ones by the earlier fragment first</param>
/// <param name="Random">[up to 20] fragments in which it varies, in random order</param>
public sealed record UnitRecord(IReadOnlyList<FragmentRecord> Top, IReadOnlyList<FragmentRecord> Random);

/// <summary>
/// Which records explain and which score, 5 each: of 20 top ones 0, 4, 8, 12, 16 explain and 2, 6, 10, 14, 18 score; of random ones 1, 4, 7, 10, 13 score. The others are for calibration and tests of their own,
/// which neither the published evaluation nor this one makes. Interleaved, so that each split has records of every rank: Bills et al. 2023.
/// </summary>
/// <param name="Explanation">what explainers see</param>
/// <param name="Top">what the top-only score is of</param>
/// <param name="Random">what the random-only score is of</param>
public sealed record RecordSplits(IReadOnlyList<FragmentRecord> Explanation, IReadOnlyList<FragmentRecord> Top, IReadOnlyList<FragmentRecord> Random)
{
    /// <summary>Records in each split.</summary>
    public const int PerSplit = 5;

    private const int TopSplits = 4;
    private const int RandomSplits = 3;

    // Of the top ones the splits are training, calibration, validation and test; the random ones have no training.
    private const int Training = 0;
    private const int Validation = 2;

    /// <summary>The splits of a unit's records.</summary>
    public static RecordSplits Of(UnitRecord record) => new(
        Take(record.Top, Training, TopSplits), Take(record.Top, Validation, TopSplits), Take(record.Random, Validation - 1, RandomSplits));

    /// <summary>What it is scored on: the top ones, then the random ones.</summary>
    public IReadOnlyList<FragmentRecord> Scored => [.. Top, .. Random];

    /// <summary>The places that a split has among records.</summary>
    internal static int[] Places(int split, int splits) => [.. Enumerable.Range(0, PerSplit).Select(i => split + i * splits)];

    /// <summary>The ranks of the top records that explain.</summary>
    internal static int[] ExplainedRanks { get; } = Places(Training, TopSplits);

    private static FragmentRecord[] Take(IReadOnlyList<FragmentRecord> records, int split, int splits) => [.. Places(split, splits).Select(place => records[place])];
}
