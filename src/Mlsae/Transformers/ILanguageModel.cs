using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Token ids of several sequences of one length.</summary>
/// <param name="Ids">[sequences × length], row-major</param>
/// <param name="Sequences">number of sequences</param>
/// <param name="Length">tokens in each</param>
public sealed record TokenBatch(int[] Ids, int Sequences, int Length)
{
    /// <summary>One sequence.</summary>
    public static TokenBatch Of(params int[] ids) => new(ids, 1, ids.Length);

    /// <summary>Several sequences of equal length.</summary>
    /// <exception cref="ArgumentException">Their lengths differ.</exception>
    public static TokenBatch Of(IReadOnlyList<int[]> sequences)
    {
        int length = sequences.Count == 0 ? 0 : sequences[0].Length;
        Require.That(sequences.All(s => s.Length == length), "The sequences of a batch must have one length.");
        return new TokenBatch([.. sequences.SelectMany(s => s)], sequences.Count, length);
    }

    /// <summary>The sequences from <paramref name="start"/>, copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the batch.</exception>
    public TokenBatch Part(int start, int count)
    {
        Require.Within(start, count, Sequences);
        return count == Sequences ? this : new TokenBatch(Ids.AsSpan(start * Length, count * Length).ToArray(), count, Length);
    }

    /// <summary>All tokens of the batch: sequences · length.</summary>
    public int TokenCount => Sequences * Length;

    /// <summary>Where the tokens stand that are none of some, ascending from 0: metrics and analyses leave special tokens out.</summary>
    /// <param name="ids">token ids that are left out</param>
    public int[] PositionsExcept(IReadOnlySet<int> ids) => [.. Enumerable.Range(0, TokenCount).Where(t => !ids.Contains(Ids[t]))];
}

/// <summary>What a forward pass should record, change and leave out.</summary>
public sealed record ForwardOptions
{
    /// <summary>The places whose activations are copied out. With captures alone, the pass stops after the last layer they need.</summary>
    public IReadOnlyCollection<HookPoint> Captures { get; init; } = [];

    /// <summary>
    /// Functions that change a place's activations in place before anything downstream reads them: patching, ablation, steering and
    /// reconstruction are all edits. A capture at the same place sees the edited values.
    /// </summary>
    public IReadOnlyDictionary<HookPoint, Action<Matrix>> Edits { get; init; } = new Dictionary<HookPoint, Action<Matrix>>();

    /// <summary>Whether the logits are wanted. Without them the pass stops after the last layer that a capture needs.</summary>
    public bool Logits { get; init; } = true;

    /// <summary>The tokens whose logits are computed, ascending from 0: the unembedding is the largest matrix of small models. Null for all. Edits and captures of the logits see these rows.</summary>
    public IReadOnlyList<int>? LogitRows { get; init; }

    /// <summary>
    /// Where not null, embedding and blocks 0 .. StartLayer are skipped and <see cref="StartResidual"/> is taken as the residual stream after block StartLayer.
    /// </summary>
    public int? StartLayer { get; init; }

    /// <summary>[tokens × d_model] the residual stream after block <see cref="StartLayer"/>; not changed.</summary>
    public Matrix? StartResidual { get; init; }
}

/// <summary>What a forward pass recorded.</summary>
/// <param name="Logits">[tokens × vocabulary], or of the rows that were chosen; null where they were not asked for</param>
/// <param name="Captured">the activations at each captured place, copies of the caller's own</param>
public sealed record ForwardResult(Matrix? Logits, IReadOnlyDictionary<HookPoint, Matrix> Captured)
{
    /// <summary>The activations captured at <paramref name="point"/>.</summary>
    public Matrix this[HookPoint point] => Captured[point];
}

/// <summary>A transformer that can be looked into. The seam behind which other engines than the managed one may stand.</summary>
public interface ILanguageModel
{
    /// <summary>Number of blocks.</summary>
    int LayerCount { get; }

    /// <summary>Width of the residual stream, d_model.</summary>
    int ModelDim { get; }

    /// <summary>Neurons of each MLP, d_mlp.</summary>
    int MlpDim { get; }

    /// <summary>Number of token ids.</summary>
    int VocabularySize { get; }

    /// <summary>The most positions a sequence may have.</summary>
    int ContextLength { get; }

    /// <summary>Runs the model.</summary>
    /// <exception cref="ArgumentException">A token id, length, layer or hook point does not fit the model.</exception>
    ForwardResult Forward(TokenBatch tokens, ForwardOptions? options = null);
}
