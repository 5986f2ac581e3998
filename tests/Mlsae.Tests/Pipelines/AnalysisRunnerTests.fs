/// Whole analyses of a small run on an embedded model: what is written, what is made once, and how they go on after a stop.
module Mlsae.Tests.Pipelines.AnalysisRunnerTests

open System
open System.IO
open System.Threading
open Xunit
open Mlsae.Analysis
open Mlsae.Analysis.Patching
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Storage
open Mlsae.Training
open Mlsae.Tests.Assertions

/// A run of a few steps on the six layers of the embedded model: its latents mean little, but they are active.
let makeRun (path: string) (plans: DictionaryPlan list) =
    let config =
        DictionaryRunConfig(
            Model = "microworld-6l", Data = TextData.Microworld, ContextLength = 128, ShuffleTokens = 256, Dictionaries = Array.ofList plans,
            Training = TrainingConfig(BatchTokens = 128, CheckpointEvery = 0, LogEvery = 5))
    let run = DictionaryRun.Create(path, config)
    Assert.True((DictionaryRun.Train(run, null, CancellationToken.None)).Completed)
    run

let private plan name arrangement =
    DictionaryPlan(Name = name, Arrangement = arrangement, TotalTokens = 1280L, Dictionary = TopKConfig(ModelDim = 128, LatentCount = 192, K = 6, AuxK = 8, Seed = 3UL))

let private settings = AnalysisSettings(Sequences = 40, RareSequences = 24, Permutations = 10, ConceptContexts = 24)

let private analyse (run: TrainedRun) wanted = AnalysisRunner.Run(run, wanted, settings)

let private shared = [ plan "dictionary" Arrangement.Shared ]

[<Fact>]
let ``every quick analysis of a run is made once, in one go, and can be read`` () =
    use folder = new TemporaryFolder()
    let run = TrainedRun.Open(makeRun (folder.File "run") shared)
    let wanted: RunAnalysis[] = [| yield! RunAnalyses.Quick; RunAnalyses.Specificity |]
    Assert.Equal<string list>([ for a in wanted -> a.Name ] |> List.sort, [ for a in analyse run wanted -> a.Name ] |> List.sort)
    Assert.Empty(analyse run wanted)
    let distributions = RunAnalyses.LatentLayers.Read run
    let tokens = distributions.Tokens
    Assert.Equal(tokens, (RunAnalyses.LayerVariance.Read run).Tokens)
    Assert.Equal(tokens, (RunAnalyses.FeatureDensity.Read run).Tokens)
    Assert.Equal(tokens, (RunAnalyses.ResidualNorms.Read run).Tokens)
    Assert.Equal(40, (RunAnalyses.AdjacentCosine.Read run).Sequences)
    Assert.Equal(192 - (RunAnalyses.DecoderGeometry.Read run).DeadLatents, (RunAnalyses.DecoderGeometry.Read run).Directions)
    Assert.Equal(LatentExamplesAnalysis.DefaultLatents, (RunAnalyses.LatentExamples.Read run).Count)
    Assert.Equal(AnalysisSettings.DefaultPrompt, (RunAnalyses.PromptHeatmap.Read run).Prompt)
    Assert.True((RunAnalyses.Concepts.Read run).Latents.UnitCount = 7 * 192)
    Assert.True((RunAnalyses.TokenHistogram.Read run).Tokens > 1000L)
    Assert.Equal(12, (RunAnalyses.Specificity.Read run).Contexts)
    let struct (latents, nearest) = (RunAnalyses.DecoderGeometry.ReadNearest(run.AnalysisPath "decoder-geometry", true)).Value
    Assert.Equal(latents.Length, nearest.Tokens.Length)
    let manifest = JsonFile.Read<AnalysisManifest>(Path.Combine(run.AnalysisPath "layer-variance", AnalysisManifest.FileName))
    Assert.Equal(40, manifest.Settings.Sequences)
    Assert.Equal(128, manifest.ContextLength)
    Assert.False(Directory.Exists(run.AnalysisPath ".pass"))

