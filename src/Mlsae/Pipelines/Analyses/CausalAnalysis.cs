using Mlsae.Analysis.Causal;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>An analysis that changes vectors along a few latents and looks at what follows.</summary>
/// <typeparam name="T">what it found</typeparam>
public abstract class CausalAnalysis<T> : RunAnalysis<T>
{
    /// <summary>The share of the work that reading the text is, about.</summary>
    internal const double Reading = 0.2;

    /// <inheritdoc/>
    public override bool TakesLong => true;

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run) => base.Hindrance(run) ?? DictionaryAtLayer.Hindrance(run.Dictionary);

    /// <summary>Whether its numbers are complete, and of the latents or facts that are asked for where any are.</summary>
    public override bool IsDone(TrainedRun run, AnalysisSettings settings)
    {
        if (!base.IsDone(run, settings) || (settings.Latents.Count == 0 && settings.Facts.Count == 0))
        {
            return base.IsDone(run, settings);
        }

        var made = JsonFile.Read<AnalysisManifest>(In(run, AnalysisManifest.FileName)).Settings;
        return made.Latents.SequenceEqual(settings.Latents) && made.Facts.SequenceEqual(settings.Facts);
    }
}
