using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries;

public sealed partial class CpuTopKEngine
{
    /// <inheritdoc/>
    public void Import(TopKDictionary dictionary)
    {
        Require.Equal(dictionary.LatentCount, Config.LatentCount);
        Require.Equal(dictionary.ModelDim, Config.ModelDim);
        foreach (var (_, values, _) in _parameters.Named())
        {
            Array.Clear(values);
        }

        dictionary.Encoder.CopyTo(_parameters.Encoder);
        dictionary.Decoder.CopyTo(_parameters.Decoder);
        dictionary.PreBias.CopyTo(_parameters.PreBias, 0);
        _ages.Restore(new long[Config.LatentCount]);
        (StepCount, TokenCount, _hasPreBias) = (0, 0, true);
    }

    /// <summary>Lets the next step set the pre-bias from its batch, as a first step does: for replays that give initial weights without one.</summary>
    public void ForgetPreBias() => _hasPreBias = false;

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">A parameter holds a NaN or an infinity: such a state must not replace a good one.</exception>
    public IReadOnlyList<Tensor> SaveState()
    {
        if (_parameters.FirstNonFinite() is { } name)
        {
            throw new NonFiniteException(name, StepCount);
        }

        return
        [
            .. _parameters.Named().Select(p => Tensor.Of(p.Name, p.Values.AsSpan(), p.Shape)),
            Tensor.Of("ages", _ages.Ages.AsSpan(), Config.LatentCount),
            Tensor.Of("counts", new long[] { StepCount, TokenCount, _hasPreBias ? 1 : 0 }.AsSpan(), 3),
        ];
    }

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        foreach (var (name, values, shape) in _parameters.Named())
        {
            state.RequireShape(name, shape);
            state.Read(name, 0, values);
        }

        _ages.Restore(state.ReadLongs("ages", Config.LatentCount));
        long[] counts = state.ReadLongs("counts", 3);
        (StepCount, TokenCount, _hasPreBias) = (counts[0], counts[1], counts[2] != 0);
    }
}
