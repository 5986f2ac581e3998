#load "prelude.fsx"
// Question: has another model the same latents, and the same neurons? Of two runs on neurons; without them, dictionaries are trained on two seeds of the embedded one-layer model.
// Run:      dotnet fsi scripts/universality.fsx [run folder, other run folder] [--smoke]     Writes out/universality.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let first, second =
    match given with
    | [ first; second ] when folders <> [] -> first, second
    | _ -> attempt (fun () -> Companion.ofModels smoke companions)

let found =
    let wanted = AnalysisSettings(RareSequences = settings.RareSequences, Other = second.Folder.Path)
    attempt (fun () -> first |> Run.askWith wanted RunAnalyses.Universality)

say (Universalities.findings found)

Universalities.blocks found |> show "universality" "Whether two models have the same latents"
