using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Metrics;

/// <summary>The tokens of one batch that are not special, with their vectors at every layer and the codes of these.</summary>
public sealed class EncodedTokens
{
    private readonly int[] _positions;

    /// <summary>Tokens with their vectors and codes, which are not copied.</summary>
    /// <param name="batch">the whole batch, special tokens too</param>
    /// <param name="positions">[tokens] where the kept ones stand in it, ascending</param>
    /// <param name="firstSequence">which sequence of the text the batch begins with, from 0</param>
    /// <param name="vectors">[tokens · L × d_model] row t·L + l is token t at layer l</param>
    /// <param name="codes">[tokens · L rows] or null where nobody needs them</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public EncodedTokens(TokenBatch batch, int[] positions, int firstSequence, Matrix vectors, SparseRows? codes)
    {
        Require.That(
            positions.Length == 0 ? vectors.Rows == 0 : vectors.Rows % positions.Length == 0, $"{vectors.Rows} vectors are not the same number for each of {positions.Length} tokens.");
        Require.Equal(codes?.Rows ?? vectors.Rows, vectors.Rows);
        (Batch, _positions, FirstSequence, Vectors, _codes) = (batch, positions, firstSequence, vectors, codes);
    }

    private readonly SparseRows? _codes;

    /// <summary>The whole batch.</summary>
    public TokenBatch Batch { get; }

    /// <summary>Which sequence of the text the batch begins with.</summary>
    public int FirstSequence { get; }

    /// <summary>Tokens that are not special.</summary>
    public int Count => _positions.Length;

    /// <summary>L.</summary>
    public int LayerCount => Count == 0 ? 0 : Vectors.Rows / Count;

    /// <summary>[tokens · L × d_model] row t·L + l is token t at layer l.</summary>
    public Matrix Vectors { get; }

    /// <summary>[tokens · L rows] the codes of <see cref="Vectors"/>.</summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public SparseRows Codes => _codes ?? throw new InvalidOperationException("These tokens were not encoded: no code was asked for.");

    /// <summary>Where a token stands in <see cref="Batch"/>.</summary>
    public int PositionOf(int token) => _positions[token];

    /// <summary>The sequence of the text that a token belongs to, from 0: the unit of intervals.</summary>
    public int SequenceOf(int token) => FirstSequence + _positions[token] / Batch.Length;
}
