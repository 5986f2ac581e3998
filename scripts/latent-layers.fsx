#load "prelude.fsx"
// Figure: latents x layers. The colour is the share of a latent's activation at a layer; the deepest latents stand first.
// Run:    dotnet fsi scripts/latent-layers.fsx [run folder] [--smoke]     Writes out/latent-layers.html, .csv and, with Chromium, .png.
open Mlsae.Analysis
open Mlsae.Scripting
open Prelude

let distributions =
    analysis "latent-layers" "layers.safetensors" $"mlsae evaluate {run.Path}" LayerDistributionsFile.Read

let statistics = LayerStatistics.Of distributions

let percent = Cell.PercentInterval >> Table.text

printfn $"{run.Path}: {statistics.LatentCount - statistics.DeadLatents} live latents over {statistics.LayerCount} layers, {statistics.Tokens} tokens"
printfn $"  ever active at several layers  {percent statistics.ShareAtSeveralLayers} of latents"
printfn $"  at several layers of one token {Table.text (Cell.PercentInterval statistics.SharePairsAtSeveralLayers)} of (token, latent) pairs"
printfn $"  standard deviation over layers {Table.text (Cell.Interval statistics.LayerStd)} layers"

distributions |> Layers.heatMap |> Figure.save (out "latent-layers")
