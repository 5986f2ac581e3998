using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>The graph of <see cref="TokenChainsResult"/>: from promoted tokens, and the rates at which latents fire on tokens, to edges, loops and chains.</summary>
public sealed class ChainGraph
{
    /// <summary>Tokens that a latent promotes: those that its logit weights raise most.</summary>
    public const int Promoted = 5;

    /// <summary>An edge's least weight.</summary>
    public const double EdgeFrom = 0.5;

    /// <summary>A latent that fires on a larger share of tokens says too little to be the end of an edge.</summary>
    public const double DensestEnd = 0.1;

    /// <summary>Times that a token must occur to count as promoted.</summary>
    public const int FewestOccurrences = 10;

    private readonly (int Latent, double Rate)[][] _firesOn;

    /// <summary>What fires on which tokens.</summary>
    /// <param name="labels">sums of the latents and tokens</param>
    /// <param name="latents">the latents that may be ends of edges; denser ones than <see cref="DensestEnd"/> are not</param>
    public ChainGraph(LatentLabels labels, IReadOnlyList<int> latents)
    {
        var firesOn = labels.TokenCounts.Select(_ => new List<(int, double)>()).ToArray();
        foreach (int latent in latents.Where(latent => labels.Moments.Density(latent) <= DensestEnd))
        {
            foreach (var pair in labels.Tokens.Of(latent))
            {
                firesOn[pair.Second].Add((latent, (double)pair.Together / labels.TokenCounts[pair.Second]));
            }
        }

        _firesOn = [.. firesOn.Select(own => own.ToArray())];
    }

    /// <summary>The edges from some latents, in their order and then ascending.</summary>
    /// <param name="from">which latents</param>
    /// <param name="promoted">[from] the tokens each promotes</param>
    public (int From, int To, double Weight)[] Edges(IReadOnlyList<int> from, IReadOnlyList<int[]> promoted)
    {
        var edges = new (int, int, double)[from.Count][];
        Workers.ForBlocks(from.Count, 16, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                edges[i] = [.. Weights(promoted[i]).Where(to => to.Value >= EdgeFrom).OrderBy(to => to.Key).Select(to => (from[i], to.Key, to.Value))];
            }
        });
        return [.. edges.SelectMany(own => own)];
    }

    /// <summary>[latents] The tokens that each raises most among those that occur often enough, the first first.</summary>
    /// <param name="weights">[n_latents × vocabulary] direct logit weights</param>
    /// <param name="latents">which rows</param>
    /// <param name="tokenCounts">[vocabulary] occurrences of each token</param>
    public static int[][] PromotedBy(Matrix weights, IReadOnlyList<int> latents, IReadOnlyList<long> tokenCounts)
    {
        int[] frequent = [.. Enumerable.Range(0, tokenCounts.Count).Where(id => tokenCounts[id] >= FewestOccurrences)];
        Require.That(frequent.Length >= Promoted, $"Only {frequent.Length} tokens occur at least {FewestOccurrences} times; {Promoted} are needed.");
        var promoted = new int[latents.Count][];
        Workers.For(promoted.Length, i => promoted[i] = [.. frequent.OrderByDescending(id => weights[latents[i], id]).ThenBy(id => id).Take(Promoted)]);
        return promoted;
    }

    /// <summary>Latents with an edge to themselves.</summary>
    public static int SelfLoops(IEnumerable<(int From, int To, double Weight)> edges) => edges.Count(edge => edge.From == edge.To);

    /// <summary>Pairs of different latents with edges both ways.</summary>
    public static int TwoCycles(IReadOnlyCollection<(int From, int To, double Weight)> edges)
    {
        var known = edges.Select(edge => (edge.From, edge.To)).ToHashSet();
        return edges.Count(edge => edge.From < edge.To && known.Contains((edge.To, edge.From)));
    }

    /// <summary>The longest way in which every step is its latent's strongest edge to another, and no latent comes twice; of equally long ones that of the first start.</summary>
    public static int[] LongestChain(IEnumerable<(int From, int To, double Weight)> edges)
    {
        var strongest = edges.Where(edge => edge.From != edge.To).GroupBy(edge => edge.From)
            .ToDictionary(own => own.Key, own => own.OrderByDescending(edge => edge.Weight).ThenBy(edge => edge.To).First().To);
        int[] longest = [];
        foreach (int start in strongest.Keys.Order())
        {
            var chain = new List<int> { start };
            while (strongest.TryGetValue(chain[^1], out int next) && !chain.Contains(next))
            {
                chain.Add(next);
            }

            longest = chain.Count > longest.Length ? [.. chain] : longest;
        }

        return longest;
    }

    private Dictionary<int, double> Weights(int[] promoted)
    {
        var weights = new Dictionary<int, double>();
        foreach (int token in promoted)
        {
            foreach (var (latent, rate) in _firesOn[token])
            {
                weights[latent] = weights.GetValueOrDefault(latent) + rate / promoted.Length;
            }
        }

        return weights;
    }
}
