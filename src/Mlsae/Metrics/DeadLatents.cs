namespace Mlsae.Metrics;

/// <summary>Dead latents by each paper's definition, as far as an evaluation can tell: it has no training history, and sees no more tokens than it is given.</summary>
public static class DeadLatents
{
    /// <summary>Its name in result files.</summary>
    public const string Name = "dead_fraction";

    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "dead_fraction/1: share of latents never greater than 1e-3 on the evaluation set (overall: at no layer)";

    /// <summary>Name and version of Bricken et al.'s definition.</summary>
    public const string NeverFiredDefinition =
        "dead_fraction_bricken/1: share of latents whose activation was never other than 0 on the evaluation set (overall: at no layer); Bricken et al. took 100 M tokens";

    /// <summary>Name and version of the published mlsae code's dead/rel.</summary>
    public const string SelectedDefinition =
        "dead_fraction_mlsae/1: share of latents stored in fewer than tokens/10^7 codes, whatever their value (overall: codes of all layers); below 10^7 tokens, stored in none";

    /// <summary>Tokens for each of which the published mlsae code wants one selection.</summary>
    public const double TokensPerSelection = 1e7;

    /// <summary>Whether a latent was never greater than <see cref="L0.ActiveAbove"/>.</summary>
    public static bool NeverActive(LatentSums sums, int latent) => sums.Active[latent] == 0;

    /// <summary>Whether a latent never fired.</summary>
    public static bool NeverFired(LatentSums sums, int latent) => sums.Fired[latent] == 0;

    /// <summary>Whether a latent was selected more seldom than once in so many tokens.</summary>
    public static bool SeldomSelected(LatentSums sums, int latent, double tokensPerSelection = TokensPerSelection) =>
        sums.Selected[latent] < sums.Tokens / tokensPerSelection;

    /// <summary>Share of latents never greater than <see cref="L0.ActiveAbove"/>.</summary>
    public static double Fraction(LatentSums sums) => Enumerable.Range(0, sums.Count).Count(latent => NeverActive(sums, latent)) / (double)sums.Count;
}
