using System.Globalization;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Activations;

/// <content>The state: where it is in the buffer, the tokens not yet read in their order, and the inner stream's state.</content>
public sealed partial class ShuffledActivations
{
    private const string PositionName = "shuffle.position";
    private const string TokensPrefix = "shuffle.tokens.";
    private const string InnerPrefix = "inner.";

    /// <summary>Floats in one tensor of the state: its bytes must fit an array.</summary>
    private const int FloatsPerTensor = 1 << 26;

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
