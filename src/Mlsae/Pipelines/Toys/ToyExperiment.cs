using Mlsae.Analysis.Toys;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Training;

namespace Mlsae.Pipelines.Toys;

/// <summary>Trains dictionaries on toy data and measures what they found of its features.</summary>
public static class ToyExperiment
{
    /// <summary>Tokens to measure on begin here: far beyond any training.</summary>
    private const long FirstEvaluationToken = 1L << 40;

    /// <summary>Does the experiment for every seed.</summary>
    /// <param name="config">data and dictionaries</param>
    /// <param name="progress">told the share done, 0 to 1; null for no one</param>
    /// <param name="cancellation">ends it between steps</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ToyResult Run(ToyExperimentConfig config, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        config.Validated();
        var outcomes = new List<Outcome>();
        for (int i = 0; i < config.Seeds; i++)
        {
            var toy = ToyActivations.Open(config.Toy with { Seed = config.Toy.Seed + (ulong)i });
            int before = i;
            var engines = Train(config, toy, config.Toy.Seed + (ulong)i, done => progress?.Report((before + done) / config.Seeds), cancellation);
            foreach (var engine in engines)
            {
                cancellation.ThrowIfCancellationRequested();
                var dictionary = engine.Export(new DictionaryOrigin());
                outcomes.Add(new Outcome(
                    engine.Plan, config.Toy.Seed + (ulong)i, dictionary.LatentCount, ToyRecovery.Measure(toy, dictionary, FirstEvaluationToken, config.EvaluationTokens)));
                engine.Dispose();
            }
        }

        return new ToyResult { Config = config, Dictionaries = [.. config.Dictionaries.Select(plan => Summarize(config, outcomes, plan))] };
    }

    private static List<LayeredEngine> Train(ToyExperimentConfig config, ToyActivations toy, ulong seed, Action<double> report, CancellationToken cancellation)
    {
        var engines = config.Dictionaries
            .Select(plan => new LayeredEngine(plan with { Dictionary = plan.Dictionary with { Seed = seed } }, toy.LayerCount, config.BatchTokens)).ToList();
        var batch = new Matrix(config.BatchTokens * toy.LayerCount, toy.ModelDim);
        long steps = engines.Max(engine => engine.TotalSteps);
        for (long step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            toy.Read(batch);
            foreach (var engine in engines.Where(engine => !engine.IsDone))
            {
                engine.Step(batch);
            }

            report((step + 1.0) / steps);
        }

        return engines;
    }

    private static ToyDictionaryResult Summarize(ToyExperimentConfig config, List<Outcome> outcomes, DictionaryPlan plan)
    {
        var own = outcomes.Where(outcome => outcome.Plan.Name == plan.Name).ToList();
        var features = own.SelectMany(outcome => outcome.Recovery.Features.Select(feature => (outcome.Seed, feature))).ToList();
        return new ToyDictionaryResult
        {
            Name = plan.Name,
            Arrangement = plan.Arrangement,
            Latents = own[0].Latents,
            Fvu = own.Average(outcome => outcome.Recovery.Layers.Average(Fvu.Of)),
            L0 = own.Average(outcome => outcome.Recovery.Layers.Average(L0.Of)),
            All = ToyScores.Of([.. features.Select(f => f.feature)], config.Toy.Seed),
            Trajectories = features.GroupBy(f => f.feature.Trajectory)
                .ToDictionary(group => group.Key, group => ToyScores.Of([.. group.Select(f => f.feature)], config.Toy.Seed)),
            Features = features,
        };
    }

    private sealed record Outcome(DictionaryPlan Plan, ulong Seed, int Latents, ToyRecovery Recovery);
}
