/// A whole comparison on the golden model, and the steps from intervals to verdicts.
module Mlsae.Tests.Pipelines.DictionaryComparisonTests

open System
open System.IO
open System.Threading
open Xunit
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Pipelines.Comparisons
open Mlsae.Storage
open Mlsae.Text
open Mlsae.Text.Microworlds
open Mlsae.Training
open Mlsae.Tests.Assertions

let private layers, width = 4, 64

let private tokenizer = lazy BpeTrainer.Train(Microworld.Documents(0UL, 0L, 300L), 512, [| MicroworldTokenizer.EndOfText |])

let private comparison budget =
    ComparisonConfig(Budget = budget, Points = [| ComparisonPoint(4, 64) |], Seeds = 2, Sequences = 6, ConceptContexts = 24, WithCrosscoder = false)

let private config (folder: TemporaryFolder) (comparison: ComparisonConfig) =
    let path = folder.File "tokenizer.json"
    tokenizer.Value.Save path
    let template = TopKConfig(ModelDim = width, AuxK = 8, Seed = 5UL, Adam = AdamConfig(LearningRate = 1e-3))
    DictionaryRunConfig(
        Model = golden "gptneox_parallel", Data = TextData.Microworld, Tokenizer = path, ContextLength = 64, ShuffleTokens = 500, Comparison = comparison,
        Dictionaries = comparison.Plans(template, 1000L, VectorSizes(width, layers)), Training = TrainingConfig(BatchTokens = 100, CheckpointEvery = 0, LogEvery = 5))

let private trained (folder: TemporaryFolder) (name: string) comparison =
    let run = DictionaryComparison.Create(folder.File name, config folder comparison)
    Assert.True(DictionaryRun.Train(run, null, CancellationToken.None).Completed)
    run

let private measure run = DictionaryComparison.Measure(run, null, CancellationToken.None)

[<Fact>]
let ``A comparison has each arm's own evaluation in every row, and the same bytes for any number of threads`` () =
    use folder = new TemporaryFolder()
    let run = trained folder "run" (comparison Budget.TotalLatents)
    let result = measure run
    let point = result.Points[0]
    for arm in [ "mlsae"; "per-layer" ] do
        let evaluations =
            [ for seed in 0..1 ->
                  let one = TrainedRun.Open(run, null, $"{arm}.seed{seed}")
                  (RunEvaluation.Measure(one, one.HeldOutContexts(null, 6), AnalysisSettings())).Evaluation ]
        for metric in [ "fvu"; "delta_ce"; "kl"; "l0"; "dead_fraction" ] do
            for layer in -1 .. layers - 1 do
                let row = point.Row("per-layer", metric, (if layer < 0 then Nullable() else Nullable layer))
                let bySeed = [ for e in evaluations -> ((if layer < 0 then e.Overall else e.Layers[layer])[metric]).Mean ]
                let ours, estimate = if arm = "mlsae" then row.MlsaeBySeed, row.Mlsae else row.OtherBySeed, row.Other
                for seed in 0..1 do
                    assertClose 1e-12 $"{metric} at {layer} of {arm}" bySeed[seed] ours[seed]
                assertClose 1e-12 $"mean {metric}" (List.average bySeed) estimate.Mean
                assertClose 1e-12 $"difference of {metric}" (row.Other.Mean - row.Mlsae.Mean) row.Difference.Mean
    let json, csv = DictionaryComparison.PathOf run, Path.ChangeExtension(DictionaryComparison.PathOf run, ".csv")
    let before = File.ReadAllText json
    Assert.Equal(result.FamilySize, DictionaryComparison.Read(run).FamilySize)
    Assert.Equal(point.Rows.Count + 1, File.ReadAllLines(csv).Length)
    let threads = Workers.Count
    try
        Workers.Count <- 1
        measure run |> ignore
    finally
        Workers.Count <- threads
    Assert.Equal(before, File.ReadAllText json)

