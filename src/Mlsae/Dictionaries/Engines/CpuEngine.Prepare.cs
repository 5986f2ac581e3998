using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

public abstract partial class CpuEngine
{
    private int Layers => LayerCount * Config.Parts;

    /// <summary>Standardises and centres the batch, and finds what its losses are divided by.</summary>
    private void Prepare()
    {
        if (!_hasPreBias)
        {
            StartPreBias();
        }

        if (Config.Compatibility.NormalizesBeforeStep)
        {
            NormalizeDecoder();
        }

        ForRows(Batch.Rows, _prepareRows);
        _variances.Compute(Config.Parts == 1 ? Batch : Batch.Reshape(Batch.Rows * Config.Parts, Batch.Columns / Config.Parts));
        double vectors = (double)Batch.Rows * Config.Parts, numbers = vectors / Layers * (Batch.Columns / Config.Parts);
        for (int layer = 0; layer < Layers; layer++)
        {
            double deviations = Config.Compatibility.PooledVariance ? _variances.Pooled[layer] * (numbers / (numbers - 1)) : _variances.PerDimension[layer];
            LossWeights[layer] = Config.Loss switch
            {
                ReconstructionLoss.Fvu => 1 / (Layers * deviations),
                ReconstructionLoss.MeanSquaredError => 1 / (Layers * numbers),
                _ => 1 / vectors,
            };
        }

        Times.EndPrepare();
    }

    private void NormalizeDecoder() => Workers.ForBlocks(Config.LatentCount, LatentBlock, (start, end) =>
    {
        for (int latent = start; latent < end; latent++)
        {
            Kernels.NormalizeRow(Parameters.Decoder.Row(latent));
        }
    });

    private void PrepareRows(int block)
    {
        int parts = Config.Parts, width = Config.ModelDim / parts;
        for (int part = block * RowBlock * parts; part < Math.Min(Batch.Rows, (block + 1) * RowBlock) * parts; part++)
        {
            var x = XPart(part);
            var input = Buffers.InputParts.Row(part);
            (Buffers.Mean[part], Buffers.Scale[part]) = (0, 1);
            if (Config.Standardize)
            {
                (Buffers.Mean[part], Buffers.Scale[part]) = Kernels.Standardize(x, input);
            }
            else
            {
                x.CopyTo(input);
            }

            Kernels.AddScaled(Parameters.PreBias.Values.AsSpan(part % parts * width, width), -1, input);
        }
    }

    /// <summary>Reconstructions, errors, and the gradient of their loss by the decoder's output.</summary>
    private protected virtual void Decode() => ForRows(Batch.Rows, _decodeRows);

    private void DecodeRows(int block)
    {
        for (int row = block * RowBlock; row < Math.Min(Batch.Rows, (block + 1) * RowBlock); row++)
        {
            DecodeRow(row);
        }
    }

    /// <summary>One vector's reconstruction, its errors, and their gradient. Called from several threads, each row once.</summary>
    private protected virtual void DecodeRow(int row)
    {
        Kernels.SparseDecodeRow(Codes.RowIndices(row), Codes.RowValues(row), Parameters.Decoder, Parameters.PreBias.Values, Buffers.Reconstruction.Row(row));
        Decoded(row);
        MeasureRow(row);
    }

    /// <summary>Is told of each vector when its reconstruction is still in standardised units.</summary>
    private protected virtual void Decoded(int row)
    {
    }

    /// <summary>Brings a vector's reconstruction back to the transformer's units, and takes its errors and gradient.</summary>
    private protected void MeasureRow(int row)
    {
        for (int part = row * Config.Parts; part < (row + 1) * Config.Parts; part++)
        {
            MeasurePart(part);
        }
    }

    /// <summary>Brings one layer's reconstruction back to the transformer's units, and takes its error and gradient.</summary>
    private protected void MeasurePart(int part)
    {
        var reconstruction = Buffers.ReconstructionParts.Row(part);
        var gradient = Buffers.GradientParts.Row(part);
        ToUnits(part, reconstruction);
        reconstruction.CopyTo(gradient);
        Buffers.Errors[part] = Subtract(part, gradient);
        Measured(part);
        Kernels.Scale(gradient, GradientScale(part));
    }

    /// <summary>Brings what was decoded for one layer of a vector back to the transformer's units.</summary>
    private protected void ToUnits(int part, Span<float> decoded)
    {
        Kernels.Scale(decoded, Buffers.Scale[part]);
        Kernels.AddConstant(decoded, Buffers.Mean[part], decoded);
    }

    /// <summary>Makes a reconstruction of one layer of a vector its error x̂ − x, and returns ‖x̂ − x‖².</summary>
    private protected double Subtract(int part, Span<float> reconstruction)
    {
        Kernels.AddScaled(XPart(part), -1, reconstruction);
        return Kernels.SumOfSquares(reconstruction);
    }

    /// <summary>What the error x̂ − x is multiplied with to be the loss's gradient by the decoder's output, in standardised units.</summary>
    private protected float GradientScale(int part) => (float)(2 * Buffers.Scale[part] * LossWeights[part % Layers]);

    /// <summary>Is told of each layer's vector when its gradient buffer holds x̂ − x.</summary>
    private protected virtual void Measured(int part)
    {
    }

    /// <summary>One layer's vector of the batch.</summary>
    private ReadOnlySpan<float> XPart(int part)
    {
        int width = Config.ModelDim / Config.Parts;
        return Batch.Row(part / Config.Parts).Slice(part % Config.Parts * width, width);
    }
}
