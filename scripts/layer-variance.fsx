#load "prelude.fsx"
// Question: over how many layers does a latent spread on the whole text, and over how many on one token? The variance of the layer, decomposed; with shuffled layers.
// Run:      dotnet fsi scripts/layer-variance.fsx [run folder] [--smoke]         Writes out/layer-variance.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let variance = ask RunAnalyses.LayerVariance

say (LayerVariances.findings variance)

[ Block.Drawing(LayerVariances.terms variance); Block.Drawing(LayerVariances.nulls variance); Block.Tabular(LayerVariances.table variance) ]
|> show "layer-variance" "The variance of the layer: within a latent, and within one token"
