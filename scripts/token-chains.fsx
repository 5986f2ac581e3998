#load "prelude.fsx"
// Question: which latents promote the tokens on which others fire, and what chains do they make?
// Run:      dotnet fsi scripts/token-chains.fsx [run folder] [--rare-sequences 512] [--smoke]     Writes out/token-chains.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let found = ask RunAnalyses.TokenChains

say (TokenChains.findings found)

TokenChains.blocks found |> show "token-chains" "Chains of latents"
