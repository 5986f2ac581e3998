using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Finds new directions for dead latents: of the inputs it is given, one for each of them, drawn with probability proportional to the square of the input's loss. Bricken et al. 2023.
/// </summary>
public sealed class LatentResampler
{
    private readonly CpuEngine _engine;
    private readonly int[] _dead;
    private readonly WeightedDraws _draws;
    private readonly Matrix _drawn;
    private readonly int _wanted;

    /// <summary>For the latents of an engine that are dead now.</summary>
    /// <param name="engine">whose parameters the losses are measured with; it must take no step meanwhile</param>
    /// <param name="dead">the latents</param>
    /// <param name="config">how many inputs are wanted</param>
    internal LatentResampler(CpuEngine engine, int[] dead, ResamplingConfig config)
    {
        (_engine, _dead, _wanted) = (engine, dead, config.Inputs);
        _draws = new WeightedDraws(dead.Length, new Philox(engine.Config.Seed, "resampling", (ulong)engine.StepCount));
        _drawn = new Matrix(dead.Length, engine.Config.ModelDim);
    }

    /// <summary>Inputs that it was given.</summary>
    public int Inputs { get; private set; }

    /// <summary>Whether it has as many inputs as are wanted.</summary>
    public bool IsFull => Inputs >= _wanted;

    /// <summary>Takes the next inputs, as many as are still wanted.</summary>
    /// <param name="vectors">[N × d_model] as the transformer has them</param>
    public void Add(Matrix vectors)
    {
        var taken = vectors.RowWindow(0, Math.Min(vectors.Rows, _wanted - Inputs));
        double[] losses = _engine.LossesOf(taken);
        var inputs = _engine.InDictionaryUnits(taken);
        for (int row = 0; row < taken.Rows; row++)
        {
            int from = row;
            _draws.Offer(losses[row] * losses[row], draw => inputs.Row(from).CopyTo(_drawn.Row(draw)));
        }

        Inputs += taken.Rows;
    }

    /// <summary>Gives the dead latents their new start.</summary>
    /// <returns>how many latents that were: none where no input had a loss</returns>
    public int Finish()
    {
        if (_draws.TotalWeight == 0)
        {
            return 0;
        }

        _engine.Restart(_dead, _drawn);
        return _dead.Length;
    }
}
