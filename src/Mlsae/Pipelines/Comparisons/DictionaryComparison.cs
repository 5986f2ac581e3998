using Mlsae.Analysis;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>
/// One multi-layer dictionary against one dictionary for each layer, at equal budget: several seeds of each trained side by side from one pass of the model, measured on the same held-out
/// text, and compared pair by pair.
/// </summary>
public static class DictionaryComparison
{
    /// <summary>What the manifest of such a run names as its command.</summary>
    public const string Command = "compare";

    /// <summary>The file in analysis/comparison.</summary>
    public const string FileName = "comparison.json";

    /// <summary>Makes the run's folder. It is trained as any run of several dictionaries: <see cref="DictionaryRun.Train"/>.</summary>
    /// <param name="path">the folder</param>
    /// <param name="config">with a <see cref="DictionaryRunConfig.Comparison"/>, whose plans its dictionaries are</param>
    /// <param name="overwrite">whether an older run there is deleted</param>
    /// <exception cref="ArgumentException">The configuration is not valid.</exception>
    /// <exception cref="IOException">There is a run already, or the folder cannot be written.</exception>
    public static RunFolder Create(string path, DictionaryRunConfig config, bool overwrite = false)
    {
        Require.That(config.Comparison is not null, "The configuration names no comparison.");
        Require.That(
            config.Model is not null && (config.Data == TextData.Microworld || config.Comparison.EvaluationData is not null),
            "A comparison needs a model, and text to evaluate on that nothing was trained on: name it.");
        return DictionaryRun.Create(path, config, overwrite, Command);
    }

    /// <summary>Where a run keeps the comparison.</summary>
    public static string PathOf(RunFolder run) => Path.Combine(run.AnalysisPath("comparison"), FileName);

    /// <summary>Reads what <see cref="Measure"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">The run was not measured yet.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static ComparisonResult Read(RunFolder run) => JsonFile.Read<ComparisonResult>(PathOf(run));

    /// <summary>Measures a trained run and writes analysis/comparison.</summary>
    /// <param name="run">made by <see cref="Create"/> and trained to its end</param>
    /// <param name="progress">told the share done</param>
    /// <param name="cancellation">ends the work; nothing is written then</param>
    /// <exception cref="InvalidDataException">The run is not trained to its end, is of another kind, or a file is damaged.</exception>
    public static ComparisonResult Measure(RunFolder run, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var config = DictionaryRun.Config(run).Comparison ?? throw new InvalidDataException($"'{run.Path}' is no comparison's run.");
        var runs = TrainedRun.OpenAll(run);
        var trained = runs[0];
        var measurement = new ComparisonMeasurement(runs, config, progress, cancellation);
        measurement.Measure();
        int layers = trained.HookPoints.Count;
        int family = config.Points.Count * (config.Arrangements.Count - 1) * ComparisonRows.VerdictCount(layers, measurement.HasConcepts);
        var evaluation = measurement.Evaluation(trained.Config.Dictionaries[0].Name);
        var result = new ComparisonResult
        {
            Budget = config.Budget,
            Kind = trained.Config.Dictionaries[0].Dictionary.Kind,
            LayerCount = layers,
            Seeds = config.Seeds,
            Tokens = evaluation.Tokens,
            Sequences = evaluation.Sequences,
            ContextLength = evaluation.ContextLength,
            ModelCrossEntropy = evaluation.ModelCrossEntropy,
            BootstrapSeed = config.BootstrapSeed,
            FamilySize = family,
            Points = [.. config.Points.Select((point, i) =>
            {
                progress?.Report(ComparisonMeasurement.Share + (1 - ComparisonMeasurement.Share) * i / config.Points.Count);
                return Compare(point, trained.Config, measurement, layers, family, cancellation);
            })],
        };
        JsonFile.Write(PathOf(run), result);
        AtomicFile.WriteText(Path.ChangeExtension(PathOf(run), ".csv"), ComparisonCsv.Of(result));
        return result;
    }

    private static PointComparison Compare(
        ComparisonPoint point, DictionaryRunConfig run, ComparisonMeasurement measurement, int layers, int family, CancellationToken cancellation)
    {
        var config = run.Comparison!;
        var sizes = new VectorSizes(run.Dictionaries[0].Dictionary.ModelDim, layers);
        var budgets = config.Arms(point, run.Dictionaries[0].TotalTokens, sizes);
        var mlsae = measurement.Arm(point, budgets[0]);
        var rows = new List<ComparisonRow>();
        foreach (var budget in budgets.Skip(1))
        {
            cancellation.ThrowIfCancellationRequested();
            rows.AddRange(new ComparisonRows(mlsae, measurement.Arm(point, budget), family, config.BootstrapSeed).All());
        }

        var matches = Enumerable.Range(0, config.Seeds).Select(seed =>
            Matches(measurement.Dictionary(point, budgets[0], seed), measurement.Dictionary(point, budgets[1], seed))).ToArray();
        return new PointComparison(point, budgets, rows, [.. Enumerable.Range(0, layers).Select(layer => new LayerMatch(
            layer, matches.Average(match => match[layer].MeanMaxCosine), matches.Average(match => match[layer].ShareOfBestMatches)))]);
    }

    /// <summary>How the directions of a multi-layer dictionary meet those of each layer's.</summary>
    private static LayerMatch[] Matches(ILayeredDictionary mlsae, ILayeredDictionary perLayer)
    {
        int layers = perLayer.LayerCount;
        var directions = mlsae.Dictionaries[0].Decoder;
        float[][] nearest = [.. Enumerable.Range(0, layers).Select(layer => DirectionMatching.MaxCosines(directions, perLayer.DirectionsAt(layer)))];
        var best = Enumerable.Range(0, directions.Rows).CountBy(latent => Enumerable.Range(0, layers).MaxBy(layer => nearest[layer][latent])).ToDictionary();
        return [.. Enumerable.Range(0, layers).Select(layer => new LayerMatch(
            layer,
            DirectionMatching.MaxCosines(perLayer.DirectionsAt(layer), directions).Average(),
            best.GetValueOrDefault(layer) / (double)directions.Rows))];
    }
}
