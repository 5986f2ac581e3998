using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

public partial class CpuTopKEngine
{
    private Matrix? _deadEncoder;

    /// <summary>The codes and, among the dead latents, AuxK's.</summary>
    private protected override void Encode()
    {
        int k = _config.KAt(StepNumber);
        if (_codes.Rows != Batch.Rows || _codes.Width != k)
        {
            _codes = new SparseRows(Batch.Rows, k);
        }

        _auxActive = false;
        if (Config.Compatibility.AgesBeforeAuxK)
        {
            Kernels.EncodeTopK(Buffers.Input, Parameters.Encoder, EncoderBias, _codes);
            Ages.Update(_codes, Batch.Rows / LayerCount);
            EncodeDead();
        }
        else
        {
            // Dead latents are known before the batch, so one pass over the encoder finds both.
            _auxActive = AuxKWanted && Ages.DeadCount > 0;
            Kernels.EncodeTopK(
                Buffers.Input, Parameters.Encoder, EncoderBias, _codes, _auxActive ? Ages.Dead : null, _auxActive ? _aux.Codes : null);
        }

        if (AuxKWanted && !_auxActive && Config.Compatibility.AuxKWithoutDeadLatents)
        {
            Array.Clear(_aux.Codes.Values);
            _auxActive = true;
        }

        TopKDictionary.ApplyRelu(_codes);
        if (_auxActive)
        {
            TopKDictionary.ApplyRelu(_aux.Codes);
        }
    }

    /// <summary>A second pass over the dead latents' encoder rows alone, gathered into a matrix of their own.</summary>
    private protected void EncodeDead()
    {
        if (!AuxKWanted || Ages.DeadCount == 0)
        {
            return;
        }

        _deadEncoder ??= new Matrix(Config.LatentCount, Config.ModelDim);
        int[] latents = new int[Ages.DeadCount];
        for (int latent = 0, next = 0; latent < Config.LatentCount; latent++)
        {
            if (Ages.Dead[latent])
            {
                Parameters.Encoder.Row(latent).CopyTo(_deadEncoder.Row(next));
                latents[next++] = latent;
            }
        }

        var all = new bool[latents.Length];
        Array.Fill(all, true);
        var largest = new SparseRows(Batch.Rows, 1);
        float[]? bias = EncoderBias is { } biases ? [.. latents.Select(latent => biases[latent])] : null;
        Kernels.EncodeTopK(Buffers.Input, _deadEncoder.RowWindow(0, latents.Length), bias, largest, all, _aux.Codes);
        foreach (ref int index in _aux.Codes.Indices.AsSpan())
        {
            index = latents[index];
        }

        _auxActive = true;
    }
}
