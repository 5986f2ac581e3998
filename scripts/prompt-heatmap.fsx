#load "prelude.fsx"
// Question: which latents are active on one prompt, at which layers and tokens?
// Run:      dotnet fsi scripts/prompt-heatmap.fsx [run folder] [--prompt "a text"] [--smoke]     Writes out/prompt-heatmap.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let prompt = attempt (fun () -> RunAnalyses.PromptHeatmap.Measure(run, option "prompt" AnalysisSettings.DefaultPrompt))

say (Prompts.findings prompt)

[ Block.Drawing(Prompts.overall prompt); Block.Drawing(Prompts.absolute prompt); Block.Drawing(Prompts.relative prompt); Block.Tabular(Prompts.table prompt) ]
|> show "prompt-heatmap" "The latents of one prompt"
