/// A run folder of drawn numbers, for the tests of the report. Nothing in it was trained.
module Mlsae.Tests.Scripting.ToyRun

open System
open System.Collections.Generic
open System.IO
open Mlsae
open Mlsae.Analysis
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Storage
open Mlsae.Transformers

let private layers, latents, width, context = 6, 400, 8, 64

/// Latents prefer a layer of their own and reach more or less far from it; the same few are active on a token at all layers.
let private codes (random: Philox) sequences =
    let homes = Array.init latents (fun _ -> float (layers - 1) * random.NextDouble())
    let reaches = Array.init latents (fun _ -> 0.2 + 0.8 * random.NextDouble())
    let rows = SparseRows(sequences * context * layers, width)
    for token in 0 .. sequences * context - 1 do
        let chosen = Array.init (3 * width) (fun _ -> random.NextInt32 latents) |> Array.distinct
        for layer in 0 .. layers - 1 do
            let value latent = float32 (5.0 * random.NextDouble() * exp (-0.5 * ((float layer - homes[latent]) / reaches[latent]) ** 2.0))
            chosen
            |> Array.map (fun latent -> latent, value latent)
            |> Array.sortByDescending snd
            |> Array.truncate width
            |> Array.iteri (fun i (latent, value) ->
                rows.RowIndices(token * layers + layer)[i] <- latent
                rows.RowValues(token * layers + layer)[i] <- value)
    rows

let private metrics (random: Philox) (path: string) =
    use log = MetricsLog.Create path
    for step in 1..100 do
        let noise () = 1.0 + 0.05 * random.NextDouble()
        let byLayer = [| for layer in 1..layers -> noise () * (0.05 + 0.02 * float layer + 1.0 / float step) |]
        let fvu = Array.average byLayer
        log.Append(
            dict
                [ "step", box (100 * step); "tokens", box (40960 * step); "vectors", box (40960 * layers * step); "seconds", box (0.8 * float step)
                  "loss", box (1.03 * fvu); "loss_mse", box (fvu); "loss_auxk", box (0.03 * fvu); "fvu", box (fvu); "fvu_layers", box (byLayer)
                  "l0", box (7.9); "l0_layers", box (Array.init layers (fun _ -> 8.0 / noise ()))
                  "dead_fraction", box (0.3 / float step); "learning_rate", box (1e-3); "vectors_per_second", box (3.0e6) ])

let private evaluation (random: Philox) =
    let estimate (value: float) = Estimate(value * (1.0 + 0.1 * random.NextDouble()), value * 0.95, value * 1.15, 64)
    let layer hook scale =
        LayerEvaluation(
            hook,
            dict
                [ "fvu", estimate (0.1 * scale); "explained_variance", estimate (1.0 - 0.1 * scale); "cosine", estimate (1.0 - 0.05 * scale); "l2_ratio", estimate 0.9
                  "l0", estimate 7.8; "l1", estimate (12.0 * scale); "delta_ce", estimate (0.05 * scale); "kl", estimate (0.04 * scale)
                  "perplexity", estimate (10.0 + scale); "dead_fraction", estimate (0.01 * scale) ]
            |> Dictionary)
    EvaluationResult(
        Tokens = 16384L, Sequences = 64, ContextLength = 256, Seed = 0UL, ModelCrossEntropy = 2.31,
        Layers = List<_>(Seq.init layers (fun l -> layer $"blocks.{l}.hook_resid_post" (1.0 + 0.3 * float l))), Overall = layer "overall" 1.7)

/// A dictionary of random directions, of which only these and the sizes matter.
let private dictionary =
    let directions = Matrix(latents, 16)
    Philox(0UL, "toy directions").FillGaussian(directions.AsSpan(), 1f)
    SharedDictionary(TopKDictionary(TopKConfig(ModelDim = 16, LatentCount = latents, K = width), directions, directions, Array.zeroCreate 16), layers)

let private latentStatistics (run: RunFolder) (codes: SparseRows) =
    let sums = DictionaryLatentSums dictionary
    sums.Add codes
    let statistics = LatentStatistics.Of(sums, dictionary, Array.init layers HookPoint.ResidPost, 0UL)
    LatentStatisticsFile.Write(run.AnalysisPath RunAnalyses.FeatureDensity.Name, statistics, sums)

let private concepts (random: Philox) =
    let score best unit =
        let f1 = best * random.NextDouble() ** 0.5
        ConceptScore($"concept.{unit}", Nullable(unit % layers), unit, 1f, f1, f1, f1, f1, 30 + unit)
    let scores best =
        let scores = List<_>(Seq.init 60 (score best))
        let estimate choose = scores |> Seq.averageBy choose |> fun mean -> Estimate(mean, 0.9 * mean, 1.1 * mean, scores.Count)
        let share bound = estimate (fun s -> if s.F1 >= bound then 1.0 else 0.0)
        let coverage = ConceptCoverage(share 0.9, share 0.7, share 0.5, estimate _.F1, estimate _.Precision)
        ConceptScores("toy/1", 1000, 1000, latents, scores, List<_>(), coverage, Array.create layers coverage)
    ConceptComparison(scores 1.0, scores 0.8, scores 0.6)

let private words = [| " the"; " quick"; " <b>"; "fox"; "\n"; " \"said\""; " &"; " 1984"; "'s"; " été"; " Mary"; " gave"; "\t"; " («"; " 日本" |]

/// Makes the folder of a toy run with metrics, evaluation, distributions over layers, concepts and examples.
let create (folder: string) =
    let random = Philox(0UL, "toy run")
    let run = RunFolder.Create(folder, RunManifest.Of("toy", dict [ "latents", latents; "k", width ], 0UL), true)
    metrics random run.MetricsPath
    JsonFile.Write(Path.Combine(run.AnalysisPath "evaluation", "evaluation.json"), evaluation random)
    let sequences = 40
    let codes = codes random sequences
    let distributions = LayerDistributions(layers, latents)
    distributions.Add codes
    LayerDistributionsFile.Write(Path.Combine(run.AnalysisPath RunAnalyses.LatentLayers.Name, LayerDistributionsFile.FileName), distributions)
    latentStatistics run codes
    let occurrences = LatentOccurrences(seq { 0..19 }, layers)
    let batch = TokenBatch(Array.init (sequences * context) (fun _ -> random.NextInt32 words.Length), sequences, context)
    occurrences.Add(EncodedTokens(batch, Array.init batch.TokenCount id, 0, Matrix(codes.Rows, 1), codes))
    let portraits = seq { for latent in occurrences.Latents -> occurrences.Portrait(latent, LatentPortraitConfig(), fun id -> words[id]) }
    LatentPortraitFile.Write(run.AnalysisPath RunAnalyses.LatentExamples.Name, portraits)
    JsonFile.Write(Path.Combine(run.AnalysisPath RunAnalyses.Concepts.Name, ConceptComparison.FileName), concepts random)
    for analysis in [ RunAnalyses.LatentLayers :> RunAnalysis; RunAnalyses.FeatureDensity; RunAnalyses.LatentExamples; RunAnalyses.Concepts ] do
        let manifest = AnalysisManifest(analysis.Name, AnalysisSettings(), context, "toy", DateTimeOffset.UnixEpoch)
        JsonFile.Write(Path.Combine(run.AnalysisPath analysis.Name, AnalysisManifest.FileName), manifest)
    run.Finish()
    run
