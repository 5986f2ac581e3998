#load "prelude.fsx"
// Question: how well can single latents be explained, at each layer, beside dimensions, random directions, PCA, ICA and neurons? Rules explain, unless mlsae interpret asked a language model before.
// Run:      dotnet fsi scripts/autointerp-baselines.fsx [run folder] [--smoke]     Writes out/autointerp-baselines.html, its data and, with Chromium, .png.
open Mlsae.Analysis.Interpretation
open Mlsae.Dictionaries
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let dictionaries = Run.dictionaries run |> List.ofSeq

/// Of a comparison's dictionaries those of the first seed.
let compared =
    let names = Explanations.firstSeeds [ for dictionary in dictionaries -> dictionary.Plan.Name ]
    dictionaries |> List.filter (fun dictionary -> List.contains dictionary.Plan.Name names)

/// With --smoke few units, and no independent components, which take the longest.
let wanted =
    if smoke then
        AnalysisSettings(Interpretation = InterpretationConfig(Fragments = 120, Units = 3, BaselineTokens = 512, Baselines = [| BaselineMethod.Identity; BaselineMethod.Random; BaselineMethod.Pca |]))
    else
        settings

/// What dictionaries are compared with is the same for all of a run, and is made with the first.
let alone = AnalysisSettings(Interpretation = InterpretationConfig(Baselines = [||], Neurons = false))

let found =
    [ for number, dictionary in List.indexed compared ->
          attempt (fun () -> dictionary |> Run.askWith (if number = 0 then wanted else alone) RunAnalyses.AutointerpBaselines) ]

for findings in found do say (Explanations.findings findings)

Explanations.blocks found |> show "autointerp-baselines" "How well single latents can be explained"
