namespace Mlsae.Analysis.Toys;

/// <summary>How well a dictionary has found one true feature. <see cref="ToyRecovery"/> says how each number is measured.</summary>
/// <param name="Feature">its number</param>
/// <param name="Trajectory">at which layers it lives</param>
/// <param name="Probability">P(it is active at a token)</param>
/// <param name="Cosine">mean, over the layers where it lives, of the largest cosine of a latent's direction there with its own</param>
/// <param name="Recovered">share of those layers at which that cosine exceeds <see cref="ToyRecovery.RecoveredAbove"/></param>
/// <param name="OneLatent">1 where a single latent is the feature at all its layers, otherwise 0</param>
/// <param name="ProfileDistance">distance of the single best latent's layer profile from the true one; null where no token measured had the feature</param>
/// <param name="LinkedProfileDistance">the same of the latents that are best at each layer, taken together</param>
public sealed record FeatureRecovery(
    int Feature, ToyTrajectory Trajectory, double Probability, double Cosine, double Recovered, double OneLatent, double? ProfileDistance, double? LinkedProfileDistance);
