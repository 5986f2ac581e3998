#load "prelude.fsx"
// Question: how few features of a layer, exchanged, turn the answer to an indirect-object prompt into its counterfactual's: MLSAE, per-layer dictionaries, PCA and other bases?
// Run:      dotnet fsi scripts/ioi-patching.fsx [run folder] [--pairs 50] [--smoke]     Writes out/ioi-patching.html, its data and, with Chromium, .png.
open Mlsae.Analysis.Patching
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

/// The dictionaries to compare with are trained once, in minutes, and kept in the run's folder.
let wanted =
    if smoke then PatchingConfig(Pairs = 2, OrderPairs = 1, Thresholds = 2, Companions = [| "pca" |], CompanionTokens = 512L)
    else PatchingConfig(Pairs = option "pairs" 50)

let patching = attempt (fun () -> run |> Run.askWith (AnalysisSettings(Patching = wanted)) RunAnalyses.IoiPatching)

/// Which concept a latent tells, where that is known already.
let labelOf =
    let isKnown = RunAnalysis.IsComplete(run.AnalysisPath RunAnalyses.Concepts.Name)
    Concepts.labelOf (if isKnown then Some(ask RunAnalyses.Concepts) else None)

say (Patching.findings patching)

[ Block.Drawing(Patching.byCount patching)
  Block.Drawing(Patching.byEdit patching)
  Block.Drawing(Patching.overall patching)
  Block.Tabular(Patching.table patching)
  Block.Drawing(Patching.byLayer patching)
  Block.Tabular(Patching.orders patching)
  Block.Tabular(Patching.first labelOf patching) ]
|> show "ioi-patching" "Features that answer an indirect-object prompt"
