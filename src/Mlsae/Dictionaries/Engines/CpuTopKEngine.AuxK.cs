using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

public partial class CpuTopKEngine
{
    private readonly Action<int> _auxErrorRows;
    private readonly Action<int> _auxGradientRows;
    private readonly Action<int> _gatherDead;
    private readonly LatentIndex _auxIndex;
    private readonly LayerVariances _targetVariance;
    private readonly DecodePanels _auxDecoder = new();
    private readonly DeadGradients _dead;
    private AuxKBuffers _aux;
    private bool _auxActive;
    private double _auxError;
    private double _auxVariance;
    private double _auxWeight;

    private bool AuxKWanted => _config.AuxK > 0 && _config.AuxKCoefficient > 0;

    /// <summary>In standardised units the target is what the decoder leaves of the encoder's input.</summary>
    private protected override void Decoded(int row)
    {
        if (_auxActive && !Config.Compatibility.AuxKInRawUnits)
        {
            var target = _aux.Target.Row(row);
            Buffers.Input.Row(row).CopyTo(target);
            Kernels.AddScaled(Parameters.PreBias.Values, 1, target);
            Kernels.AddScaled(Buffers.Reconstruction.Row(row), -1, target);
        }
    }

    /// <summary>As published the target is the error in the transformer's units.</summary>
    private protected override void Measured(int part)
    {
        if (_auxActive && Config.Compatibility.AuxKInRawUnits)
        {
            Buffers.GradientParts.Row(part).CopyTo(_aux.Target.Row(part));
            Kernels.Scale(_aux.Target.Row(part), -1);
        }
    }

    /// <summary>coefficient · Σ‖e − ê‖² / Σ‖e − mean‖², with ê what the dead latents make of the error e; Gao et al. 2024, section A.2.</summary>
    private protected override void AddLosses()
    {
        Result.LossAuxK = 0;
        if (_auxActive)
        {
            _dead.Take(Ages.Dead);
            var bias = Config.Compatibility.AuxKAddsPreBias ? Parameters.PreBias.Values : [];
            _auxDecoder.Decode(_aux.Codes, _dead.Latents, Parameters.Decoder, bias, _aux.Gradient);
            ForRows(Batch.Rows, _auxErrorRows);
            _auxError = Total(_aux.Errors);
            _auxVariance = AuxVariance();
            if (_auxVariance != 0)
            {
                double share = Config.Compatibility.AuxKScaledByDeadShare ? Math.Min(1, Ages.DeadCount / (double)_config.AuxK) : 1;
                _auxWeight = _config.AuxKCoefficient * share / _auxVariance;
                Result.LossAuxK = _auxWeight * _auxError;
                ForRows(Batch.Rows, _auxGradientRows);
            }
            else
            {
                // Without an error there is nothing to reconstruct.
                _auxActive = false;
            }
        }

        Result.AuxKActive = _auxActive ? CountAbove(_aux.Codes.Values, 0) : 0;
    }

    /// <summary>
    /// All gradients of the dead latents, of which each is used by many vectors: latents of a group share the vectors that are in the cache. As published AuxK's are another sum, which is gathered with the others.
    /// </summary>
    private protected override void GatherAhead()
    {
        if (_auxActive && !Config.Compatibility.AuxKTrainsDecoderOnly)
        {
            Workers.For(_dead.GroupCount, _gatherDead);
        }
        else
        {
            _dead.Forget();
        }
    }

    private void GatherDead(int group)
    {
        var (first, count) = _dead.Group(group);
        var latents = _dead.Latents.Slice(first, count);
        for (int i = 0; i < count; i++)
        {
            var rows = _dead.Rows(first + i);
            rows.Encoder.Clear();
            rows.Decoder.Clear();
            _dead.MainSums[first + i] = base.GatherGradients(latents[i], rows);
        }

        Kernels.AddGradientsOfLatents(_auxIndex, latents, _aux.Gradient, Buffers.Input, Parameters.Decoder, _dead.Encoder, _dead.Decoder, _dead.AuxSums, first);
    }

    private double AuxVariance()
    {
        if (Config.Compatibility.AuxKOverInputVariance)
        {
            return InputVariance;
        }

        if (Config.Compatibility.AuxKCentersVectors)
        {
            return Total(_aux.Variances);
        }

        _targetVariance.Compute(_aux.Target);
        return _targetVariance.PerDimension[0];
    }

    private void AuxErrorRows(int block)
    {
        for (int row = block * RowBlock; row < Math.Min(Batch.Rows, (block + 1) * RowBlock); row++)
        {
            var target = _aux.Target.Row(row);
            var difference = _aux.Gradient.Row(row);
            Kernels.AddScaled(target, -1, difference);
            _aux.Errors[row] = Kernels.SumOfSquares(difference);
            if (Config.Compatibility.AuxKCentersVectors)
            {
                double sum = Kernels.Sum(target);
                _aux.Variances[row] = Kernels.SumOfSquares(target) - sum * sum / target.Length;
            }
        }
    }

    private void AuxGradientRows(int block)
    {
        float factor = (float)(2 * _auxWeight);
        for (int row = block * RowBlock; row < Math.Min(Batch.Rows, (block + 1) * RowBlock); row++)
        {
            var gradient = _aux.Gradient.Row(row);
            Kernels.Scale(gradient, factor);
            if (Config.Compatibility.AuxKGradientThroughError)
            {
                AddErrorGradient(row, factor);
            }
        }
    }

    /// <summary>The gradient through the target e = x − x̂: of the numerator −∂/∂ê, of the denominator the error's deviation from its mean.</summary>
    private void AddErrorGradient(int row, float factor)
    {
        float scale = Config.Compatibility.AuxKInRawUnits ? Buffers.Scale[row] : 1;
        float ratio = (float)(_auxError / _auxVariance);
        var target = _aux.Target.Row(row);
        var gradient = Buffers.Gradient.Row(row);
        Kernels.AddScaled(_aux.Gradient.Row(row), scale, gradient);
        Kernels.AddScaled(target, scale * factor * ratio, gradient);
        if (Config.Compatibility.AuxKCentersVectors)
        {
            Kernels.AddConstant(gradient, -scale * factor * ratio * (Kernels.Sum(target) / target.Length), gradient);
        }
        else
        {
            Kernels.AddScaled(_targetVariance.Means, -scale * factor * ratio, gradient);
        }
    }
}
