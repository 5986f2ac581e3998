#load "prelude.fsx"
// Question: on which tokens is a latent active, at each strength, beside a direction of the basis? Latents are found by a token, by a prompt, or named.
// Run:      dotnet fsi scripts/token-histogram.fsx [run folder] [--token "'s"] [--latent 17] [--prompt "up to Dave's" [--position 4]] [--smoke]
//           Writes out/token-histogram.html, its data and, with Chromium, .png.
open Mlsae.Analysis.Tokens
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let histograms token latents =
    let wanted = AnalysisSettings(Sequences = settings.Sequences, Token = token, Latents = Array.ofList latents)
    attempt (fun () -> run |> Run.askWith wanted RunAnalyses.TokenHistogram)

/// The latents that are most active on a token of a prompt, at each layer.
let search prompt =
    histograms null [] |> ignore
    attempt (fun () ->
        let measured = RunAnalyses.PromptHeatmap.Measure(run, prompt)
        let position = option "position" (measured.Tokens.Count - 1)
        let hits = PromptSearch.At(measured, RunAnalyses.TokenHistogram.ReadMaxima run, position, 3)
        hits, TokenHistograms.hits prompt (List.ofSeq measured.Tokens) position hits)

let found, searched =
    match option "prompt" "", option "latent" -1 with
    | "", -1 -> histograms (option "token" null) [], []
    | "", latent -> histograms null [ latent ], []
    | prompt, _ ->
        let hits, table = search prompt
        let strongest = hits |> Array.sortByDescending _.Value |> Array.map _.Latent |> Array.distinct |> Array.truncate 2
        histograms null (List.ofArray strongest), [ Block.Tabular table ]

say (TokenHistograms.findings found)

searched @ TokenHistograms.blocks found |> show "token-histogram" "Tokens by strength of activation"
