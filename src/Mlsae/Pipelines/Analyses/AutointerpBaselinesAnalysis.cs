using Mlsae.Analysis.Interpretation;
using Mlsae.Metrics;
using Mlsae.Pipelines.Interpretations;

namespace Mlsae.Pipelines.Analyses;

/// <summary>
/// autointerp-baselines: how well single latents can be explained, at each layer, beside the model's dimensions, random directions, PCA, ICA and neurons. Rules explain and simulate here, so that the whole of it runs without a
/// language model; <c>mlsae interpret</c> asks one, and writes the same files.
/// </summary>
public sealed class AutointerpBaselinesAnalysis : RunAnalysis<InterpretationFindings>
{
    private const double HarvestShare = 0.8;

    /// <inheritdoc/>
    public override string Name => "autointerp-baselines";

    /// <inheritdoc/>
    public override string Question => "How well can single latents be explained, at each layer, beside dimensions, random directions, PCA, ICA and neurons?";

    /// <inheritdoc/>
    public override bool TakesLong => true;

    /// <inheritdoc/>
    public override InterpretationFindings Read(string folder) => InterpretationFolder.Read(folder);

    /// <summary>Gathers what units do, before they are explained.</summary>
    /// <inheritdoc cref="UnitHarvest"/>
    /// <exception cref="ArgumentException">No text is known.</exception>
    /// <exception cref="InvalidDataException">The text has no document of 64 tokens.</exception>
    public HarvestedUnits Harvest(TrainedRun run, AnalysisSettings settings, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        new UnitHarvest(run, settings.Validated(), progress, cancellation).Harvest();

    /// <summary>Writes what was found by whatever explainer, in place of what is there.</summary>
    public void Write(TrainedRun run, AnalysisSettings settings, InterpretationFindings findings, HarvestedUnits harvested)
    {
        MarkUndone(run);
        InterpretationFolder.Write(run.AnalysisPath(Name), findings, harvested.Baselines);
        MarkDone(run, settings);
    }

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var harvested = Harvest(run, settings, new PartialProgress(progress, 0, HarvestShare), cancellation);
        var findings = UnitInterpreter.InterpretAsync(harvested, Interpreter.OfRules, settings, new PartialProgress(progress, HarvestShare, 1), cancellation).GetAwaiter().GetResult();
        InterpretationFolder.Write(run.AnalysisPath(Name), findings, harvested.Baselines);
    }
}
