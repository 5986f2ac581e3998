#load "prelude.fsx"
// Question: how specific is a latent to base64, DNA, digits and scripts, which proxies tell from tokens alone, at each strength, beside the best direction of the basis?
// Run:      dotnet fsi scripts/specificity.fsx [run folder] [--smoke]     Writes out/specificity.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let found = ask RunAnalyses.Specificity

say (Specificities.findings found)

Specificities.blocks found |> show "specificity" "How specific latents are to kinds of text"
