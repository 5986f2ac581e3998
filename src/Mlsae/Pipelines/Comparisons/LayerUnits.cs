using Mlsae.Analysis;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>Some consecutive units of many, such as the latents of one layer.</summary>
/// <param name="units">all of them</param>
/// <param name="first">the first one taken</param>
/// <param name="count">how many are taken</param>
internal sealed class LayerUnits(IUnitActivations units, int first, int count) : IUnitActivations
{
    public int UnitCount => count;

    public int TokenCount => units.TokenCount;

    public UnitName NameOf(int unit) => units.NameOf(first + unit);

    public int Read(int unit, Span<int> tokens, Span<float> values) => units.Read(first + unit, tokens, values);
}
