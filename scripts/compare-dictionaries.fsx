#load "prelude.fsx"
// Question: does one dictionary for all layers do better or worse than one for each? Bars by layer with paired intervals, the frontier, where directions meet.
// Run:      dotnet fsi scripts/compare-dictionaries.fsx [run of mlsae compare] [--smoke]     Writes out/compare-dictionaries.html, its data and, with Chromium, .png.
open System.IO
open Mlsae.Pipelines.Comparisons
open Mlsae.Scripting
open Mlsae.Storage
open Prelude

let folder =
    let isMeasured (run: RunFolder) = File.Exists(DictionaryComparison.PathOf run)
    if smoke then SmokeRun.comparison (out "comparison")
    elif isMeasured run.Folder then run.Folder
    else stop $"'{run.Folder.Path}' is no measured comparison. This command makes one: mlsae compare"

let result = attempt (fun () -> DictionaryComparison.Read folder)

say (ComparisonReport.findings result)

ComparisonReport.blocks result |> show "compare-dictionaries" "One dictionary for all layers, or one for each?"
