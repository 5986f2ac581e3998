namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <summary>One step of AdamW for one parameter, as <see cref="Kernels.AdamW"/>.</summary>
    /// <param name="state">parameter, mean of gradients, mean of squared gradients</param>
    /// <param name="gradient">the parameter's gradient</param>
    /// <param name="step">which step, and its rates</param>
    /// <returns>the three after the step</returns>
    public static (double Parameter, double Mean, double MeanSquare) AdamW(
        (double Parameter, double Mean, double MeanSquare) state, double gradient, AdamWStep step)
    {
        double g = gradient * step.GradientScale, beta1 = step.Beta1, beta2 = step.Beta2;
        double mean = beta1 * state.Mean + (1 - beta1) * g;
        double meanSquare = beta2 * state.MeanSquare + (1 - beta2) * g * g;
        double unbiasedMean = mean / (1 - Math.Pow(beta1, step.Step));
        double unbiasedMeanSquare = meanSquare / (1 - Math.Pow(beta2, step.Step));
        double decayed = state.Parameter * (1 - (double)step.LearningRate * step.WeightDecay);
        return (decayed - step.LearningRate * unbiasedMean / (Math.Sqrt(unbiasedMeanSquare) + step.Epsilon), mean, meanSquare);
    }
}
