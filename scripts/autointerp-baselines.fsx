#load "prelude.fsx"
// Question: how well can single latents be explained, at each layer, beside dimensions, random directions, PCA, ICA and neurons? Rules explain, unless mlsae interpret asked a language model before.
// Run:      dotnet fsi scripts/autointerp-baselines.fsx [run folder] [--smoke]     Writes out/autointerp-baselines.html, its data and, with Chromium, .png.
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

/// Of a comparison's dictionaries those of the first seed.
let names = Explanations.firstSeeds [ for dictionary in Run.dictionaries run -> dictionary.Plan.Name ]

let found =
    [ for dictionary in Run.dictionaries run do
          if List.contains dictionary.Plan.Name names then
              attempt (fun () -> dictionary |> Run.askWith settings RunAnalyses.AutointerpBaselines) ]

for findings in found do say (Explanations.findings findings)

Explanations.blocks found |> show "autointerp-baselines" "How well single latents can be explained"
