#load "prelude.fsx"
// Question: what does the model write with a latent turned up, and at which price?
// Run:      dotnet fsi scripts/steering.fsx [run folder] [--latents 12,34 | --facts base64,next:possessive] [--prompt "a text"] [--smoke]     Writes out/steering.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let steered = askOfLatents RunAnalyses.Steering

say (SteeredTexts.findings steered)

SteeredTexts.blocks steered |> show "steering" "Text with a latent turned up"
