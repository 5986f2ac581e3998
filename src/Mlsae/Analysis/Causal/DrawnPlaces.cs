using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Causal;

/// <summary>Some contexts in which a latent is active, and some of its tokens in each.</summary>
/// <param name="Batch">the contexts</param>
/// <param name="Rows">the tokens, ascending, as rows of the batch</param>
/// <param name="Values">[rows] the latent's values there</param>
public sealed record DrawnPlaces(TokenBatch Batch, int[] Rows, float[] Values)
{
    /// <summary>Which of the batch's contexts a row is of.</summary>
    public int ContextOf(int i) => Rows[i] / Batch.Length;

    /// <summary>Draws contexts, each equally likely, and tokens in each.</summary>
    /// <param name="text">the text</param>
    /// <param name="places">where the latent is active, at least once</param>
    /// <param name="contexts">at most so many contexts</param>
    /// <param name="perContext">at most so many tokens of each</param>
    /// <param name="random">of the draws</param>
    public static DrawnPlaces Of(LatentText text, IEnumerable<LatentPlace> places, int contexts, int perContext, Philox random)
    {
        var byContext = places.GroupBy(place => place.Context).Select(group => group.ToArray()).ToArray();
        Require.That(byContext.Length > 0, "A latent that is never active has no places to draw.");
        random.Shuffle<LatentPlace[]>(byContext);
        var drawn = byContext.Take(contexts).OrderBy(group => group[0].Context).Select((group, i) =>
        {
            random.Shuffle<LatentPlace>(group);
            return group.Take(perContext).OrderBy(place => place.Position).Select(place => (Row: i * text.Length + place.Position, place.Value, place.Context)).ToArray();
        }).ToArray();
        return new DrawnPlaces(
            TokenBatch.Of([.. drawn.Select(group => text.Contexts[group[0].Context])]), [.. drawn.SelectMany(group => group.Select(place => place.Row))],
            [.. drawn.SelectMany(group => group.Select(place => place.Value))]);
    }
}
