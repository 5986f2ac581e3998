namespace Mlsae.Scripting

open Mlsae.Metrics
open Mlsae.Pipelines.Analyses

/// What an analysis found, in sentences: printed by scripts and by `mlsae analyze`, and put above the figures of a report.
[<RequireQualifiedAccess>]
module Findings =

    let private number (estimate: Estimate) = Table.text (Cell.Interval estimate)

    let private percent (estimate: Estimate) = Table.text (Cell.PercentInterval estimate)

    let private share value = Table.text (Cell.Percent value)

    /// Layers per latent, on the whole text and on one token.
    let latentLayers (distributions: Mlsae.Analysis.LayerDistributions) =
        let statistics = Mlsae.Analysis.LayerStatistics.Of distributions
        let live = statistics.LatentCount - statistics.DeadLatents
        [ $"{percent statistics.ShareAtSeveralLayers} of {live:N0} live latents are ever active at more than one of {statistics.LayerCount} layers, over {statistics.Tokens:N0} tokens; {statistics.DeadLatents:N0} are never active."
          $"On a single token, {percent statistics.SharePairsAtSeveralLayers} of the (token, latent) pairs with any activity are active at more than one layer (interval over {statistics.SharePairsAtSeveralLayers.N:N0} sequences)."
          $"A latent's activation has a standard deviation over layers of {number statistics.LayerStd} layers, and an entropy of {share statistics.RelativeEntropy.Mean} of that of equal shares; bimodality coefficient {number statistics.Bimodality}." ]

    /// The sentences of an analysis whose numbers lie in a folder.
    let sentences (name: string) (folder: string) : string list =
        match name with
        | "latent-layers" -> RunAnalyses.LatentLayers.Read folder |> latentLayers
        | _ -> []
