using Mlsae.Numerics;

namespace Mlsae.Analysis.Toys;

/// <summary>
/// Known features at several layers. Trajectories take turns from feature to feature, so that each has as many frequent features as the others; so do the layers at which features appear or
/// live alone.
/// </summary>
/// <param name="config">sizes, frequencies, layers</param>
/// <exception cref="ArgumentException">A value is out of range.</exception>
public sealed class LayeredToy(LayeredToyConfig config) : ToyActivations(config.Validated(), config.LayerCount, FeaturesOf(config))
{
    private static readonly ToyTrajectory[] Trajectories = Enum.GetValues<ToyTrajectory>();

    private static ToyFeature[] FeaturesOf(LayeredToyConfig config) => [.. config.Probabilities().Select((probability, i) =>
    {
        var (trajectory, turn) = (Trajectories[i % Trajectories.Length], i / Trajectories.Length);
        var (first, last) = trajectory switch
        {
            ToyTrajectory.Appearing => (1 + turn % (config.LayerCount - 1), config.LayerCount - 1),
            ToyTrajectory.SingleLayer => (turn % config.LayerCount, turn % config.LayerCount),
            _ => (0, config.LayerCount - 1),
        };
        return new ToyFeature(trajectory, first, last, Directions(config, i, trajectory == ToyTrajectory.Rotating ? config.RotationDegrees : 0), probability);
    })];

    /// <summary>[L × d_model] cos(lθ)·u + sin(lθ)·v at layer l, u and v of norm 1 and at right angles.</summary>
    private static Matrix Directions(LayeredToyConfig config, int feature, double degrees)
    {
        var axes = new Matrix(2, config.ModelDim);
        UnitDirection(config.Seed, "toy.direction", feature, axes.Row(0));
        UnitDirection(config.Seed, "toy.turn", feature, axes.Row(1));
        Kernels.AddScaled(axes.Row(0), -Kernels.Dot(axes.Row(0), axes.Row(1)), axes.Row(1));
        Kernels.NormalizeRow(axes.Row(1));
        var directions = new Matrix(config.LayerCount, config.ModelDim);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            var (sine, cosine) = Math.SinCos(layer * degrees * Math.PI / 180);
            Kernels.AddScaled(axes.Row(0), (float)cosine, directions.Row(layer));
            Kernels.AddScaled(axes.Row(1), (float)sine, directions.Row(layer));
        }

        return directions;
    }
}
