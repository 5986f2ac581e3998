#load "prelude.fsx"
// Question: how large are the vectors of each layer, and which few dimensions dominate their variance?
// Run:      dotnet fsi scripts/residual-norms.fsx [run folder] [--smoke]         Writes out/residual-norms.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let residuals = ask RunAnalyses.ResidualNorms

say (Residuals.findings residuals)

(Residuals.section residuals).Blocks |> show "residual-norms" "Norms and outlier dimensions"
