using Mlsae.Numerics;

namespace Mlsae.Analysis.Causal;

/// <summary>What taking one latent away does to vectors of a layer: a step along its direction at each of them.</summary>
/// <param name="Steps">[N] δ of x − δf, in the transformer's units; 0 where nothing changes</param>
/// <param name="Edited">vectors that change</param>
/// <param name="Unsolved">vectors at which the latent is active but no step brings its pre-activation to where it should be: they are left as they are</param>
public sealed record AblationSteps(double[] Steps, int Edited, int Unsolved)
{
    /// <summary>The steps of an ablation.</summary>
    /// <param name="dictionary">at the layer of the vectors</param>
    /// <param name="latent">which latent</param>
    /// <param name="kind">how it is taken away</param>
    /// <param name="x">[N × d_model] the vectors</param>
    /// <param name="values">[N] the latent's values in their codes, 0 where it is not active</param>
    /// <param name="mean">m of <see cref="AblationKind.Mean"/>, in the transformer's units; otherwise not used</param>
    /// <param name="isSpecial">whether a row is of a special token, which mean ablation leaves alone</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or there is no such latent at the layer.</exception>
    public static AblationSteps Of(
        DictionaryAtLayer dictionary, int latent, AblationKind kind, Matrix x, float[] values, double mean = 0, Func<int, bool>? isSpecial = null)
    {
        Require.Equal(values.Length, x.Rows);
        var steps = new double[x.Rows];
        int unsolved = 0;
        double stop = dictionary.StopAt(kind, latent);
        for (int row = 0; row < x.Rows; row++)
        {
            bool active = values[row] > 0;
            double? step = kind switch
            {
                AblationKind.Mean => isSpecial?.Invoke(row) == true ? 0 : (active ? dictionary.Scale(x.Row(row)) * values[row] : 0) - mean,
                AblationKind.Zero => active ? dictionary.Scale(x.Row(row)) * values[row] : 0,
                _ => active ? dictionary.StepTo(x.Row(row), latent, stop) : 0,
            };
            steps[row] = step ?? 0;
            unsolved += step is null ? 1 : 0;
        }

        return new AblationSteps(steps, steps.Count(step => step != 0), unsolved);
    }

    /// <summary>x − δf at every vector.</summary>
    /// <param name="x">[N × d_model] Changed in place.</param>
    /// <param name="direction">[d_model] the latent's direction f</param>
    /// <param name="share">of each step that is gone</param>
    public void Apply(Matrix x, ReadOnlySpan<float> direction, double share = 1)
    {
        Require.Equal(x.Rows, Steps.Length);
        for (int row = 0; row < x.Rows; row++)
        {
            if (Steps[row] != 0)
            {
                Kernels.AddScaled(direction, (float)(-share * Steps[row]), x.Row(row));
            }
        }
    }
}
