using Mlsae.Analysis;
using Mlsae.Analysis.Causal;
using Mlsae.Analysis.Facts;
using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Pipelines.Analyses;

/// <summary>Text that a run's model and dictionary have read, for analyses that look at a few latents closely: which latents, and where they are active.</summary>
/// <param name="Text">the text with the activity of all latents</param>
/// <param name="Facts">what is known of its tokens; null of other text than the Microworld's</param>
/// <param name="Annotated">the same text with its concepts; null of other text</param>
internal sealed record ReadText(LatentText Text, TextFacts? Facts, IReadOnlyList<AnnotatedTokens>? Annotated)
{
    /// <summary>Latents that are looked at where neither they nor facts are named, of text whose facts are not known.</summary>
    private const int StrongestLatents = 4;

    /// <summary>Reads held-out text: of the Microworld the annotated documents that concepts are scored on, otherwise <see cref="AnalysisSettings.Sequences"/> contexts.</summary>
    /// <param name="run">whose model and dictionary read</param>
    /// <param name="settings">which text</param>
    /// <param name="progress">told the share done</param>
    /// <param name="cancellation">ends the work</param>
    public static ReadText Of(TrainedRun run, AnalysisSettings settings, IProgress<double>? progress, CancellationToken cancellation)
    {
        var text = AnalysisText.Of(run, settings, settings.Sequences, settings.ConceptContexts);
        var activations = new LatentActivations(run.HookPoints.Count, run.Dictionary.LatentCount);
        var scales = new List<float>();
        foreach (var (batch, _) in text.Batches(progress, cancellation))
        {
            var (vectors, codes) = run.Encode(batch);
            activations.AppendInterleaved(codes);
            scales.AddRange(Scales(run, vectors));
        }

        return new ReadText(
            new LatentText(text.Contexts, activations, [.. scales], run.Model.VocabularySize, run.Tokenizer.SpecialIds),
            text.Annotated is null ? null : new TextFacts(text.Annotated, run.Tokenizer), text.Annotated);
    }

    /// <summary>The latents to look at: those that are named; those that tell the named facts best; otherwise those of the default facts, or the strongest of the text.</summary>
    /// <param name="run">the dictionary</param>
    /// <param name="settings">which are named</param>
    /// <param name="defaults">facts where none are named</param>
    /// <param name="firstLayer">layers before it are not looked at</param>
    /// <exception cref="ArgumentException">A latent does not exist or is never active, a fact is not known, or facts are named of a text of which none are known.</exception>
    public IReadOnlyList<ChosenLatent> Choose(TrainedRun run, AnalysisSettings settings, IReadOnlyList<string> defaults, int firstLayer = 0)
    {
        Require.That(settings.Facts.Count == 0 || Facts is not null, "Facts are known of the Microworld's text alone; name latents instead, or leave --data out.");
        if (settings.Latents.Count > 0)
        {
            return [.. settings.Latents.Select(latent => Named(run, latent, firstLayer))];
        }

        return Facts is null ? Strongest(run, firstLayer) : Telling(settings.Facts.Count > 0 ? settings.Facts : defaults, firstLayer);
    }

    /// <summary>Every layer's largest value of a latent; 0 where it is never active.</summary>
    public float[] Largest(int latent) => [.. Enumerable.Range(0, Text.LayerCount).Select(layer => Text.Places(layer, latent).Select(place => place.Value).DefaultIfEmpty().Max())];

    private static float[] Scales(TrainedRun run, Matrix vectors)
    {
        var (scales, layers) = (new float[vectors.Rows], run.HookPoints.Count);
        var dictionaries = Enumerable.Range(0, layers).Select(layer => new DictionaryAtLayer(run.Dictionary, layer)).ToArray();
        Workers.ForBlocks(vectors.Rows, 64, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                scales[row] = (float)dictionaries[row % layers].Scale(vectors.Row(row));
            }
        });
        return scales;
    }

    private ChosenLatent Named(TrainedRun run, int latent, int firstLayer)
    {
        Require.That(latent < run.Dictionary.LatentCount, $"There is no latent {latent}; the dictionary has {run.Dictionary.LatentCount}, from 0.");
        float[] largest = [.. Largest(latent).Select((value, layer) => layer < firstLayer ? 0 : value)];
        Require.That(largest.Max() > 0, $"Latent {latent} is never active at layer {firstLayer} or later on the {Text.TokenCount:N0} tokens that were read; name another, or more text.");
        int layer = Array.IndexOf(largest, largest.Max());
        return new ChosenLatent(latent, layer, Facts is null ? null : FactSearch.Told(Text.Activations, Facts, Text.UnitOf(layer, latent)));
    }

    private ChosenLatent[] Telling(IReadOnlyList<string> facts, int firstLayer) =>
        [.. FactSearch.Best(Text.Activations, Facts!, [.. facts.Select(TextFacts.Find)], firstLayer).OfType<ConceptScore>().Select(score => new ChosenLatent(score.Unit, score.Layer!.Value, score)).DistinctBy(chosen => (chosen.Latent, chosen.Layer))];

    private ChosenLatent[] Strongest(TrainedRun run, int firstLayer) =>
        [.. Enumerable.Range(0, run.Dictionary.LatentCount).Select(latent => (Latent: latent, Value: Largest(latent).Skip(firstLayer).Max())).OrderByDescending(of => of.Value).ThenBy(of => of.Latent).Take(StrongestLatents).Where(of => of.Value > 0).Select(of => Named(run, of.Latent, firstLayer))];
}
