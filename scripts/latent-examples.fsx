#load "prelude.fsx"
// Question: what is the text like where one latent is active, at each layer, and at each strength?
// Run:      dotnet fsi scripts/latent-examples.fsx [run folder] [--latent 17] [--smoke]     Writes out/latent-examples.html, its data and, with Chromium, .png.
open System.Linq
open Mlsae.Analysis
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

/// Without one that is named, the one that tells a concept best, or the first of the strongest.
let latent =
    match option "latent" -1 with
    | -1 when (RunAnalyses.Concepts.Hindrance run |> isNull) -> (ask RunAnalyses.Concepts).BestConcepts().First().Unit
    | -1 -> (ask RunAnalyses.LatentExamples).First().Latent
    | named -> named

let portrait =
    let wanted = AnalysisSettings(Sequences = settings.Sequences, Latents = [| latent |])
    (attempt (fun () -> run |> Run.askWith wanted RunAnalyses.LatentExamples)).First(fun (portrait: LatentPortrait) -> portrait.Latent = latent)

say (Portraits.findings portrait)

Portraits.page portrait |> show "latent-examples" $"Latent {latent} in text"
