using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Activations;

/// <summary>
/// Another stream in random order: a buffer of tokens is filled and shuffled; each time half of it was read, that half is filled again and the
/// whole is shuffled. A token keeps its layers.
/// </summary>
/// <remarks>
/// Only an order over the buffer is shuffled, by Philox(seed, "shuffle", number of the filling); vectors move once, when they are read. The state
/// holds the tokens not yet read in their order, so where a token lies in the buffer never matters.
/// </remarks>
public sealed partial class ShuffledActivations : IActivationStream
{
    private const int StagingTokens = 1024;

    private readonly IActivationStream _inner;
    private readonly ulong _seed;
    private readonly int _tokenSize;
    private readonly Matrix _buffer;
    private readonly Matrix _staging;
    private readonly int[] _order;
    private int _count;
    private int _position;
    private long _fillings;
    private bool _ended;

    /// <summary>Shuffles a stream.</summary>
    /// <param name="inner">what is shuffled; disposed with this stream</param>
    /// <param name="bufferTokens">tokens of the buffer; each costs L · d_model · 4 bytes</param>
    /// <param name="seed">the run's seed</param>
    /// <exception cref="ArgumentException">The buffer is smaller than two tokens or larger than an array can be.</exception>
    public ShuffledActivations(IActivationStream inner, int bufferTokens, ulong seed)
    {
        _tokenSize = inner.LayerCount * inner.ModelDim;
        Require.That(bufferTokens >= 2, $"A shuffle buffer of {bufferTokens} tokens cannot shuffle; it must be at least 2.");
        Require.That(
            (long)bufferTokens * _tokenSize <= Array.MaxLength,
            $"A shuffle buffer of {bufferTokens} tokens is too large; at most {Array.MaxLength / _tokenSize} tokens of {_tokenSize} numbers fit.");
        (_inner, _seed) = (inner, seed);
        _buffer = new Matrix(bufferTokens, _tokenSize);
        _staging = new Matrix(Math.Min(StagingTokens, bufferTokens) * inner.LayerCount, inner.ModelDim);
        _order = [.. Enumerable.Range(0, bufferTokens)];
    }

    /// <inheritdoc/>
    public int LayerCount => _inner.LayerCount;

    /// <inheritdoc/>
    public int ModelDim => _inner.ModelDim;

    /// <summary>Tokens that the buffer holds.</summary>
    public int BufferTokens => _order.Length;

    /// <summary>Where the buffer is filled again: half of it, or at the end of the data none of it.</summary>
    private int ReadableEnd => _ended ? _count : Math.Min(_count, _order.Length / 2);

    /// <inheritdoc/>
    public int Read(Matrix destination)
    {
        int capacity = ActivationRows.Capacity(this, destination);
        int done = 0;
        while (done < capacity)
        {
            if (_position == ReadableEnd && !Fill())
            {
                break;
            }

            for (int end = Math.Min(ReadableEnd, _position + capacity - done); _position < end; _position++, done++)
            {
                CopyToken(_buffer.Row(_order[_position]), destination, done * LayerCount);
            }
        }

        return done;
    }

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();

    /// <summary>Fills what was read with new tokens and shuffles; false where nothing is left to read.</summary>
    private bool Fill()
    {
        if (_ended)
        {
            return false;
        }

        int remaining = _count - _position;
        // The tokens not yet read go first, so that at the end of the data the buffer has no hole.
        Rotate(_position, _count);
        int filled = FillFrom(remaining);
        (_count, _position, _ended) = (filled, 0, filled < _order.Length);
        new Philox(_seed, "shuffle", (ulong)_fillings++).Shuffle(_order.AsSpan(0, _count));
        return _count > 0;
    }

    private void Rotate(int start, int end)
    {
        int[] read = _order[..start];
        _order.AsSpan(start, end - start).CopyTo(_order);
        read.CopyTo(_order.AsSpan(end - start));
    }

    private int FillFrom(int filled)
    {
        while (filled < _order.Length)
        {
            int wanted = Math.Min(_staging.Rows / LayerCount, _order.Length - filled);
            int tokens = _inner.Read(_staging.RowWindow(0, wanted * LayerCount));
            for (int token = 0; token < tokens; token++)
            {
                _staging.AsSpan().Slice(token * _tokenSize, _tokenSize).CopyTo(_buffer.Row(_order[filled + token]));
            }

            filled += tokens;
            if (tokens < wanted)
            {
                break;
            }
        }

        return filled;
    }

    private void CopyToken(ReadOnlySpan<float> token, Matrix destination, int firstRow)
    {
        for (int layer = 0; layer < LayerCount; layer++)
        {
            token.Slice(layer * ModelDim, ModelDim).CopyTo(destination.Row(firstRow + layer));
        }
    }
}
