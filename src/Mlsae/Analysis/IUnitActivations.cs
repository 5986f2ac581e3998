namespace Mlsae.Analysis;

/// <summary>The activations of units, such as a dictionary's latents or a model's neurons, on the tokens of a set of contexts, to be read a unit at a time.</summary>
public interface IUnitActivations
{
    /// <summary>Number of units.</summary>
    int UnitCount { get; }

    /// <summary>Number of tokens whose activations are held.</summary>
    int TokenCount { get; }

    /// <summary>Which unit that is.</summary>
    /// <param name="unit">0 .. <see cref="UnitCount"/> − 1</param>
    UnitName NameOf(int unit);

    /// <summary>Reads where a unit is active, which is where its activation is positive. May be called from several threads.</summary>
    /// <param name="unit">0 .. <see cref="UnitCount"/> − 1</param>
    /// <param name="tokens">[at least <see cref="TokenCount"/>] Its beginning is overwritten with the tokens, ascending.</param>
    /// <param name="values">[at least <see cref="TokenCount"/>] Its beginning is overwritten with the activations at these tokens.</param>
    /// <returns>how many tokens that are</returns>
    int Read(int unit, Span<int> tokens, Span<float> values);
}

/// <summary>A unit of a layer.</summary>
/// <param name="Layer">the layer, from 0; null for the greatest activation over all layers</param>
/// <param name="Index">which latent or neuron</param>
public readonly record struct UnitName(int? Layer, int Index);
