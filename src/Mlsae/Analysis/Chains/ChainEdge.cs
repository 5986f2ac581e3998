namespace Mlsae.Analysis.Chains;

/// <summary>A step of a finite-state automaton: latent From promotes the tokens on which latent To fires. From may be To.</summary>
/// <param name="From">whose promoted tokens</param>
/// <param name="To">which fires on them</param>
/// <param name="Weight">the mean over the promoted tokens of the share of the token's occurrences at which To fires</param>
public readonly record struct ChainEdge(int From, int To, double Weight);
