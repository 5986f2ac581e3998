module Mlsae.Tests.Scripting.ComparisonReportTests

open System
open System.IO
open Xunit
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Pipelines.Comparisons
open Mlsae.Scripting
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private layers = 2

let private row (metric: ComparedMetric) (layer: int) difference =
    let estimate (value: float) = Estimate(value, value - 0.05, value + 0.05, 40)
    let verdict =
        if metric.LowerIsBetter.HasValue then Nullable(Verdicts.Of(estimate difference, metric.LowerIsBetter.Value)) else Nullable()
    ComparisonRow(
        Against = "per-layer", Metric = metric.Name, Layer = (if layer < 0 then Nullable() else Nullable layer), Mlsae = estimate 0.5, Other = estimate (0.5 + difference),
        Difference = estimate difference, Family = Estimate(difference, difference - 0.2, difference + 0.2, 40), MlsaeBySeed = [| 0.4; 0.6 |], OtherBySeed = [| 0.5; 0.7 |],
        Verdict = verdict, FamilyVerdict = (if verdict.HasValue then Nullable Verdict.NoDifferenceShown else Nullable()))

let private point k latents =
    let sizes = VectorSizes(16, layers)
    let arms = [| ArmBudget.Shared(latents, 1000L, sizes); ArmBudget.Equal(Budget.TotalLatents, Arrangement.PerLayer, latents, 1000L, sizes) |]
    let difference (metric: ComparedMetric) = match metric.Name with "fvu" -> 0.1 | "kl" -> -0.1 | _ -> 0.0
    let rows = [| for metric in ComparedMetric.All do for layer in -1 .. layers - 1 -> row metric layer (difference metric) |]
    PointComparison(ComparisonPoint(k, latents), arms, rows, [| for layer in 0 .. layers - 1 -> LayerMatch(layer, 0.8, 0.5) |])

let private result points =
    ComparisonResult(
        Budget = Budget.TotalLatents, Kind = "topk", LayerCount = layers, Seeds = 2, Tokens = 5000L, Sequences = 40, ContextLength = 128, ModelCrossEntropy = 1.0,
        BootstrapSeed = 0UL, FamilySize = 16, Points = points)

let private page (folder: TemporaryFolder) result =
    let run = RunFolder.Create(folder.File "run", RunManifest.Of(DictionaryComparison.Command, dict [ "k", 8 ], 1UL))
    result |> Option.iter (fun (result: ComparisonResult) -> JsonFile.Write(DictionaryComparison.PathOf run, result))
    run, File.ReadAllText(RunReport.write run)

[<Fact>]
let ``The page of a comparison answers the question and writes the data of its figures`` () =
    use folder = new TemporaryFolder()
    let run, html = page folder (Some(result [| point 4 65 |]))
    Assert.Contains("better in FVU; worse in KL; no difference shown in ΔCE, dead latents, concepts with F1 ≥ 0.9, mean concept F1.", html)
    Assert.Contains("32.5 latents a dictionary became 33", html)
    Assert.Contains("of 16 verdicts at 95 % about 0.8 would be wrong by chance", html)
    for name in [ "comparison-fvu"; "comparison-delta_ce"; "difference-per-layer-fvu"; "verdicts-the-mlsae-against-per-layer" ] do
        Assert.True(File.Exists(Path.Combine(run.ReportPath, "data", name + ".csv")), name)
    Assert.DoesNotContain("http", FigureTests.withoutBundle html)

[<Fact>]
let ``Arms whose measured L0 differ are named on the page, equal ones are not`` () =
    use folder = new TemporaryFolder()
    let equal = point 4 64
    Assert.Null(equal.UnequalL0 "per-layer")
    let rows = [| for old in equal.Rows -> if old.Metric = "l0" then row (ComparedMetric.Named "l0") (if old.Layer.HasValue then old.Layer.Value else -1) 0.25 else old |]
    let unequal = PointComparison(equal.Point, equal.Arms, rows, equal.Matches)
    let _, html = page folder (Some(result [| unequal |]))
    Assert.Contains("The measured L0 is 0.5 for mlsae and 0.75 for per-layer (k = 4): these verdicts are not at equal L0.", html)

[<Fact>]
let ``Every figure of a comparison says its n and its intervals`` () =
    let result = result [| point 4 64 |]
    let one = result.Points[0]
    for figure in [ Comparison.byLayer result one "fvu"; Comparison.differences result one one.Arms[1] "concept_f1"; Comparison.frontier result "fvu" ] do
        Assert.Contains("95 % paired bootstrap intervals over n = 2 seeds and n = 40", figure.Caption)

[<Fact>]
let ``A sweep has a frontier with a curve for each arm and size`` () =
    use folder = new TemporaryFolder()
    let swept = result [| for latents in [ 64; 128 ] do for k in [ 2; 4 ] -> point k latents |]
    let figure = Comparison.frontier swept "fvu"
    Assert.Equal(4, figure.Traces.Length)
    for trace in figure.Traces do
        match trace with
        | Line series -> Assert.Equal((2, 2), (series.Y.Length, series.Low.Length))
        | other -> failwith $"a curve was expected, not {other}"
    let _, html = page folder (Some swept)
    Assert.Contains("The frontier", html)
    Assert.DoesNotContain("Differences by layer", html)

[<Fact>]
let ``A comparison that is not measured names the command that measures it`` () =
    use folder = new TemporaryFolder()
    let run, html = page folder None
    Assert.Contains("mlsae compare --resume " + Html.escape run.Path, html)
