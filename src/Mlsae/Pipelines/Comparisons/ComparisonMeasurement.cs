using Mlsae.Analysis;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Text.Microworlds;
using Mlsae.Transformers;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>Measures all dictionaries of a comparison on the same held-out text, each batch read by the model once.</summary>
internal sealed class ComparisonMeasurement
{
    /// <summary>The share of the whole that running the text takes where concepts are scored too, about.</summary>
    private const double EvaluationShare = 0.6;

    /// <summary>The share of the whole that is done when all is measured; intervals are left then.</summary>
    public const double Share = 0.9;

    private readonly TrainedRun _run;
    private readonly ComparisonConfig _config;
    private readonly IProgress<double>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<int> _special;
    private readonly Dictionary<string, TrainedRun> _runs;
    private readonly Dictionary<string, DictionaryEvaluator> _evaluators;
    private readonly Dictionary<string, double[][]> _conceptF1 = [];

    /// <param name="runs">the comparison's dictionaries, opened with one model</param>
    /// <param name="config">how they are measured</param>
    /// <param name="progress">told the share done</param>
    /// <param name="cancellation">ends the work</param>
    public ComparisonMeasurement(IReadOnlyList<TrainedRun> runs, ComparisonConfig config, IProgress<double>? progress, CancellationToken cancellation)
    {
        (_run, _config, _progress, _cancellation) = (runs[0], config, progress, cancellation);
        _special = _run.Tokenizer.SpecialIds.ToHashSet();
        _runs = runs.ToDictionary(run => run.Plan.Name);
        _evaluators = runs.ToDictionary(run => run.Plan.Name, run => new DictionaryEvaluator(run.Model, run.Dictionary, run.HookPoints, _special));
    }

    /// <summary>Whether the Microworld's concepts are scored: on other text none are known.</summary>
    private bool ScoresConcepts => _config.ConceptContexts > 0 && _config.EvaluationData is null && _run.Config.Data == TextData.Microworld;

    /// <summary>Whether any concept was frequent enough to be scored, once all is measured.</summary>
    public bool HasConcepts => _conceptF1.Values.Any(places => places[0].Length > 0);

    /// <summary>The result of one dictionary's evaluation, once all of it is measured.</summary>
    public EvaluationResult Evaluation(string dictionary) => _evaluators[dictionary].Result(_config.BootstrapSeed);

    /// <summary>Runs the text through the model and all dictionaries.</summary>
    public void Measure()
    {
        var contexts = _run.HeldOutContexts(_config.EvaluationData, _config.Sequences);
        int done = 0;
        foreach (var batch in TrainedRun.Batches(contexts))
        {
            var original = _run.Model.Forward(batch, new ForwardOptions { Captures = [.. _run.HookPoints] });
            foreach (var evaluator in _evaluators.Values)
            {
                _cancellation.ThrowIfCancellationRequested();
                evaluator.Add(batch, original);
            }

            done += batch.Sequences;
            _progress?.Report(Share * (ScoresConcepts ? EvaluationShare : 1) * done / contexts.Count);
        }

        if (ScoresConcepts)
        {
            ScoreConcepts();
        }
    }

    /// <summary>What was measured of the dictionaries of one arm.</summary>
    public ArmMeasurements Arm(ComparisonPoint point, ArmBudget budget)
    {
        string[] names = [.. Enumerable.Range(0, _config.Seeds).Select(seed => _config.PlanName(point, budget.Name, seed))];
        return new ArmMeasurements
        {
            Budget = budget,
            Sequences = [.. names.Select(name => _evaluators[name].Sequences)],
            Dead = [.. names.Select(name => Dead(Evaluation(name)))],
            ConceptF1 = HasConcepts ? [.. names.Select(name => _conceptF1[name])] : [],
        };
    }

    /// <summary>The dictionary of one arm and seed.</summary>
    public ILayeredDictionary Dictionary(ComparisonPoint point, ArmBudget budget, int seed) => _runs[_config.PlanName(point, budget.Name, seed)].Dictionary;

    private static double[] Dead(EvaluationResult evaluation) =>
        [evaluation.Overall[DeadLatents.Name].Mean, .. evaluation.Layers.Select(layer => layer[DeadLatents.Name].Mean)];

    private void ScoreConcepts()
    {
        var contexts = AnnotatedTokens.Contexts(_run.Tokenizer, Microworld.HeldOutSeed, _run.Config.ContextLength, _config.ConceptContexts);
        var tokens = new ConceptTokens(contexts, [.. _special]);
        foreach (var (name, run) in _runs)
        {
            _conceptF1[name] = ConceptF1(run, contexts, tokens);
            _progress?.Report(Share * (EvaluationShare + (1 - EvaluationShare) * _conceptF1.Count / _runs.Count));
        }
    }

    /// <summary>[1 + layers][concepts]</summary>
    private double[][] ConceptF1(TrainedRun run, IReadOnlyList<AnnotatedTokens> contexts, ConceptTokens tokens)
    {
        var dictionary = run.Dictionary;
        int layers = dictionary.LayerCount;
        var latents = run.Activations([.. contexts.Select(context => context.Ids)], cancellation: _cancellation);

        double[] F1(IUnitActivations units)
        {
            _cancellation.ThrowIfCancellationRequested();
            return [.. ConceptScores.Measure(units, tokens).Scores.Select(score => score.F1)];
        }

        return
        [
            F1(latents),
            .. Enumerable.Range(0, layers).Select(layer =>
            {
                var (first, count) = dictionary.LatentsAt(layer);
                return F1(new LayerUnits(latents, layer * dictionary.LatentCount + first, count));
            }),
        ];
    }
}
