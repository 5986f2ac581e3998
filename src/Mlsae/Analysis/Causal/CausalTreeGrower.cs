using MathNet.Numerics.Statistics;
using Mlsae.Analysis.Facts;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Causal;

/// <summary>Grows causal trees. Attribution chooses which latents are taken away exactly; of the target all are, so that what the choice loses is known.</summary>
/// <param name="subject">the model, its dictionary and a text</param>
/// <param name="config">how far</param>
public sealed class CausalTreeGrower(CausalSubject subject, CausalTreeConfig config)
{
    private const int LargestFalls = 10;
    private const int Examples = 2;

    /// <summary>Grows the tree of one target.</summary>
    /// <param name="target">a latent at a layer after the first, active there somewhere in the text</param>
    /// <param name="display">how a token is shown</param>
    /// <param name="progress">told the share done, about</param>
    /// <param name="cancellation">ends the work</param>
    public CausalTree Grow(ChosenLatent target, Func<int, string> display, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        Require.That(IsActive(target.Layer, target.Latent), $"Latent {target.Latent} is never active at layer {target.Layer} in this text; name another, or more text.");
        Require.That(target.Layer > 0 && target.Layer < subject.Layers.Count, $"Latent {target.Latent} is asked for at layer {target.Layer}; causes are looked for at layers 1 to {subject.Layers.Count - 1}.");
        var growth = new Growth(display);
        var open = new List<(int Latent, double Weight)> { (target.Latent, 1) };
        int expected = 1 + (target.Layer - 1) * config.NodesPerLayer, done = 0;
        for (int layer = target.Layer; layer > 0 && open.Count > 0; layer--)
        {
            var next = new Dictionary<int, double>();
            foreach (var (latent, weight) in open)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (var edge in Follow(growth, layer, latent, isTarget: layer == target.Layer))
                {
                    next[edge.Cause] = next.GetValueOrDefault(edge.Cause) + weight * edge.Share.Mean;
                }

                progress?.Report(Math.Min(1, (double)++done / expected));
            }

            open = layer == 1 ? [] : [.. next.Where(of => IsActive(layer - 1, of.Key)).OrderByDescending(of => of.Value).ThenBy(of => of.Key).Take(config.NodesPerLayer).Select(of => (of.Key, of.Value))];
            foreach (int latent in next.Keys.Except(open.Select(of => of.Latent)))
            {
                growth.Nodes.Add(Node(layer - 1, latent, null, Drawn(layer - 1, latent), display));
            }
        }

