#load "prelude.fsx"
// Question: how often do latents fire, which never or hardly ever do, and do those that fire often differ in strength or depth?
// Run:      dotnet fsi scripts/feature-density.fsx [run folder] [--smoke]        Writes out/feature-density.html, its data and, with Chromium, .png.
open Mlsae.Analysis
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let statistics = ask RunAnalyses.FeatureDensity
let distributions = ask RunAnalyses.LatentLayers
let fired = LatentStatisticsFile.ReadFired(run.AnalysisPath RunAnalyses.FeatureDensity.Name)

say (Latents.findings statistics)

[ Block.Drawing(Latents.densities statistics); Block.Drawing(Latents.againstDensity distributions fired); Block.Drawing(Latents.byLayer distributions); Block.Tabular(Latents.table statistics) ]
|> show "feature-density" "How often latents fire"
