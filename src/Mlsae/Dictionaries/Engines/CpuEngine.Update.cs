using System.Diagnostics;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

public abstract partial class CpuEngine
{
    /// <summary>The name of the bias that is added to pre-activations.</summary>
    private protected const string EncoderBiasName = "encoder_bias";

    private const int LatentBlock = 64;

    [ThreadStatic]
    private static Matrix? _gradientRows;

    private readonly Action<int> _updateLatents;
    private readonly (long Gradients, long Adam)[] _blockTicks;
    private readonly (string Name, AdamVector Vector)[] _perLatent;
    private readonly AdamVector? _encoderBias;

    /// <summary>The numbers of this step's Adam.</summary>
    private protected AdamStep Adam { get; private set; }

    /// <summary>Transposes the codes and ages the latents.</summary>
    private protected virtual void Index()
    {
        Ages.Update(Codes, Result.Tokens);
        MainIndex.Build(Codes);
    }

    /// <summary>Gathers those gradients that are cheaper gathered for several latents at once than latent by latent.</summary>
    private protected virtual void GatherAhead()
    {
    }

    /// <summary>Gradients and Adam, latent by latent; then the pre-bias.</summary>
    private void Update(double learningRate)
    {
        Result.DeadCount = Ages.DeadCount;
        Result.DeadFraction = Ages.DeadCount / (double)Config.LatentCount;
        Result.LearningRate = learningRate;
        var adam = Config.Adam;
        Adam = new AdamStep(learningRate, adam.Beta1, adam.Beta2, adam.Epsilon, StepNumber);
        bool clips = Config.ClipNorm > 0;
        Workers.For(_biasParts.Rows, clips ? _gatherLatents : _updateLatents);
        Workers.For((Config.ModelDim + BiasColumns - 1) / BiasColumns, _sumColumns);
        Gradients?.TakePreBias(Parameters.PreBias.Gradient);
        if (clips)
        {
            Clip();
            Workers.For(_biasParts.Rows, _updateGathered);
        }

        if (Config.PreBias != PreBiasStart.None)
        {
            var bias = Parameters.PreBias;
            Kernels.AdamRow(bias.Gradient, Adam, bias.Values, bias.FirstMoment, bias.SecondMoment);
        }

        long gradients = 0, updates = 0;
        foreach (var ticks in _blockTicks)
        {
            gradients += ticks.Gradients;
            updates += ticks.Adam;
        }

        Times.EndUpdate(gradients, updates);
    }

    /// <summary>Each latent's gradients are handed to Adam as soon as they are there, so that none are stored.</summary>
    private void UpdateLatents(int block)
    {
        int width = Config.ModelDim;
        if (_gradientRows?.Columns != width)
        {
            _gradientRows = Matrix.Aligned(2, width);
        }

        var rows = new LatentGradients(_gradientRows.Row(0), _gradientRows.Row(1));
        var biasPart = _biasParts.Row(block);
        biasPart.Clear();
        _blockTicks[block] = default;
        for (int latent = block * LatentBlock; latent < Math.Min(Config.LatentCount, (block + 1) * LatentBlock); latent++)
        {
            long start = Stopwatch.GetTimestamp();
            Gather(latent, rows, biasPart);
            long middle = Stopwatch.GetTimestamp();
            UpdateLatent(latent, rows);
            _blockTicks[block].Gradients += middle - start;
            _blockTicks[block].Adam += Stopwatch.GetTimestamp() - middle;
        }
    }

    /// <summary>All gradients of one latent, as Adam is to see them but for clipping.</summary>
    /// <param name="latent">which</param>
    /// <param name="rows">Overwritten.</param>
    /// <param name="biasPart">Accumulated into: the pre-bias' gradient through the encoder.</param>
    private void Gather(int latent, LatentGradients rows, Span<float> biasPart)
    {
        rows.Encoder.Clear();
        rows.Decoder.Clear();
        float sum = GatherGradients(latent, rows);
        if (sum != 0)
        {
            // The encoder sees x − bias, so each pre-activation's gradient reaches the bias through the encoder's row, with the sign turned.
            Kernels.AddScaled(EncoderRows.Row(latent), -sum, biasPart);
        }

        if (_encoderBias is not null)
        {
            _encoderBias.Gradient[latent] = sum;
        }

        Gradients?.TakeDecoder(latent, rows);
        FinishGradients(latent, rows);
        if (Gradients is { } record)
        {
            record.TakeFinished(latent, rows);
            foreach (var (name, vector) in _perLatent)
            {
                record.PerLatent(name)[latent] = vector.Gradient[latent];
            }
        }
    }

    /// <summary>Gathers the gradients of one latent's rows. Called from several threads, each latent once.</summary>
    /// <param name="latent">which</param>
    /// <param name="rows">zero at first; added to</param>
    /// <returns>the sum over the batch of the gradient by the latent's pre-activation</returns>
    private protected virtual float GatherGradients(int latent, LatentGradients rows) =>
        Kernels.AddLatentGradients(MainIndex, latent, OutputGradient(latent), Buffers.Input, Parameters.Decoder.Row(latent), rows);

    /// <summary>[N × d_model] The loss's gradient by what a latent adds to the decoder's output.</summary>
    private protected virtual Matrix OutputGradient(int latent) => Buffers.Gradient;

    /// <summary>The gradients of a parameter that is a number for each latent, to be set by <see cref="GatherGradients"/>; that of the encoder bias is the sum it returns.</summary>
    private protected float[] GradientOf(string name) => Parameters.PerLatent[name].Gradient;

    /// <summary>Makes what was gathered the gradients by the parameters that Adam moves: takes the part along the decoder's row, whose norm is held, away. Called from several threads, each latent once.</summary>
    private protected virtual void FinishGradients(int latent, LatentGradients rows)
    {
        var decoder = Parameters.Decoder.Row(latent);
        if (Config.Compatibility.NormalizesBeforeAdam)
        {
            Kernels.NormalizeRow(decoder);
        }

        Kernels.ProjectRow(decoder, rows.Decoder);
    }

    /// <summary>One step of Adam on one latent's parameters. Called from several threads, each latent once.</summary>
    /// <param name="latent">which</param>
    /// <param name="rows">its rows' gradients</param>
    private protected virtual void UpdateLatent(int latent, LatentGradients rows)
    {
        var p = Parameters;
        Kernels.AdamRow(rows.Encoder, Adam, p.Encoder.Row(latent), p.EncoderFirstMoment.Row(latent), p.EncoderSecondMoment.Row(latent));
        Kernels.AdamRow(rows.Decoder, Adam, p.Decoder.Row(latent), p.DecoderFirstMoment.Row(latent), p.DecoderSecondMoment.Row(latent));
        if (!Config.Compatibility.NormalizesBeforeAdam && !Config.Compatibility.NormalizesBeforeStep)
        {
            Kernels.NormalizeRow(p.Decoder.Row(latent));
        }

        UpdatePerLatent(latent);
    }

    /// <summary>One step of Adam on every number of a latent.</summary>
    private protected void UpdatePerLatent(int latent)
    {
        foreach (var (_, vector) in _perLatent)
        {
            Kernels.AdamRow(
                vector.Gradient.AsSpan(latent, 1), Adam, vector.Values.AsSpan(latent, 1), vector.FirstMoment.AsSpan(latent, 1), vector.SecondMoment.AsSpan(latent, 1));
        }
    }
}
