#load "prelude.fsx"
// Question: which latents live in one layer, and which persist over several? A latents × layers heat map, counts of layers, spread, bimodality.
// Run:      dotnet fsi scripts/latent-layers.fsx [run folder] [--smoke]          Writes out/latent-layers.html, its data and, with Chromium, .png.
open Mlsae.Analysis
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let distributions = ask RunAnalyses.LatentLayers
let statistics = LayerStatistics.Of distributions

say (Layers.findings statistics)

[ Block.Drawing(Layers.heatMap distributions)
  Block.Columns [ Block.Drawing(Layers.activeLayers statistics); Block.Drawing(Layers.byThreshold statistics) ]
  Block.Drawing(Layers.meanLayers distributions)
  Block.Drawing(Layers.spread distributions)
  Block.Tabular(Layers.table statistics)
  Block.Tabular(Layers.againstCount distributions) ]
|> show "latent-layers" "Which latents live in one layer, and which persist?"
