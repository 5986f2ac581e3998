module Mlsae.Tests.Scripting.RunReportTests

open System.IO
open System.Text.RegularExpressions
open Xunit
open Mlsae.Analysis
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private missing (html: string) = Regex.Matches(html, "<p class=\"missing\">[^<]*This command makes it: ").Count

[<Fact>]
let ``a run with everything is reported whole, with the data of each figure beside the page`` () =
    use folder = new TemporaryFolder()
    let run = ToyRun.create (folder.File "toy")
    let page = RunReport.write run
    let html = File.ReadAllText page
    Assert.Equal(0, missing html)
    for file in [ "training-loss"; "training-fvu"; "training-l0"; "training-dead-latents"; "evaluation-fvu"; "evaluation-l0"
                  "evaluation-dead_fraction"; "latent-densities"; "what-the-model-loses"; "activity-of-the-latents"; "directions-of-the-latents"; "latents-by-layer"; "metrics-by-layer"; "concept-f1" ] do
        Assert.True(File.Exists(Path.Combine(run.ReportPath, "data", file + ".csv")), file)
    let lines = File.ReadAllLines(Path.Combine(run.ReportPath, "data", "latents-by-layer.csv"))
    let live = (LayerDistributionsFile.Read(Path.Combine(run.AnalysisPath RunAnalyses.LatentLayers.Name, LayerDistributionsFile.FileName))).Latents() |> Array.filter (fun l -> not l.IsDead)
    Assert.Equal(live.Length + 1, lines.Length)
    let deepest = live |> Array.maxBy _.LayerMean
    Assert.StartsWith($"{deepest.Latent},", lines[1])
    Assert.Contains("&lt;b&gt;</span>", html)
    Assert.DoesNotContain("http", FigureTests.withoutBundle html)

[<Fact>]
let ``a run without anything is reported too: every section names the command that makes what is missing`` () =
    use folder = new TemporaryFolder()
    let run = RunFolder.Create(folder.File "empty", RunManifest.Of("train", dict [ "k", 8 ], 1UL))
    let html = RunReport.write run |> File.ReadAllText
    Assert.Equal((RunReport.sections run).Length, missing html)
    Assert.True(missing html >= 3)
    Assert.Contains("mlsae evaluate " + Html.escape run.Path, html)

[<Fact>]
let ``metrics are read line by line, and what was not logged is left out of the curves`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "metrics.jsonl"
    File.WriteAllText(path, "{\"step\": 1, \"vectors\": 10, \"loss\": 2.5, \"fvu_layers\": [0.5, null]}\n{\"step\": 2, \"vectors\": 20, \"loss\": \"NaN\"}\n{\"step\": 3, \"vec")
    let steps = Training.read path
    Assert.Equal<int64 list>([ 1L; 2L ], [ for step in steps -> step.Step ])
    Assert.Equal(2.5, steps[0].Loss)
    Assert.True(System.Double.IsNaN steps[1].Loss && System.Double.IsNaN steps[0].FvuLayers[1])
    let loss = (Training.figures steps)[0]
    match loss.Traces with
    | [ Line series ] -> Assert.Equal<float[]>([| 2.5 |], series.Y)
    | other -> failwith $"one curve was expected, not {other.Length}"

[<Fact>]
let ``a damaged metrics file is refused with its path and line`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "metrics.jsonl"
    File.WriteAllText(path, "{\"step\": 1}\n{\"step\" 2}\n")
    let problem = Assert.Throws<InvalidDataException>(fun () -> Training.read path |> ignore)
    Assert.Contains(path, problem.Message)
    Assert.Contains("line 2", problem.Message)
