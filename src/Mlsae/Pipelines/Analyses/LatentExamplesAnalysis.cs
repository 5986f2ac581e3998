using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Pipelines.Analyses;

/// <summary>latent-examples: where chosen latents are active, at every layer: the strongest places, and some of every strength.</summary>
public sealed class LatentExamplesAnalysis : RunAnalysis<IReadOnlyList<LatentPortrait>>
{
    /// <summary>Latents that are shown where none are named.</summary>
    public const int DefaultLatents = 20;

    /// <inheritdoc/>
    public override string Name => "latent-examples";

    /// <inheritdoc/>
    public override string Question => "What is the text like where a latent is active, at each layer, and at each strength?";

    internal override IReadOnlyList<RunAnalysis> Needs => [RunAnalyses.LatentLayers];

    /// <inheritdoc/>
    public override bool IsDone(TrainedRun run, AnalysisSettings settings) =>
        base.IsDone(run, settings) && settings.Latents.All(latent => LatentPortraitFile.Exists(run.AnalysisPath(Name), latent));

    /// <inheritdoc/>
    public override IReadOnlyList<LatentPortrait> Read(string folder) => LatentPortraitFile.Read(folder);

    internal override ITextSums Sums(TrainedRun run, AnalysisSettings settings) => new LatentOccurrences(Chosen(run, settings), run.HookPoints.Count);

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var occurrences = (LatentOccurrences)sums!;
        var config = new LatentPortraitConfig { Seed = settings.Seed };
        LatentPortraitFile.Write(run.AnalysisPath(Name), occurrences.Latents.Select(latent => occurrences.Portrait(latent, config, run.DisplayToken)));
    }

    /// <summary>Those that are named; without names those that tell concepts best where that is known, then the strongest.</summary>
    private static IEnumerable<int> Chosen(TrainedRun run, AnalysisSettings settings)
    {
        int count = run.Dictionary.LatentCount;
        foreach (int latent in settings.Latents)
        {
            Require.That(latent < count, $"There is no latent {latent}; the dictionary has {count}, from 0.");
        }

        if (settings.Latents.Count > 0)
        {
            return settings.Latents;
        }

        var distributions = RunAnalyses.LatentLayers.Read(run);
        IEnumerable<int> told = RunAnalyses.Concepts.IsDone(run, settings) ? RunAnalyses.Concepts.Read(run).BestConcepts().Select(score => score.Unit) : [];
        return told.Concat(distributions.Latents().Where(latent => !latent.IsDead).OrderByDescending(latent => latent.Total).Select(latent => latent.Latent)).Distinct().Take(DefaultLatents);
    }
}
