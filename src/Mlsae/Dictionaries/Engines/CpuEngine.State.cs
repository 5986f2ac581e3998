using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

public abstract partial class CpuEngine
{
    /// <inheritdoc/>
    public void Import(SparseDictionary dictionary)
    {
        Require.Equal(dictionary.LatentCount, Config.LatentCount);
        Require.Equal(dictionary.ModelDim, Config.ModelDim);
        foreach (var (_, values, _) in Parameters.Named())
        {
            values.Span.Clear();
        }

        dictionary.Encoder.CopyTo(Parameters.Encoder);
        dictionary.Decoder.CopyTo(Parameters.Decoder);
        dictionary.PreBias.CopyTo(Parameters.PreBias.Values, 0);
        ImportPerLatent(dictionary);
        Ages.Restore(new long[Config.LatentCount]);
        (StepCount, TokenCount, _hasPreBias) = (0, 0, true);
    }

    /// <summary>Takes over the numbers that a dictionary has for each latent.</summary>
    private protected virtual void ImportPerLatent(SparseDictionary dictionary)
    {
        if (Parameters.PerLatent.TryGetValue(EncoderBiasName, out var bias))
        {
            dictionary.EncoderBias?.CopyTo(bias.Values, 0);
        }
    }

    /// <summary>Lets the next step set the pre-bias from its batch, as a first step does: for replays that give initial weights without one.</summary>
    public void ForgetPreBias() => _hasPreBias = Config.PreBias == PreBiasStart.None;

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">A parameter holds a NaN or an infinity: such a state must not replace a good one.</exception>
    public virtual IReadOnlyList<Tensor> SaveState()
    {
        if (Parameters.FirstNonFinite() is { } name)
        {
            throw new NonFiniteException(name, StepCount);
        }

        return
        [
            .. Parameters.Named().Select(p => Tensor.Of(p.Name, p.Values.Span, p.Shape)),
            Tensor.Of("ages", Ages.Ages.AsSpan(), Config.LatentCount),
            Tensor.Of("counts", new long[] { StepCount, TokenCount, _hasPreBias ? 1 : 0 }.AsSpan(), 3),
        ];
    }

    /// <inheritdoc/>
    public virtual void RestoreState(ITensorSource state)
    {
        foreach (var (name, values, shape) in Parameters.Named())
        {
            state.RequireShape(name, shape);
            state.Read(name, 0, values.Span);
        }

        Ages.Restore(state.ReadLongs("ages", Config.LatentCount));
        long[] counts = state.ReadLongs("counts", 3);
        (StepCount, TokenCount, _hasPreBias) = (counts[0], counts[1], counts[2] != 0);
    }
}