        return new CausalTree(target, growth.Nodes, growth.Edges, growth.Check!);
    }

    /// <summary>Looks for the causes of one latent, and adds it and its edges.</summary>
    private IReadOnlyList<CausalEdge> Follow(Growth growth, int layer, int latent, bool isTarget)
    {
        var places = Drawn(layer, latent);
        var step = new CausalStep(subject, layer, latent, [.. places.Select(place => (subject.Text.Contexts[place.Context], place.Position))]);
        var attributions = step.Attributions();
        // By size: where taking a latent away is a long step, the sign to first order may be wrong.
        int[] ranked = [.. attributions.Keys.OrderByDescending(candidate => Math.Abs(attributions[candidate].Average())).ThenBy(candidate => candidate)];
        int[] tried = [.. ranked.Take(config.Tried)];
        var exact = Falls(step, tried);
        int[] kept = [.. tried.Where(candidate => ShareOf(step, exact[candidate]) >= config.SmallestShare).OrderByDescending(candidate => ShareOf(step, exact[candidate])).ThenBy(candidate => candidate).Take(config.Causes)];
        var together = step.Falls([kept, tried]);
        growth.Nodes.Add(Node(layer, latent, new NodeCauses(
            places.Length, step.Values.Average(), ranked.Length, tried.Length, step.Unsolved,
            Spearman([.. tried.Select(candidate => (attributions[candidate].Average(), exact[candidate].Average(fall => fall.PreActivation)))]),
            Share(step, together[0]), Share(step, together[1])), places, growth.Display));
        CausalEdge[] edges = [.. kept.Select(cause => new CausalEdge(
            layer - 1, cause, latent, Share(step, exact[cause]), attributions[cause].Average() / step.Values.Average(), step.ActiveContexts(cause), subject.IsShared && cause == latent))];
        growth.Edges.AddRange(edges);
        growth.Check = isTarget ? Check(step, ranked, tried) : growth.Check;
        return edges;
    }

    private static Dictionary<int, TargetState[]> Falls(CausalStep step, int[] candidates, int? contexts = null) =>
        candidates.Zip(step.Falls([.. candidates.Select(candidate => new[] { candidate })], 1, contexts)).ToDictionary(of => of.First, of => of.Second);

    private static double ShareOf(CausalStep step, TargetState[] falls) => falls.Average(fall => fall.Value) / step.Values.Average();

    /// <summary>Mean fall over mean value, with its interval over contexts.</summary>
    private Estimate Share(CausalStep step, TargetState[] falls) => Bootstrap.Estimates(
        falls.Length, config.Seed, drawn => [drawn.Average(c => falls[c].Value) / drawn.Average(c => step.Values[c])])[0];

    /// <summary>Takes every candidate away, in a few contexts.</summary>
    private AttributionCheck Check(CausalStep step, int[] ranked, int[] tried)
    {
        int contexts = Math.Min(config.CheckedContexts, step.Places.Count);
        var attributions = step.Attributions();
        CandidateFall[] all =
        [
            .. Falls(step, [.. ranked.Where(candidate => step.ActiveContexts(candidate, contexts) > 0)], contexts)
                .Select(of => new CandidateFall(of.Key, attributions[of.Key].Take(contexts).Average(), of.Value.Average(fall => fall.PreActivation), of.Value.Average(fall => fall.Value)))
                .OrderByDescending(of => of.Fall).ThenBy(of => of.Latent),
        ];
        var correlation = Bootstrap.Estimates(all.Length, config.Seed, drawn => [Spearman([.. drawn.Select(i => (all[i].Attribution, all[i].PreActivationFall))])])[0];
        return new AttributionCheck(contexts, correlation, all.Take(LargestFalls).Count(of => tried.Contains(of.Latent)), all);
    }

    private static double Spearman((double Attribution, double Exact)[] pairs) =>
        pairs.Length < 2 ? double.NaN : Correlation.Spearman(pairs.Select(pair => pair.Attribution), pairs.Select(pair => pair.Exact));

    /// <summary>Whether a latent is active on a token that is not special.</summary>
    private bool IsActive(int layer, int latent) => subject.Text.Places(layer, latent).Count > 0;

    /// <summary>Contexts in which the latent reaches half of its largest value, and one such token of each. None where it is active on special tokens alone.</summary>
    private LatentPlace[] Drawn(int layer, int latent)
    {
        var places = subject.Text.Places(layer, latent);
        float half = places.Select(place => place.Value).DefaultIfEmpty().Max() / 2;
        var random = new Philox(config.Seed, "causal tree", (ulong)subject.Text.UnitOf(layer, latent));
        LatentPlace[][] byContext = [.. places.Where(place => place.Value >= half).GroupBy(place => place.Context).Select(group => group.ToArray())];
        random.Shuffle<LatentPlace[]>(byContext);
        return [.. byContext.Take(config.Contexts).Select(group => group[random.NextInt32(group.Length)]).OrderBy(place => place.Context)];
    }

    private CausalNode Node(int layer, int latent, NodeCauses? causes, LatentPlace[] places, Func<int, string> display) => new(
        layer, latent, subject.Facts is { } facts ? FactSearch.Told(subject.Text.Activations, facts, subject.Text.UnitOf(layer, latent)) : null,
        subject.Text.Places(layer, latent).Select(place => place.Value).DefaultIfEmpty().Max(),
        [.. places.OrderByDescending(place => place.Value).Take(Examples).Select(place => subject.Text.Example(layer, latent, place, display))], causes);

    /// <summary>What has grown so far.</summary>
    private sealed class Growth(Func<int, string> display)
    {
        public Func<int, string> Display => display;

        public List<CausalNode> Nodes { get; } = [];

        public List<CausalEdge> Edges { get; } = [];

        public AttributionCheck? Check { get; set; }
    }
}
