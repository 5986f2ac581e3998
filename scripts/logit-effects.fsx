#load "prelude.fsx"
// Question: which tokens does a latent promote and suppress, by taking it away in several ways and by its direct logit weights, at each layer?
// Run:      dotnet fsi scripts/logit-effects.fsx [run folder] [--latents 12,34 | --facts base64,next:possessive] [--smoke]     Writes out/logit-effects.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let effects = askOfLatents RunAnalyses.LogitEffects
let numbers latent layer = RunAnalyses.LogitEffects.ReadNumbers(run.AnalysisPath RunAnalyses.LogitEffects.Name, latent, layer)

say (LogitEffects.findings effects)

LogitEffects.blocks numbers effects |> show "logit-effects" "What latents do to the output"
