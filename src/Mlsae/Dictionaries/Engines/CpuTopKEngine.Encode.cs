using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

public partial class CpuTopKEngine
{
    private Matrix? _deadEncoder;

    /// <summary>The codes and, among the dead latents, AuxK's.</summary>
    private protected override void Encode()
    {
        int k = _config.KAt(StepNumber);
        _auxActive = false;
        if (Config.Compatibility.AgesBeforeAuxK)
        {
            Select(k, dead: null);
            Ages.Update(Selected, Batch.Rows / LayerCount);
            EncodeDead();
        }
        else
        {
            _auxActive = AuxKWanted && Ages.DeadCount > 0;
            Select(k, _auxActive ? Ages.Dead : null);
        }

        if (AuxKWanted && !_auxActive && Config.Compatibility.AuxKWithoutDeadLatents)
        {
            Array.Clear(_aux.Codes.Values);
            _auxActive = true;
        }

        TopKDictionary.ApplyRelu(Selected);
        if (_auxActive)
        {
            TopKDictionary.ApplyRelu(_aux.Codes);
        }
    }

    /// <summary>Makes <see cref="Selected"/> and, where dead latents are given, AuxK's codes among them.</summary>
    /// <param name="k">latents kept for each vector</param>
    /// <param name="dead">[n_latents] which latents are dead, or null for no AuxK in this step</param>
    private protected virtual void Select(int k, bool[]? dead)
    {
        if (Selected.Rows != Batch.Rows || Selected.Width != k)
        {
            Selected = new SparseRows(Batch.Rows, k);
        }

        // Dead latents are known before the batch, so one pass over the encoder finds both.
        Kernels.EncodeTopK(Buffers.Input, Parameters.Encoder, EncoderBias, Selected, dead, dead is null ? null : _aux.Codes);
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
