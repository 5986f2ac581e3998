#load "prelude.fsx"
// Question: how alike are neighbouring layers' vectors, and do models whose layers are more alike have more latents at several layers?
// Run:      dotnet fsi scripts/adjacent-cosine.fsx [run folders] [--smoke]       Writes out/adjacent-cosine.html, its data and, with Chromium, .png.
open System.IO
open Mlsae.Analysis
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let similarity = ask RunAnalyses.AdjacentCosine

let together (run: TrainedRun) =
    let distributions = attempt (fun () -> run |> Run.askWith settings RunAnalyses.LatentLayers)
    DirectoryInfo(run.Folder.Path).Name, attempt (fun () -> run |> Run.askWith settings RunAnalyses.AdjacentCosine), LayerStatistics.Of distributions

say (Similarity.findings similarity)

[ Block.Drawing(Similarity.matrices similarity)
  Block.Columns [ Block.Drawing(Similarity.adjacent similarity); Block.Drawing(given |> List.map together |> Similarity.across) ]
  Block.Drawing(Residuals.norms (ask RunAnalyses.ResidualNorms))
  Block.Tabular(Similarity.table similarity) ]
|> show "adjacent-cosine" "How alike neighbouring layers are"
