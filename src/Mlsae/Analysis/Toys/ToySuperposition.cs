using Mlsae.Numerics;

namespace Mlsae.Analysis.Toys;

/// <summary>One layer of known features in superposition: unit directions drawn at random, active rarely, the frequent ones more often than the rare ones.</summary>
/// <param name="config">sizes and frequencies</param>
/// <exception cref="ArgumentException">A value is out of range.</exception>
public sealed class ToySuperposition(ToyConfig config) : ToyActivations(config.Validated(), 1, FeaturesOf(config))
{
    private static ToyFeature[] FeaturesOf(ToyConfig config) => [.. config.Probabilities().Select((probability, i) =>
    {
        var direction = new Matrix(1, config.ModelDim);
        UnitDirection(config.Seed, "toy.direction", i, direction.Row(0), config.NonNegative);
        return new ToyFeature(ToyTrajectory.SingleLayer, 0, 0, direction, probability);
    })];
}
