#load "prelude.fsx"
// Question: which latents of earlier layers make a latent fire, layer by layer?
// Run:      dotnet fsi scripts/causal-tree.fsx [run folder] [--latents 12,34 | --facts base64,next:possessive] [--smoke]     Writes out/causal-tree.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let trees = askOfLatents RunAnalyses.CausalTree

say (Causes.findings trees)

Causes.blocks trees |> show "causal-tree" "What makes latents fire"
