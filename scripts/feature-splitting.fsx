#load "prelude.fsx"
// Question: into how many latents of a larger dictionary does a latent split? Of a run with dictionaries of several sizes; without one, sizes are trained on the embedded one-layer model.
// Run:      dotnet fsi scripts/feature-splitting.fsx [run folder] [--smoke]     Writes out/feature-splitting.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let dictionaries =
    match folders with
    | [] -> attempt (fun () -> Companion.ofSizes smoke companions)
    | _ -> Run.dictionaries run |> List.sortBy _.Dictionary.LatentCount

let found =
    match dictionaries |> List.filter (fun run -> isNull (RunAnalyses.FeatureSplitting.Hindrance run)) with
    | [] -> stop (RunAnalyses.FeatureSplitting.Hindrance dictionaries.Head)
    | some -> [ for run in some -> attempt (fun () -> run |> Run.askWith settings RunAnalyses.FeatureSplitting) ]

say (List.collect FeatureSplits.findings found)

FeatureSplits.blocks found |> show "feature-splitting" "How latents split in larger dictionaries"
