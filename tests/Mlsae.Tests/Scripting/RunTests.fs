/// Runs, tokens and activations as scripts get at them.
module Mlsae.Tests.Scripting.RunTests

open System.IO
open Xunit
open Mlsae.Metrics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Mlsae.Tests.Assertions

[<Fact>]
let ``everything in a run is a line away, and streams`` () =
    use folder = new TemporaryFolder()
    let run = SmokeRun.create (folder.File "run")
    Assert.Equal(run.Folder.Path, (Run.ofFolder run.Folder.Path).Folder.Path)
    Assert.Equal(run.Folder.Path, (Run.latestIn folder.Path).Folder.Path)
    Assert.Equal(run.Dictionary.LatentCount, (Dictionary.load run.Folder.DictionaryPath).LatentCount)
    Assert.Equal(6, (Model.load "microworld-6l").LayerCount)
    // The Microworld has no end, so whatever takes from it must be lazy.
    let batches = Tokens.ofRun run |> Tokens.take 40 |> List.ofSeq
    Assert.Equal(40, batches |> List.sumBy _.Sequences)
    let sequences = [ for tokens in Activations.ofRun run batches do for token in 0 .. tokens.Count - 1 -> tokens.SequenceOf token ]
    Assert.Equal<int list>([ 0..39 ], List.distinct sequences)
    let asked = run |> Run.askWith (AnalysisSettings(Sequences = 40)) RunAnalyses.ResidualNorms
    let summed = Tokens.ofRun run |> Tokens.take 40 |> Activations.vectors run |> Activations.sum (Mlsae.Analysis.ResidualMoments(6, 128))
    Assert.Equal(asked.Layers[3].Norm, (summed.Result 0UL).Layers[3].Norm)

[<Fact>]
let ``what an analysis found is read again, not made again`` () =
    use folder = new TemporaryFolder()
    let run = SmokeRun.create (folder.File "run")
    let ask sequences = run |> Run.askWith (AnalysisSettings(Sequences = sequences)) RunAnalyses.ResidualNorms
    Assert.Equal(6, (ask 6).Sequences)
    Assert.Equal(6, (ask 9).Sequences)

[<Fact>]
let ``a small run of the same build is taken again`` () =
    use folder = new TemporaryFolder()
    let started = (SmokeRun.create (folder.File "run")).Folder.Manifest.Started
    Assert.Equal(started, (SmokeRun.create (folder.File "run")).Folder.Manifest.Started)

[<Fact>]
let ``a prompt begins as documents do, and a sequence passes through what shows its progress`` () =
    use folder = new TemporaryFolder()
    let run = SmokeRun.create (folder.File "run")
    let prompt = Tokens.ofPrompt "Mary gave" run
    Assert.Equal(run.Tokenizer.EndOfText.Value, prompt.Ids[0])
    Assert.Equal<int[]>(run.Tokenizer.Encode "Mary gave", prompt.Ids[1..])
    Assert.Equal<int list>([ 1..9 ], List.ofSeq (Progress.over "counting" 9 [ 1..9 ]))
    let text = folder.File "text.txt"
    File.WriteAllText(text, String.replicate 200 "The cat sat on the mat. ")
    Assert.NotEmpty(Tokens.ofFile text run)
