#load "prelude.fsx"
// Question: how few features of a layer, exchanged, turn the answer to an indirect-object prompt into its counterfactual's: MLSAE, per-layer dictionaries, PCA and other bases?
// Run:      dotnet fsi scripts/ioi-patching.fsx [run folder] [--pairs 50] [--smoke]     Writes out/ioi-patching.html, its data and, with Chromium, .png.
open Mlsae.Analysis.Patching
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

/// The dictionaries to compare with are trained once, in minutes, and kept in the run's folder.
let wanted =
    if smoke then PatchingConfig(Pairs = 4, OrderPairs = 1, CompanionTokens = 1024L) else PatchingConfig(Pairs = option "pairs" 50)

let patching = attempt (fun () -> run |> Run.askWith (AnalysisSettings(Patching = wanted)) RunAnalyses.IoiPatching)

/// Which concept a latent tells, where the run's text has known ones.
let labelOf =
    if isNull (RunAnalyses.Concepts.Hindrance run) then Concepts.labelOf (Some(ask RunAnalyses.Concepts)) else Concepts.labelOf None

say (Patching.findings patching)

[ Block.Drawing(Patching.byCount patching)
  Block.Drawing(Patching.byEdit patching)
  Block.Drawing(Patching.overall patching)
  Block.Tabular(Patching.table patching)
  Block.Drawing(Patching.byLayer patching)
  Block.Tabular(Patching.orders patching)
  Block.Tabular(Patching.first labelOf patching) ]
|> show "ioi-patching" "Features that answer an indirect-object prompt"
