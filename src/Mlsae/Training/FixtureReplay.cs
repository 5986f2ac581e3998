using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>
/// Replays given batches from given initial weights and writes what happened, so that a training can be compared step by step with another implementation's.
/// </summary>
/// <remarks>
/// Reads <c>x</c> [steps, L, tokens, d_model] and <c>init.encoder.weight</c> [n, d], <c>init.decoder.weight</c> [d, n], and <c>init.pre_encoder_bias</c> [d] where it is there; otherwise the first batch
/// sets the pre-bias. Weights and gradients are written in the published layout, so decoders as [d, n]; codes in ascending order of latent.
/// </remarks>
public static class FixtureReplay
{
    /// <summary>Trains on every batch of <paramref name="activations"/> in order.</summary>
    /// <param name="activations">holds x</param>
    /// <param name="initial">holds init.*</param>
    /// <param name="config">how to train; its learning rate is constant</param>
    /// <returns>log.*, step&lt;i&gt;.*, geometric_median_step0 and final.*</returns>
    /// <exception cref="InvalidDataException">A tensor is missing or its shape does not fit the configuration.</exception>
    /// <exception cref="NonFiniteException">A NaN or an infinity came up.</exception>
    public static IReadOnlyList<Tensor> Run(ITensorSource activations, ITensorSource initial, TopKConfig config)
    {
        long[] shape = activations.Describe("x").Shape;
        if (shape.Length != 4 || shape[3] != config.ModelDim || shape[1] < 1 || shape[2] < 2)
        {
            throw new InvalidDataException(
                $"'{activations.Path}': x has shape [{string.Join(", ", shape)}] where [steps, layers, tokens, {config.ModelDim}] is needed, with at least two tokens.");
        }

        var (steps, layers, tokens) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        using var engine = new CpuTopKEngine(config, layers) { Gradients = new GradientRecord(config.LatentCount, config.ModelDim) };
        Start(engine, initial);
        var trace = new FixtureTrace(engine, steps, tokens);
        var batch = new Matrix(tokens * layers, config.ModelDim);
        var values = new float[layers * tokens * config.ModelDim];
        for (int step = 0; step < steps; step++)
        {
            activations.Read("x", (long)step * values.Length, values);
            ToTokenMajor(new Matrix(layers * tokens, config.ModelDim, values), batch, layers);
            trace.Before(step);
            var report = engine.Step(batch, steps);
            trace.After(step, report);
        }

        return trace.Finish();
    }

    private static void Start(CpuTopKEngine engine, ITensorSource initial)
    {
        int n = engine.Config.LatentCount, d = engine.Config.ModelDim;
        initial.RequireShape("init.encoder.weight", n, d);
        initial.RequireShape("init.decoder.weight", d, n);
        var decoder = new Matrix(n, d);
        SparseDictionary.Transpose(initial.ReadFloats("init.decoder.weight"), decoder.AsSpan(), d, n);
        bool hasBias = initial.Contains("init.pre_encoder_bias");
        float[] bias = hasBias ? initial.ReadFloats("init.pre_encoder_bias", d) : new float[d];
        engine.Import(new TopKDictionary(engine.Config, initial.ReadMatrix("init.encoder.weight"), decoder, bias));
        if (!hasBias)
        {
            engine.ForgetPreBias();
        }
    }

    /// <summary>Row l·T + t to row t·L + l.</summary>
    private static void ToTokenMajor(Matrix layerMajor, Matrix tokenMajor, int layers)
    {
        int tokens = layerMajor.Rows / layers;
        for (int row = 0; row < layerMajor.Rows; row++)
        {
            layerMajor.Row(row).CopyTo(tokenMajor.Row(row % tokens * layers + row / tokens));
        }
    }
}
