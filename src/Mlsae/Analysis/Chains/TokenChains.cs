using Mlsae.Analysis.Units;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Chains;

/// <summary>From sums over one half of a text to edges, and from the other half to whether they are walked.</summary>
public sealed class TokenChains
{
    private readonly LatentLabels _labels;
    private readonly int[] _latents;
    private readonly int[] _frequent;
    private readonly int[][] _promoted;
    private readonly ulong _seed;
    private readonly ChainFollowing[] _followings;

    /// <summary>Finds the edges.</summary>
    /// <param name="labels">sums over the half of the text that edges are found on</param>
    /// <param name="weights">[n_latents × vocabulary] direct logit weights</param>
    /// <param name="seed">of what is drawn</param>
    public TokenChains(LatentLabels labels, Matrix weights, ulong seed)
    {
        (_labels, _seed) = (labels, seed);
        _latents = UnitCensus.KeptOf(labels.Moments);
        Require.That(_latents.Length > 0, "No latent fires often enough; give more text with --rare-sequences.");
        _frequent = PromotedTokens.Frequent(labels.TokenCounts);
        int[][] all = PromotedTokens.Of(weights, _frequent);
        _promoted = [.. _latents.Select(latent => all[latent])];
        Graph = new ChainGraph(labels, _latents);
        Edges = Graph.Edges(_latents, _promoted);
        _followings = [.. Pairs().Select(pairs => new ChainFollowing(pairs, labels.Moments.Count))];
    }

    /// <summary>What fires on which tokens.</summary>
    public ChainGraph Graph { get; }

    /// <summary>All edges, self-loops among them.</summary>
    public IReadOnlyList<ChainEdge> Edges { get; }

    /// <summary>How many latents directions are drawn for.</summary>
    public int Compared => _latents.Length;

    /// <summary>Adds tokens of the other half.</summary>
    /// <inheritdoc cref="ChainFollowing.Add"/>
    public void Follow(SparseRows codes, bool[] hasNext)
    {
        FollowedTokens += hasNext.Count(next => next);
        Workers.For(_followings.Length, i => _followings[i].Add(codes, hasNext));
    }

    /// <summary>Tokens with a next one, of the other half.</summary>
    public long FollowedTokens { get; private set; }

    /// <summary>The graph's numbers where each latent has another's direction: the edges of one come from the other.</summary>
    public ChainCounts Permuted(int draw)
    {
        int[] others = [.. _latents];
        new Philox(_seed, "permuted directions", (ulong)draw).Shuffle<int>(others);
        var from = _latents.Zip(others).ToDictionary(pair => pair.First, pair => pair.Second);
        return ChainCounts.Of([.. Edges.Select(edge => edge with { From = from[edge.From] })]);
    }

    /// <summary>The graph's numbers where each token stands for another.</summary>
    public ChainCounts Exchanged(int draw)
    {
        int[] exchange = TokenExchange.Draw(_labels.TokenCounts, PromotedTokens.FewestOccurrences, new Philox(_seed, "exchanged tokens", (ulong)draw));
        return ChainCounts.Of(Graph.Edges(_latents, [.. _promoted.Select(own => own.Select(id => exchange[id]).ToArray())]));
    }

    /// <summary>The graph's numbers with other directions' weights.</summary>
    /// <param name="weights">[<see cref="Compared"/> × vocabulary]</param>
    public ChainCounts Random(Matrix weights) => ChainCounts.Of(Graph.Edges(_latents, PromotedTokens.Of(weights, _frequent)));

    /// <summary>All that was found but where and by chance.</summary>
    /// <param name="place">where latents are read, and whether the direct path is the only one</param>
    /// <param name="contexts">of the text</param>
    /// <param name="chance">the nulls</param>
    /// <param name="display">how a token is shown</param>
    public TokenChainsResult Result((string Name, bool IsOnlyPath) place, int contexts, IReadOnlyList<ChainNull> chance, Func<int, string> display)
    {
        LatentLabel[] labels = _labels.Of(_latents, display);
        ChainLink[] links = Links();
        int[][] systems = ChainPaths.Systems(Edges);
        var inSystems = systems.SelectMany(system => system).ToHashSet();
        var walked = links.Where(link => link.IsWalked && !inSystems.Contains(link.From) && !inSystems.Contains(link.To)).Select(link => new ChainEdge(link.From, link.To, link.Weight));
        return new TokenChainsResult
        {
            Place = place.Name, IsOnlyPath = place.IsOnlyPath, Tokens = _labels.Moments.Rows, FollowedTokens = FollowedTokens, Contexts = contexts, FrequentTokens = _frequent.Length,
            Latents = UnitCensus.Of(_labels.Moments), Ends = Graph.Ends.Count, Counts = ChainCounts.Of(Edges), Chance = chance,
            Lifts = new ChainLifts(Lift(0), Lift(1), Lift(2), Lift(3)), Walked = Walked(0), WalkedByChance = Walked(1),
            Edges = links, Systems = systems, Chains = ChainPaths.DisjointChains(walked), Concepts = ConceptChains.Of(Edges, labels),
            Members = [.. labels.Select((label, i) => new ChainLatent(label.Latent, label, [.. _promoted[i].Select(display)]))],
        };
    }

    private ChainLink[] Links()
    {
        var followed = _followings[0].Result().Concat(_followings[2].Result()).ToDictionary(edge => (edge.From, edge.To));
        return [.. Edges.Select(edge => Link(edge.Weight, followed[(edge.From, edge.To)]))];
    }

    private static ChainLink Link(double weight, FollowedEdge of) => new(of.From, of.To, weight, WilsonInterval.Of(of.Followed, of.Fired), of.Anywhere);

    /// <summary>The four sets of pairs that are followed: edges, the same with ends exchanged, self-loops, and other latents after themselves.</summary>
    private IEnumerable<IEnumerable<(int, int)>> Pairs()
    {
        var between = Edges.Where(edge => edge.From != edge.To).ToArray();
        int[] ends = [.. between.Select(edge => edge.To)];
        new Philox(_seed, "other ends").Shuffle<int>(ends);
        int[] loops = [.. Edges.Where(edge => edge.From == edge.To).Select(edge => edge.From)];
        return
        [
            between.Select(edge => (edge.From, edge.To)), between.Select((edge, i) => (edge.From, ends[i])),
            loops.Select(latent => (latent, latent)), _latents.Except(loops).Select(latent => (latent, latent)),
        ];
    }

    /// <summary>The median lift of pairs.</summary>
    private Estimate Lift(int set) => OverFirst(_followings[set].Result().Where(pair => !double.IsNaN(pair.Lift)), pair => pair.Lift, values => Bootstrap.Percentile([.. values.Order()], 0.5));

    /// <summary>The share of pairs that are walked.</summary>
    private Estimate Walked(int set) => OverFirst(_followings[set].Result(), pair => Link(0, pair).IsWalked ? 1 : 0, values => values.Average());

    /// <summary>A statistic of pairs; its interval is over first latents, which are drawn with all their pairs.</summary>
    private Estimate OverFirst(IEnumerable<FollowedEdge> pairs, Func<FollowedEdge, double> value, Func<IEnumerable<double>, double> statistic)
    {
        double[][] own = [.. pairs.GroupBy(pair => pair.From).Select(of => of.Select(value).ToArray())];
        return own.Length == 0 ? Estimate.Exact(double.NaN, 0) : Bootstrap.Estimates(own.Length, _seed, drawn => [statistic(drawn.SelectMany(i => own[i]))])[0];
    }
}
