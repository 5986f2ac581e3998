#load "prelude.fsx"
// Question: how many known concepts does a single latent tell, at each layer, for each dictionary of a run and beside neurons and random directions?
// Run:      dotnet fsi scripts/concepts.fsx [run folder on the Microworld] [--smoke]     Writes out/concepts.html, its data and, with Chromium, .png.
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let found =
    [ for dictionary in Run.dictionaries run ->
          dictionary.Plan.Name, attempt (fun () -> dictionary |> Run.askWith settings RunAnalyses.Concepts) ]

for name, comparison in found do
    say [ for sentence in Concepts.findings comparison -> $"{name}: {sentence}" ]

[ Block.Drawing(Concepts.byLayer found); Block.Tabular(Concepts.compareTable found); Block.Drawing(Concepts.curves (snd found.Head)); Block.Tabular(Concepts.bestTable (snd found.Head)) ]
|> show "concepts" "Concepts told by single latents"
