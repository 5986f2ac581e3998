/// Whole jobs on the golden model, whose 512 tokens a tokenizer of that size fits.
module Mlsae.Tests.Pipelines.DictionaryRunTests

open System
open System.IO
open System.Threading
open Xunit
open Mlsae.Analysis
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Storage
open Mlsae.Text
open Mlsae.Text.Microworlds
open Mlsae.Training
open Mlsae.Tests.Assertions

let private tokenizer = lazy BpeTrainer.Train(Microworld.Documents(0UL, 0L, 300L), 512, [| MicroworldTokenizer.EndOfText |])

let private config (folder: TemporaryFolder) =
    let path = folder.File "tokenizer.json"
    tokenizer.Value.Save path
    DictionaryRunConfig(
        Model = golden "gptneox_parallel", Data = TextData.Microworld, Tokenizer = path, ContextLength = 64, ShuffleTokens = 500,
        Dictionaries = [| DictionaryPlan(Dictionary = TopKConfig(ModelDim = 64, LatentCount = 128, K = 8, AuxK = 16, Seed = 5UL), TotalTokens = 1500L) |],
        Training = TrainingConfig(BatchTokens = 100, CheckpointEvery = 4, LogEvery = 2))

let private weights (run: RunFolder) = File.ReadAllBytes(Path.Combine(run.DictionaryPath, "model.safetensors"))

let private train (run: RunFolder) = DictionaryRun.Train(run, null, CancellationToken.None)

[<Fact>]
let ``A run goes from text to a dictionary, and the same configuration gives the same bytes`` () =
    use folder = new TemporaryFolder()
    let make name =
        let run = DictionaryRun.Create(folder.File name, config folder)
        Assert.True((train run).Completed)
        run
    let first, second = make "first", make "second"
    Assert.True(RunFolder.Open(first.Path).IsFinished)
    Assert.Equal<byte[]>(weights first, weights second)

[<Fact>]
let ``A run stopped at any logged step goes on to the same bytes`` () =
    use folder = new TemporaryFolder()
    let whole = DictionaryRun.Create(folder.File "whole", config folder)
    train whole |> ignore
    let stopped = DictionaryRun.Create(folder.File "stopped", config folder)
    use source = new CancellationTokenSource()
    let stopAt step = { new IProgress<TrainingProgress> with member _.Report progress = if progress.Step = step then source.Cancel() }
    let result = DictionaryRun.Train(stopped, stopAt 6L, source.Token)
    Assert.False result.Completed
    Assert.True((train (RunFolder.Open stopped.Path)).Completed)
    Assert.Equal<byte[]>(weights whole, weights stopped)

[<Fact>]
let ``Evaluation writes finite numbers with intervals that hold them`` () =
    use folder = new TemporaryFolder()
    let run = DictionaryRun.Create(folder.File "run", config folder)
    train run |> ignore
    let trained = TrainedRun.Open run
    let contexts = trained.HeldOutContexts(null, 6)
    let found = RunEvaluation.Measure(trained, contexts, AnalysisSettings(), trained.Ablations contexts)
    let evaluation, latents, layers = found.Evaluation, found.Latents, found.Layers
    Assert.Equal(4, evaluation.Layers.Count)
    Assert.Equal(evaluation.Tokens, layers.Tokens)
    for metrics in Seq.append evaluation.Layers [ evaluation.Overall ] do
        for metric in LayerMetrics.All do
            let estimate = metrics[metric.Name]
            Assert.InRange(estimate.Mean, estimate.Low.Value, estimate.High.Value)
        Assert.True(metrics["kl"].Mean > 0.0)
        Assert.InRange(metrics["dead_fraction"].Mean, 0.0, 1.0)
    let stored = JsonFile.Read<EvaluationResult>(Path.Combine(run.AnalysisPath "evaluation", "evaluation.json"))
    Assert.Equal(evaluation.Overall["fvu"], stored.Overall["fvu"])
    let storedLatents = JsonFile.Read<LatentStatistics>(Path.Combine(run.AnalysisPath RunAnalyses.FeatureDensity.Name, LatentStatisticsFile.FileName))
    Assert.Equal(latents.Overall.Metrics["mmcs"], storedLatents.Overall.Metrics["mmcs"])
    Assert.Equal(evaluation.Overall["dead_fraction"].Mean, latents.Overall.Metrics["dead_fraction"].Mean)
    let rows = File.ReadAllLines(Path.Combine(run.AnalysisPath "evaluation", "evaluation.csv"))
    Assert.Equal(1 + 5 * (LayerMetrics.All.Count + LayerMetrics.WithMeans.Count + LatentMetrics.All.Count), rows.Length)
    let fvu = evaluation.Overall["fvu"].Mean.ToString("R", Globalization.CultureInfo.InvariantCulture)
    Assert.Contains($"overall,fvu,{fvu},", String.concat "\n" rows)

[<Fact>]
let ``A configuration with both a model and files is refused`` () =
    use folder = new TemporaryFolder()
    let both = DictionaryRunConfig(Model = "m", Data = "d", Activations = "a", ContextLength = 8, Dictionaries = [| DictionaryPlan(Dictionary = TopKConfig(ModelDim = 4)) |], Training = TrainingConfig())
    let problem = Assert.Throws<ArgumentException>(fun () -> DictionaryRun.Create(folder.File "run", both) |> ignore)
    Assert.Contains("not both", problem.Message)

[<Fact>]
let ``Further contexts are counted for latents alone`` () =
    use folder = new TemporaryFolder()
    let run = DictionaryRun.Create(folder.File "run", config folder)
    train run |> ignore
    let trained = TrainedRun.Open run
    let contexts = trained.HeldOutContexts(null, 6)
    let first, further = Seq.take 2 contexts |> Array.ofSeq, Seq.skip 2 contexts |> Array.ofSeq
    let both = RunEvaluation.Measure(trained, first, AnalysisSettings(), null, further)
    let evaluation, latents = both.Evaluation, both.Latents
    let alone = (RunEvaluation.Measure(trained, first, AnalysisSettings())).Evaluation
    let all = (RunEvaluation.Measure(trained, contexts, AnalysisSettings())).Latents
    Assert.Equal(alone.Overall["fvu"], evaluation.Overall["fvu"])
    Assert.Equal(all.Tokens, latents.Tokens)
    Assert.Equal<int>(all.Overall.Densities.Counts, latents.Overall.Densities.Counts)
