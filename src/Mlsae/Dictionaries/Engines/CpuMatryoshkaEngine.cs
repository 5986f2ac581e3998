using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Trains a Matryoshka BatchTopK dictionary: codes as of BatchTopK, but the loss is the mean, over prefixes of the latents, of the error of what that prefix and the pre-bias reconstruct alone. Bussmann et al.
/// 2025, equation 5.
/// </summary>
/// <remarks>
/// A latent in the m-th group gets the gradient of every prefix that contains it, so one gradient matrix for each prefix, cumulated from the last, is all that is added to BatchTopK: the encoder
/// is passed once. AuxK works on the error of the last prefix, the full dictionary; so are <see cref="StepReport.Fvu"/> and <see cref="CpuEngine.Reconstruction"/>, while
/// <see cref="StepReport.LossMse"/> is the mean over prefixes.
/// </remarks>
public sealed class CpuMatryoshkaEngine : CpuBatchTopKEngine
{
    private readonly int[] _sizes;
    private readonly Action<int> _cumulateRows;

    /// <summary>Of each prefix but the last, whose gradient and errors are in the step's buffers.</summary>
    private Matrix[] _gradients = [];
    private double[][] _errors = [];

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuMatryoshkaEngine(MatryoshkaConfig config, int layerCount)
        : base(config, layerCount)
    {
        _sizes = config.PrefixSizes();
        _cumulateRows = CumulateRows;
    }

    private int Last => _sizes.Length - 1;

    /// <inheritdoc/>
    private protected override void Resize(int rows)
    {
        base.Resize(rows);
        _gradients = [.. Enumerable.Range(0, Last).Select(_ => Matrix.Aligned(rows, Config.ModelDim))];
        _errors = [.. Enumerable.Range(0, Last).Select(_ => new double[rows * Config.Parts])];
    }

    /// <summary>What each prefix makes of one vector; the full dictionary comes last and stays in the step's buffers.</summary>
    private protected override void DecodeRow(int row)
    {
        ReadOnlySpan<int> latents = Codes.RowIndices(row);
        ReadOnlySpan<float> values = Codes.RowValues(row);
        var gradient = Buffers.Gradient.Row(row);
        for (int prefix = 0, count = 0; prefix <= Last; prefix++)
        {
            // A row's latents ascend, so a prefix of the latents is a prefix of the row.
            while (count < latents.Length && latents[count] < _sizes[prefix])
            {
                count++;
            }

            Kernels.SparseDecodeRow(latents[..count], values[..count], Parameters.Decoder, Parameters.PreBias.Values, Buffers.Reconstruction.Row(row));
            if (prefix == Last)
            {
                Decoded(row);
            }

            MeasureRow(row);
            Kernels.Scale(gradient, 1f / _sizes.Length);
            if (prefix < Last)
            {
                gradient.CopyTo(_gradients[prefix].Row(row));
                Buffers.Errors.AsSpan(row * Config.Parts, Config.Parts).CopyTo(_errors[prefix].AsSpan(row * Config.Parts));
            }
        }
    }

    /// <inheritdoc/>
    private protected override double ErrorLoss(double full)
    {
        double sum = 0;
        foreach (double[] errors in _errors)
        {
            for (int part = 0; part < errors.Length; part++)
            {
                sum += errors[part] * LossWeights[part % LossWeights.Length];
            }
        }

        return (sum + full) / _sizes.Length;
    }

    /// <inheritdoc/>
    private protected override void AddLosses()
    {
        base.AddLosses();
        ForRows(Batch.Rows, _cumulateRows);
    }

    /// <summary>That of the first prefix whose last latent is not before this one: the sum over the prefixes that contain it.</summary>
    private protected override Matrix OutputGradient(int latent)
    {
        int prefix = 0;
        while (latent >= _sizes[prefix])
        {
            prefix++;
        }

        return prefix == Last ? Buffers.Gradient : _gradients[prefix];
    }

    /// <summary>Adds to each prefix's gradient those of the prefixes after it.</summary>
    private void CumulateRows(int block)
    {
        for (int row = block * RowBlock; row < Math.Min(Batch.Rows, (block + 1) * RowBlock); row++)
        {
            ReadOnlySpan<float> after = Buffers.Gradient.Row(row);
            for (int prefix = Last - 1; prefix >= 0; prefix--)
            {
                Kernels.AddScaled(after, 1, _gradients[prefix].Row(row));
                after = _gradients[prefix].Row(row);
            }
        }
    }
}
