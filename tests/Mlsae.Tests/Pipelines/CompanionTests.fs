/// Dictionaries compared with others: of larger sizes, and of another model.
module Mlsae.Tests.Pipelines.CompanionTests

open System
open System.IO
open Xunit
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Mlsae.Tests.Assertions

let private settings = AnalysisSettings(RareSequences = 16)

[<Fact>]
let ``companions are trained once, split from size to size, and are compared with each other`` () =
    use folder = new TemporaryFolder()
    let first, second = Companion.ofModels true folder.Path
    Assert.Equal(("n192", "n192"), (first.Plan.Name, second.Plan.Name))
    let started = second.Folder.Manifest.Started
    Assert.Equal(started, (snd (Companion.ofModels true folder.Path)).Folder.Manifest.Started)

    let sizes = Companion.ofSizes true folder.Path
    Assert.Equal<int list>([ 64; 192 ], [ for run in sizes -> run.Dictionary.LatentCount ])
    Assert.Contains("no larger dictionary", RunAnalyses.FeatureSplitting.Hindrance sizes[1])
    AnalysisRunner.Run(sizes.Head, [ RunAnalyses.FeatureSplitting ], settings) |> ignore
    let splitting = RunAnalyses.FeatureSplitting.Read sizes.Head
    Assert.Equal(("n64", "n192", 16), (splitting.Parent, splitting.Child, splitting.Contexts))
    Assert.Equal(64, splitting.Parents.Units)
    Assert.Equal(splitting.Parents.Kept, splitting.ParentLabels.Count)
    Assert.Empty(AnalysisRunner.Run(sizes.Head, [ RunAnalyses.FeatureSplitting ], settings))

    // Without a name the run beside it is found.
    AnalysisRunner.Run(first, [ RunAnalyses.Universality ], settings) |> ignore
    let found = RunAnalyses.Universality.Read first
    Assert.Equal(("microworld-1l-a", "microworld-1l-b"), (found.First, found.Second))
    Assert.Equal(512, found.FirstNeurons.Units)
    Assert.True(found.Latents.Activation.Mean > found.Latents.OtherTokens.Mean)

    let path = Path.Combine(first.AnalysisPath "universality", UniversalityAnalysis.FileName)
    let whole = File.ReadAllText path
    for damaged in [ whole[.. whole.Length / 2]; whole.Replace("\"tokens\"", "\"tokns\"") ] do
        File.WriteAllText(path, damaged)
        Assert.Contains(path, Assert.Throws<InvalidDataException>(fun () -> RunAnalyses.Universality.Read first |> ignore).Message)

[<Fact>]
let ``what has nothing to be compared with is said, with what would be right`` () =
    use folder = new TemporaryFolder()
    let sizes = Companion.ofSizes true folder.Path
    let refused settings = Assert.Throws<InvalidDataException>(fun () -> AnalysisRunner.Run(sizes.Head, [ RunAnalyses.Universality ], settings) |> ignore).Message
    Assert.Contains("--other", refused settings)
    Assert.Contains("n64, n192", Assert.Throws<ArgumentException>(fun () -> AnalysisRunner.Run(sizes.Head, [ RunAnalyses.FeatureSplitting ], AnalysisSettings(RareSequences = 4, Other = "n9")) |> ignore).Message)
