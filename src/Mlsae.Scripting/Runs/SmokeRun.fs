namespace Mlsae.Scripting

open System.IO
open System.Threading
open Mlsae.Dictionaries
open Mlsae.Pipelines
open Mlsae.Pipelines.Comparisons
open Mlsae.Storage
open Mlsae.Training

/// Small runs on the embedded model, trained in seconds, for trying scripts where no run is: all in them is real, but of little meaning.
[<RequireQualifiedAccess>]
module SmokeRun =

    let private modelDim, layers, tokens = 128, 6, 10_240L

    let private config comparison dictionaries =
        DictionaryRunConfig(
            Model = "microworld-6l", Data = TextData.Microworld, FirstDocument = 1_000_000L, ContextLength = 128, ShuffleTokens = 1024, Comparison = comparison,
            Dictionaries = dictionaries, Training = TrainingConfig(BatchTokens = 256, CheckpointEvery = 0, LogEvery = 2))

    let private template = TopKConfig(ModelDim = modelDim, LatentCount = 384, K = 8, AuxK = 16, DeadAfterTokens = 5_000L, Adam = AdamConfig(LearningRate = 3e-3))

    // What an older build of the library made would not try this one.
    let private isOfThisBuild (run: RunFolder) =
        run.IsFinished && run.Manifest.Started.UtcDateTime > File.GetLastWriteTimeUtc(typeof<RunFolder>.Assembly.Location)

    let private reused (path: string) (make: unit -> RunFolder) =
        if File.Exists(Path.Combine(path, "run.json")) && isOfThisBuild (RunFolder.Open path) then RunFolder.Open path else make ()

    let private train (run: RunFolder) =
        DictionaryRun.Train(run, null, CancellationToken.None) |> ignore
        run

    /// One dictionary for all six layers. An earlier call's is taken where it is of this build.
    let create (path: string) =
        reused path (fun () ->
            DictionaryRun.Create(path, config null [| DictionaryPlan(Dictionary = template, TotalTokens = tokens) |], true) |> train)
        |> TrainedRun.Open

    /// A comparison of two seeds, measured.
    let comparison (path: string) =
        reused path (fun () ->
            let comparison = ComparisonConfig(Points = [| ComparisonPoint(8, 384) |], Seeds = 2, Sequences = 6, ConceptContexts = 12)
            let plans = comparison.Plans(template, tokens / 2L, VectorSizes(modelDim, layers))
            let run = DictionaryComparison.Create(path, config comparison plans, true) |> train
            DictionaryComparison.Measure(run, null, CancellationToken.None) |> ignore
            run)
