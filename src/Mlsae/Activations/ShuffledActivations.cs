using System.Globalization;
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
public sealed class ShuffledActivations : IActivationStream
{
    private const string PositionName = "shuffle.position";
    private const string TokensPrefix = "shuffle.tokens.";
    private const string InnerPrefix = "inner.";
    private const int StagingTokens = 1024;

    /// <summary>Floats in one tensor of the state: its bytes must fit an array.</summary>
    private const int FloatsPerTensor = 1 << 26;

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
    public IReadOnlyList<Tensor> SaveState()
    {
        var state = new List<Tensor>
        {
            Tensor.Of(PositionName, [_order.Length, LayerCount, ModelDim, _count, _position, _fillings, _ended ? 1 : 0], 7),
        };
        foreach (var (name, start, count) in Parts(_position, _count))
        {
            var part = new Matrix(count, _tokenSize);
            for (int token = 0; token < count; token++)
            {
                _buffer.Row(_order[start + token]).CopyTo(part.Row(token));
            }

            state.Add(Tensor.Of(name, part.AsSpan(), count, LayerCount, ModelDim));
        }

        return [.. state, .. ActivationRows.Under(InnerPrefix, _inner.SaveState())];
    }

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        long[] saved = state.ReadLongs(PositionName, 7);
        ActivationRows.CheckState(
            saved[0] == _order.Length && saved[1] == LayerCount && saved[2] == ModelDim, state, PositionName,
            $"was saved by a buffer of {saved[0]} tokens of {saved[1]} layers of width {saved[2]}, where this has {_order.Length}, {LayerCount} and {ModelDim}");
        bool ended = saved[6] == 1;
        bool full = saved[3] == saved[0] || (saved[3] == 0 && saved[5] == 0);
        long readableEnd = ended ? saved[3] : Math.Min(saved[3], saved[0] / 2);
        bool fits = saved[6] is 0 or 1 && saved[5] >= 0 && saved[3] >= 0 && saved[3] <= saved[0] && (ended || full) && saved[4] >= 0 && saved[4] <= readableEnd;
        ActivationRows.CheckState(fits, state, PositionName, "does not lie within the buffer");
        foreach (var (name, _, count) in Parts((int)saved[4], (int)saved[3]))
        {
            state.RequireShape(name, count, LayerCount, ModelDim);
        }

        using (var inner = state.Under(InnerPrefix))
        {
            _inner.RestoreState(inner);
        }

        (_count, _position, _fillings, _ended) = ((int)saved[3], (int)saved[4], saved[5], ended);
        for (int token = 0; token < _order.Length; token++)
        {
            _order[token] = token;
        }

        foreach (var (name, start, count) in Parts(_position, _count))
        {
            state.Read(name, 0, _buffer.RowWindow(start, count).AsSpan());
        }
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

    /// <summary>The tokens from start to end, cut into the tensors of a state.</summary>
    private IEnumerable<(string Name, int Start, int Count)> Parts(int start, int end)
    {
        int size = Math.Max(1, FloatsPerTensor / _tokenSize);
        for (int part = 0; start < end; part++, start += size)
        {
            yield return (TokensPrefix + part.ToString(CultureInfo.InvariantCulture), start, Math.Min(size, end - start));
        }
    }
}