[<Fact>]
let ``the published schema holds each latent's row, with counts that sum to what was counted`` () =
    use folder = new TemporaryFolder()
    let run = TrainedRun.Open(makeRun (folder.File "run") shared)
    analyse run [ RunAnalyses.LatentLayers ] |> ignore
    let distributions = RunAnalyses.LatentLayers.Read run
    use file = SafetensorsFile.Open(Path.Combine(run.AnalysisPath "latent-layers", LayerDistributionsFile.PublishedFileName))
    for name in [ "count"; "total"; "mean"; "layer_mean"; "layer_var"; "layer_std" ] do
        file.RequireShape(name, 192L)
    let counts = file.ReadDoubles("counts", 192L, 6L)
    Assert.Equal(float (Array.sum distributions.Counts), Array.sum counts)
    Assert.Equal<int64[]>(Array.init 192 int64, file.ReadLongs("latent", 192L))
    let latent = distributions.Latent 5
    Assert.Equal(latent.LayerMean, file.ReadDoubles("layer_mean", 192L)[5])
    Assert.Equal<float[]>(distributions.Probabilities 5, file.ReadDoubles("probs", 192L, 6L)[30..35])

[<Fact>]
let ``counted as published, every layer of every token has k entries, and none has fewer latents than corrected`` () =
    use folder = new TemporaryFolder()
    let run = TrainedRun.Open(makeRun (folder.File "run") shared)
    AnalysisRunner.Run(run, [ RunAnalyses.LatentLayers ], AnalysisSettings(Sequences = 6, Published = true)) |> ignore
    let published = RunAnalyses.LatentLayers.Read run
    for layer in 0..5 do
        Assert.Equal(published.Tokens * 6L, Seq.sum (Seq.init 192 (fun latent -> published.Counts[layer * 192 + latent])))
    AnalysisRunner.Run(run, [ RunAnalyses.LatentLayers ], AnalysisSettings(Sequences = 6), again = true) |> ignore
    let corrected = RunAnalyses.LatentLayers.Read run
    Array.iter2 (fun (all: int64) (active: int64) -> Assert.True(active <= all)) published.Counts corrected.Counts

/// Stops when the text's pass has reached a share of it.
let private stopAt share =
    let source = new CancellationTokenSource()
    let progress = { new IProgress<AnalysisProgress> with member _.Report p = if p.Done >= share then source.Cancel() }
    source, progress

[<Fact>]
let ``stopped in the text, analyses go on from there to the same bytes`` () =
    use folder = new TemporaryFolder()
    let run = makeRun (folder.File "run") shared
    let wanted: RunAnalysis list = [ RunAnalyses.LatentLayers; RunAnalyses.LayerVariance; RunAnalyses.FeatureDensity; RunAnalyses.ResidualNorms ]
    let files () = [ for a in wanted do for file in Directory.GetFiles(run.AnalysisPath a.Name) |> Array.sort do if Path.GetFileName file <> AnalysisManifest.FileName then Path.GetFileName file, File.ReadAllBytes file ]
    let straight = TrainedRun.Open run
    analyse straight wanted |> ignore
    let expected = files ()
    Directory.Delete(Path.Combine(run.Path, "analysis"), true)
    let source, progress = stopAt 0.5
    let problem = Assert.ThrowsAny<OperationCanceledException>(fun () -> AnalysisRunner.Run(TrainedRun.Open run, wanted, settings, false, progress, source.Token) |> ignore)
    Assert.Contains("goes on from there", problem.Message)
    Assert.True(File.Exists(Path.Combine(run.AnalysisPath ".pass", "sums.safetensors")))
    analyse (TrainedRun.Open run) wanted |> ignore
    Assert.Equal<(string * byte[]) list>(expected, files ())

[<Fact>]
let ``sums of other settings are not gone on from`` () =
    use folder = new TemporaryFolder()
    let run = makeRun (folder.File "run") shared
    let source, progress = stopAt 0.5
    Assert.ThrowsAny<OperationCanceledException>(fun () -> AnalysisRunner.Run(TrainedRun.Open run, [ RunAnalyses.LatentLayers ], settings, false, progress, source.Token) |> ignore) |> ignore
    let opened = TrainedRun.Open run
    AnalysisRunner.Run(opened, [ RunAnalyses.LatentLayers ], AnalysisSettings(Sequences = 8)) |> ignore
    Assert.Equal(8, (RunAnalyses.LatentLayers.Read opened).PairsByLayers.Count)

[<Fact>]
let ``the examples of a latent that was not shown before are made, and the others stay`` () =
    use folder = new TemporaryFolder()
    let run = TrainedRun.Open(makeRun (folder.File "run") shared)
    let show latents = AnalysisRunner.Run(run, [ RunAnalyses.LatentExamples ], AnalysisSettings(Sequences = 8, Latents = latents)) |> ignore
    show [| 3; 5 |]
    show [| 7 |]
    Assert.Equal<int list>([ 3; 5; 7 ], [ for p in RunAnalyses.LatentExamples.Read run -> p.Latent ])
    Assert.Contains("192", Assert.Throws<ArgumentException>(fun () -> show [| 500 |]).Message)

