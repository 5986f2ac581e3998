using System.Diagnostics;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Clipping: the gradients of all parameters together are scaled down to a norm (Pascanu, Mikolov and Bengio 2013). They must all be there before the first is used, so they are stored.</summary>
public abstract partial class CpuEngine
{
    private readonly Action<int> _gatherLatents;
    private readonly Action<int> _updateGathered;
    private readonly Matrix _encoderGradients;
    private readonly Matrix _decoderGradients;
    private readonly double[] _blockSquares;
    private float _clip = 1;

    private LatentGradients GatheredRows(int latent) => new(_encoderGradients.Row(latent), _decoderGradients.Row(latent));

    /// <summary>Gathers the gradients of a block of latents and sums their squares.</summary>
    private void GatherLatents(int block)
    {
        long start = Stopwatch.GetTimestamp();
        var biasPart = _biasParts.Row(block);
        biasPart.Clear();
        double squares = 0;
        for (int latent = block * LatentBlock; latent < Math.Min(Config.LatentCount, (block + 1) * LatentBlock); latent++)
        {
            var rows = GatheredRows(latent);
            Gather(latent, rows, biasPart);
            squares += (double)Kernels.SumOfSquares(rows.Encoder) + Kernels.SumOfSquares(rows.Decoder);
            foreach (var (_, vector) in _perLatent)
            {
                squares += (double)vector.Gradient[latent] * vector.Gradient[latent];
            }
        }

        _blockSquares[block] = squares;
        _blockTicks[block] = (Stopwatch.GetTimestamp() - start, 0);
    }

    /// <summary>What all gradients are to be multiplied with, and that of the pre-bias is. Blocks are summed in their order, so that it does not depend on threads.</summary>
    private void Clip()
    {
        var bias = Parameters.PreBias.Gradient;
        double squares = Total(_blockSquares) + (Config.PreBias == PreBiasStart.None ? 0 : Kernels.SumOfSquares(bias));
        double norm = Math.Sqrt(squares);
        _clip = norm > Config.ClipNorm ? (float)(Config.ClipNorm / norm) : 1;
        if (_clip != 1)
        {
            Kernels.Scale(bias, _clip);
        }
    }

    private void UpdateGathered(int block)
    {
        long start = Stopwatch.GetTimestamp();
        for (int latent = block * LatentBlock; latent < Math.Min(Config.LatentCount, (block + 1) * LatentBlock); latent++)
        {
            var rows = GatheredRows(latent);
            if (_clip != 1)
            {
                Kernels.Scale(rows.Encoder, _clip);
                Kernels.Scale(rows.Decoder, _clip);
                foreach (var (_, vector) in _perLatent)
                {
                    vector.Gradient[latent] *= _clip;
                }
            }

            UpdateLatent(latent, rows);
        }

        _blockTicks[block].Adam = Stopwatch.GetTimestamp() - start;
    }
}
