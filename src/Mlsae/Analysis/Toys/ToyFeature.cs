using Mlsae.Numerics;

namespace Mlsae.Analysis.Toys;

/// <summary>A true feature of toy data.</summary>
/// <param name="Trajectory">at which layers it lives, and how its direction goes on</param>
/// <param name="FirstLayer">the first layer at which it lives</param>
/// <param name="LastLayer">the last layer at which it lives</param>
/// <param name="Directions">[L × d_model] its direction at each layer, of norm 1; where it does not live, that of the nearest layer where it does</param>
/// <param name="Probability">P(it is active at a token)</param>
public sealed record ToyFeature(ToyTrajectory Trajectory, int FirstLayer, int LastLayer, Matrix Directions, double Probability)
{
    /// <summary>How many layers it lives at.</summary>
    public int Lifetime => LastLayer - FirstLayer + 1;

    /// <summary>Whether it lives at a layer.</summary>
    public bool LivesAt(int layer) => layer >= FirstLayer && layer <= LastLayer;

    /// <summary>The share of its activation at a layer: as much at each where it lives.</summary>
    public double ShareAt(int layer) => LivesAt(layer) ? 1.0 / Lifetime : 0;
}