[<Fact>]
let ``Every verdict is counted in the family, and L0 by TopK is a check that shows no difference`` () =
    use folder = new TemporaryFolder()
    let result = measure (trained folder "run" (comparison Budget.LatentsPerDictionary))
    let rows = List.ofSeq result.Points[0].Rows
    Assert.Equal(result.FamilySize, rows |> List.filter _.Verdict.HasValue |> List.length)
    Assert.Contains(rows, fun row -> row.Metric = "concept_f1")
    for row in rows do
        if row.Verdict.HasValue then
            Assert.True(row.Family.Low.Value <= row.Difference.Low.Value && row.Family.High.Value >= row.Difference.High.Value)
        if row.Metric = "l0" then
            Assert.Equal((4.0, 0.0), (row.Mlsae.Mean, row.Difference.Mean))
    let shares = result.Points[0].Matches |> Seq.sumBy _.ShareOfBestMatches
    assertClose 1e-12 "shares of best matches" 1.0 shares
    for m in result.Points[0].Matches do
        Assert.InRange(m.MeanMaxCosine, 0.0, 1.0)

[<Fact>]
let ``Arms with more tokens train on, and a third arm has rows of its own`` () =
    use folder = new TemporaryFolder()
    let config = ComparisonConfig(Budget = Budget.TrainingFlops, Points = [| ComparisonPoint(4, 64) |], Seeds = 1, Sequences = 4, ConceptContexts = 0, WithCrosscoder = true)
    let run = trained folder "run" config
    let tokens name = TrainedRun.Open(run, null, name).Dictionary.Dictionaries[0].Origin.TrainedTokens
    Assert.Equal((1000L, 4000L, 1000L), (tokens "mlsae.seed0", tokens "per-layer.seed0", tokens "crosscoder.seed0"))
    let result = measure run
    Assert.Equal(2, result.Points[0].Rows |> Seq.distinctBy _.Against |> Seq.length)
    Assert.DoesNotContain(result.Points[0].Rows, fun row -> row.Metric.StartsWith "concept")
    Assert.InRange(result.Points[0].Row("crosscoder", "l0", Nullable()).Other.Mean, 0.0, 4.0)

[<Fact>]
let ``A comparison is refused where no other text to evaluate on is known`` () =
    use folder = new TemporaryFolder()
    File.WriteAllText(folder.File "text.txt", "Some text.")
    let wrong = DictionaryRunConfig(Model = "m", Data = folder.File "text.txt", ContextLength = 8, Dictionaries = [||], Training = TrainingConfig(), Comparison = comparison Budget.Parameters)
    let problem = Assert.Throws<ArgumentException>(fun () -> DictionaryComparison.Create(folder.File "run", wrong) |> ignore)
    Assert.Contains("text to evaluate on", problem.Message)

let private estimate (low: float) high = Estimate((low + high) / 2.0, Nullable low, Nullable high, 9)

[<Fact>]
let ``A verdict needs an interval on one side of 0, and which side is better depends on the metric`` () =
    Assert.Equal(Verdict.Better, Verdicts.Of(estimate 0.1 0.2, true))
    Assert.Equal(Verdict.Worse, Verdicts.Of(estimate 0.1 0.2, false))
    Assert.Equal(Verdict.Worse, Verdicts.Of(estimate -0.2 -0.1, true))
    Assert.Equal(Verdict.Better, Verdicts.Of(estimate -0.2 -0.1, false))
    for estimate in [ estimate -0.1 0.1; estimate 0.0 0.0; estimate 0.0 0.2; estimate nan nan; Estimate.Exact(3.0, 1) ] do
        Assert.Equal(Verdict.NoDifferenceShown, Verdicts.Of(estimate, true))

[<Fact>]
let ``A sweep is every k with every expansion factor`` () =
    let points (terms: string list) = [ for point in Sweep.Points(terms, 128, ComparisonPoint(16, 2048)) -> point.K, point.LatentCount ]
    Assert.Equal<(int * int) list>([ 8, 1024; 16, 1024; 8, 2048; 16, 2048 ], points [ "k=8,16"; "R=8,16" ])
    Assert.Equal<(int * int) list>([ 8, 2048 ], points [ "k=8" ])
    Assert.Equal<(int * int) list>([ 16, 2048 ], points [])
    for wrong in [ [ "k" ]; [ "n=4" ]; [ "k=8"; "k=16" ]; [ "k=8,x" ]; [ "R=0" ]; [ "R=" ] ] do
        Assert.Throws<ArgumentException>(fun () -> points wrong |> ignore) |> ignore