[<Fact>]
let ``histograms are of the token or the latents asked for, and what is asked again is not made again`` () =
    use folder = new TemporaryFolder()
    let run = TrainedRun.Open(makeRun (folder.File "run") shared)
    let ask token latents =
        let made = AnalysisRunner.Run(run, [ RunAnalyses.TokenHistogram ], AnalysisSettings(Sequences = 12, Token = token, Latents = latents))
        made.Count, RunAnalyses.TokenHistogram.Read run
    let count, found = ask " the" [||]
    Assert.Equal((1, "·the", TokenHistogramAnalysis.LatentsShown), (count, found.Token, found.Latents.Count))
    Assert.Equal(0, fst (ask " the" [||]))
    for of' in found.Latents do
        Assert.Equal("·the", of'.Histogram.Token)
        Assert.InRange(of'.Detector.F1, 1e-9, 1.0)
        Assert.Equal(min of'.Active 5000L, int64 of'.Histogram.Points)
    // What is shown already is not made again; another latent is.
    Assert.Equal(0, fst (ask null [| found.Latents[1].Latent |]))
    let before = RunAnalyses.TokenHistogram.ReadMaxima run
    let latent = Seq.init 192 id |> Seq.find (fun latent -> before.At(0, latent) > 0f && found.Latents |> Seq.forall (fun of' -> of'.Latent <> latent))
    let count, named = ask null [| latent |]
    Assert.Equal((1, [ latent ]), (count, [ for of' in named.Latents -> of'.Latent ]))
    let maxima = RunAnalyses.TokenHistogram.ReadMaxima run
    assertClose 1e-6 "largest" (float (maxima.At(named.Latents[0].Layer, latent))) named.Latents[0].Histogram.Ranges[9].High
    Assert.Contains("no single token", Assert.Throws<ArgumentException>(fun () -> ask "no token at all" [||] |> ignore).Message)
    Assert.Contains("192", Assert.Throws<ArgumentException>(fun () -> ask null [| 500 |] |> ignore).Message)

[<Fact>]
let ``dictionaries of all arrangements can be analysed, each in its own folder`` () =
    use folder = new TemporaryFolder()
    let plans = [ plan "one" Arrangement.Shared; plan "each" Arrangement.PerLayer; plan "across" Arrangement.Crosscoder ]
    let runs = TrainedRun.OpenAll(makeRun (folder.File "run") plans)
    for run in runs do
        analyse run RunAnalyses.Quick |> ignore
    let shares = [ for run in runs -> (LayerStatistics.Of(RunAnalyses.LatentLayers.Read run)).ShareAtSeveralLayers.Mean ]
    Assert.Equal(0.0, shares[1])
    Assert.True(shares[0] > 0.0 && shares[2] > 0.5)
    Assert.True(File.Exists(Path.Combine(folder.Path, "run", "analysis", "latent-layers", "each", "layers.safetensors")))

/// Few pairs, and companions that are trained for a few steps: enough to see that everything is measured.
let private patching pairs = AnalysisSettings(Patching = PatchingConfig(Pairs = pairs, OrderPairs = 1, Thresholds = 4, CompanionTokens = 512L))

[<Fact>]
let ``patching trains what a run is compared with once, and measures every layer and decomposition`` () =
    use folder = new TemporaryFolder()
    let run = TrainedRun.Open(makeRun (folder.File "run") shared)
    AnalysisRunner.Run(run, [ RunAnalyses.IoiPatching ], patching 3) |> ignore
    let found = RunAnalyses.IoiPatching.Read run
    Assert.Equal(3, found.Pairs)
    Assert.True(found.ModelDoesTheTask || found.Accuracy.Count = 3)
    let names = [ "MLSAE"; "per-layer, n / L each"; "per-layer, n each"; "per-layer, no sparsity (α = 0)"; "PCA"; "ICA"; "random rotation"; "residual basis" ]
    Assert.Equal<string list>(names, [ for summary in found.Overall -> summary.Name ])
    Assert.Equal<int list>([ 0..5 ], [ for layer in found.Layers -> layer.Layer ])
    for layer in found.Layers do
        Assert.Equal<string list>(names, [ for decomposition in layer.Decompositions -> decomposition.Name ])
        for decomposition in layer.Decompositions do
            assertClose 1e-9 "nothing patched" found.Unpatched.Mean decomposition.Divergence[0].Mean
            Assert.Equal(decomposition.Candidates, Seq.last decomposition.Counts)
        // What loses nothing is, all exchanged, the counterfactual's run.
        for decomposition in Seq.skip 4 layer.Decompositions do
            assertClose 1e-3 $"layer {layer.Layer} {decomposition.Name}" 0.0 (Seq.last decomposition.Divergence).Mean
            assertClose (1e-3 * layer.FullEdit) "the whole vector's edit" layer.FullEdit (Seq.last decomposition.EditMagnitude)
    for i in 0 .. names.Length - 1 do
        let of' (summary: Estimate) = summary.Mean
        let byLayer = [ for layer in found.Layers -> of' layer.Decompositions[i].Summary.AreaByCount ]
        assertClose 1e-9 "mean over layers" (List.average byLayer) (of' found.Overall[i].AreaByCount)
        Assert.Equal<string list>(List.truncate i names, [ for difference in found.Overall[i].Differences -> difference.Than ])
        for j, difference in Seq.indexed found.Overall[i].Differences do
            assertClose 1e-9 "difference" (of' found.Overall[i].AreaByEdit - of' found.Overall[j].AreaByEdit) (of' difference.ByEdit)
    Assert.Equal(6 * 3 * 5, found.Orders.Count)
    let companions = Path.Combine(run.AnalysisPath "ioi-patching", "companions", "run.json")
    let trained = File.GetLastWriteTimeUtc companions
    AnalysisRunner.Run(run, [ RunAnalyses.IoiPatching ], patching 2, again = true) |> ignore
    Assert.Equal(trained, File.GetLastWriteTimeUtc companions)
    Assert.Equal(2, (RunAnalyses.IoiPatching.Read run).Pairs)

[<Fact>]
let ``patching is of the residual stream, not of all layers at once, nor of a baseline`` () =
    use folder = new TemporaryFolder()
    let refused (run: TrainedRun) = RunAnalyses.IoiPatching.Hindrance run
    let runs = TrainedRun.OpenAll(makeRun (folder.File "run") [ plan "across" Arrangement.Crosscoder; DictionaryPlan(Name = "pca", TotalTokens = 1280L, Dictionary = BaselineConfig(ModelDim = 128, Method = BaselineMethod.Pca)) ])
    Assert.Contains("crosscoder", refused runs[0])
    Assert.Contains("baseline", refused runs[1])

[<Fact>]
let ``a damaged file of patching is refused with its path`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "patching.json"
    for text in [ ""; "{"; "[]"; "{ \"pairs\": \"many\" }"; "{ \"layers\": 3 }" ] do
        File.WriteAllText(path, text)
        Assert.Contains(path, (Assert.Throws<InvalidDataException>(fun () -> RunAnalyses.IoiPatching.Read folder.Path |> ignore)).Message)

[<Fact>]
let ``what cannot be asked of a run is refused with what would be right`` () =
    use folder = new TemporaryFolder()
    let files = folder.File "activations.safetensors"
    SafetensorsFile.Write(files, [ Tensor.Of("activations", ReadOnlySpan(Array.init (64 * 2 * 4) float32), 64L, 2L, 4L) ])
    let config =
        DictionaryRunConfig(
            Activations = files, ShuffleTokens = 0, Training = TrainingConfig(BatchTokens = 16, CheckpointEvery = 0),
            Dictionaries = [| DictionaryPlan(Dictionary = TopKConfig(ModelDim = 4, LatentCount = 8, K = 2, AuxK = 2), TotalTokens = 64L) |])
    let run = DictionaryRun.Create(folder.File "run", config)
    DictionaryRun.Train(run, null, CancellationToken.None) |> ignore
    let refused (analysis: RunAnalysis) = (Assert.Throws<InvalidDataException>(fun () -> AnalysisRunner.Run(TrainedRun.Open run, [ analysis ], settings) |> ignore)).Message
    Assert.Contains("--model", refused RunAnalyses.LatentLayers)
    Assert.Contains("there are latent-layers", Assert.Throws<ArgumentException>(fun () -> RunAnalyses.Named "layers" |> ignore).Message)
    Assert.Throws<ArgumentException>(fun () -> AnalysisRunner.Run(TrainedRun.Open run, [ RunAnalyses.LatentLayers ], AnalysisSettings(Sequences = 0)) |> ignore) |> ignore
