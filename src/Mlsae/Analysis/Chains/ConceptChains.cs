using Mlsae.Analysis.Units;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Chains;

/// <summary>Whether the latents that tell a concept lead to each other.</summary>
public static class ConceptChains
{
    /// <summary>A latent tells a concept where the F1 of its firing is at least this.</summary>
    public const double ToldFrom = 0.5;

    /// <summary>A row for each concept that a latent tells, in the Microworld's order.</summary>
    /// <param name="edges">all edges</param>
    /// <param name="labels">of the latents</param>
    public static ConceptChain[] Of(IReadOnlyCollection<ChainEdge> edges, IEnumerable<LatentLabel> labels)
    {
        var told = labels.Where(label => label.F1 >= ToldFrom).ToLookup(label => label.Concept, label => label.Latent);
        return [.. Concepts.All.Select(concept => concept.Name).Where(told.Contains).Select(concept => Row(concept, told[concept].ToHashSet(), edges))];
    }

    private static ConceptChain Row(string concept, HashSet<int> latents, IReadOnlyCollection<ChainEdge> edges)
    {
        int loops = edges.Count(edge => edge.From == edge.To && latents.Contains(edge.From));
        ChainEdge[] between = [.. edges.Where(edge => edge.From != edge.To)];
        int from = between.Count(edge => latents.Contains(edge.From)), to = between.Count(edge => latents.Contains(edge.To));
        int within = between.Count(edge => latents.Contains(edge.From) && latents.Contains(edge.To));

        // Exchanged, each start meets each end equally often.
        return new ConceptChain(concept, latents.Count, loops, from, to, within, between.Length == 0 ? 0 : (double)from * to / between.Length);
    }
}
