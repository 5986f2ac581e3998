module Mlsae.Tests.Scripting.RunReportTests

open System.IO
open System.Text.RegularExpressions
open Xunit
open Mlsae.Analysis
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private missing (html: string) = Regex.Matches(html, "<p class=\"missing\">[^<]*This command makes it: ").Count

/// A small real run with its evaluation and all analyses but those that take long.
let private analysed (folder: TemporaryFolder) =
    let run = SmokeRun.create (folder.File "run")
    let settings = AnalysisSettings(Sequences = 16, Permutations = 5, ConceptContexts = 40)
    RunEvaluation.Measure(run, run.HeldOutContexts(null, 6), settings) |> ignore
    AnalysisRunner.Run(run, RunAnalyses.Quick, settings) |> ignore
    run.Folder

[<Fact>]
let ``a run with everything is reported whole, with the data of each figure beside the page`` () =
    use folder = new TemporaryFolder()
    let run = analysed folder
    let html = RunReport.write run |> File.ReadAllText
    Assert.Equal(RunAnalyses.All.Count - RunAnalyses.Quick.Count, missing html)
    for file in [ "training-loss"; "evaluation-fvu"; "what-the-model-loses"; "latents-by-layer"; "latents-spread"; "layer-variance-terms"; "layer-variance-null"
                  "layer-cosines"; "residual-norms"; "latent-densities"; "density-strength-and-depth"; "pairwise-cosines"; "layer-distance-and-cosine"; "concept-f1"
                  "concepts-by-layer"; "prompt-latents"; "prompt-latents-by-token"; "activity-of-the-latents"; "metrics-by-layer" ] do
        Assert.True(File.Exists(Path.Combine(run.ReportPath, "data", file + ".csv")), file)
    let lines = File.ReadAllLines(Path.Combine(run.ReportPath, "data", "latents-by-layer.csv"))
    let live = (RunAnalyses.LatentLayers.Read(run.AnalysisPath RunAnalyses.LatentLayers.Name)).Latents() |> Array.filter (fun l -> not l.IsDead)
    Assert.Equal(live.Length + 1, lines.Length)
    Assert.StartsWith($"{(live |> Array.maxBy _.LayerMean).Latent},", lines[1])
    Assert.DoesNotContain("http", FigureTests.withoutBundle html)
    // What every analysis says of itself stands above its figures.
    for analysis in RunAnalyses.Quick do
        for sentence in Answers.findings analysis (TrainedRun.Open run) do
            Assert.True(html.Contains(Html.escape sentence) || analysis.Name = RunAnalyses.LatentExamples.Name, sentence)

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
