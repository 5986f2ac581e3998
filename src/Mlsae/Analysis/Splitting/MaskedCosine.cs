using Mlsae.Analysis.Units;
namespace Mlsae.Analysis.Splitting;

/// <summary>
/// Masked cosine of two latents' activations x and y over tokens: the cosine over the tokens where the first fires, and over those where the second fires; the larger of the two. Bricken et al. 2023 draw the
/// splitting of features over dictionary sizes with it.
/// </summary>
/// <remarks>
/// A latent whose tokens are a part of another's has a large one, which plain cosine would not give it. So has, by construction, a pair that meets on the only token where one of them fires: leave out what hardly
/// ever fires. And two dense latents have one too, as values are never negative: compare with tokens that do not belong together.
/// </remarks>
public static class MaskedCosine
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "masked_cosine/1: the larger of the cosine of two latents' activations over the tokens where the first fires and over those where the second fires";

    /// <summary>The masked cosine of a pair; 0 for one that never fires together.</summary>
    /// <param name="pair">its sums</param>
    /// <param name="firstSquares">Σ x² over all tokens</param>
    /// <param name="secondSquares">Σ y² over all tokens</param>
    public static double Of(in PairSum pair, double firstSquares, double secondSquares)
    {
        // Where the first fires, its own squares are all of its squares and the second's those of the tokens where both do.
        double whereFirstFires = firstSquares * pair.SecondSquares, whereSecondFires = pair.FirstSquares * secondSquares;
        return pair.Together == 0 ? 0 : pair.Products / Math.Sqrt(Math.Min(whereFirstFires, whereSecondFires));
    }
}
