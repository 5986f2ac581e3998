namespace Mlsae.Scripting

open Mlsae.Analysis

/// How latents spread over layers.
[<RequireQualifiedAccess>]
module Layers =

    /// Latents × layers: the colour is the share of the latent's total activation at the layer; latents by mean layer, the deepest first.
    let heatMap (distributions: LayerDistributions) =
        let map = LayerHeatMap.Of distributions
        let live = map.Latents.Length
        let pooled =
            if map.Columns < live then $" {live:N0} latents share {map.Columns:N0} columns, each the mean of neighbours and named after the first." else ""
        let columns = Array.init map.Columns (fun column -> string map.Latents[map.FirstOf column])
        let layers = Array.init distributions.LayerCount float
        Figure.heatMap $"Where in depth each of {live:N0} latents is active" ("latents, ordered by mean layer", "layer")
            (Labels columns) (Numbers layers) "share of activation" map.Shares
        |> Figure.withoutTicksX
        |> Figure.named "latents-by-layer"
        |> Figure.height (220 + 22 * distributions.LayerCount)
        |> Figure.caption (
            $"Each column is a latent; its shares over the layers sum to 1. n = {live:N0} live latents over {distributions.Tokens:N0} tokens; "
            + $"{map.DeadLatents:N0} were never active and are left out.{pooled}")

    /// How many latents have their mean layer where, in 16 bins a layer.
    let meanLayers (distributions: LayerDistributions) =
        let live = distributions.Latents() |> Array.filter (fun latent -> not latent.IsDead)
        let last = max 1 (distributions.LayerCount - 1)
        live
        |> Seq.map _.LayerMean
        |> Figure.histogram "Mean layers of the latents" "mean layer" (16 * distributions.LayerCount) (0.0, float last)
        |> Figure.height 300
        |> Figure.named "latents-by-mean-layer"
        |> Figure.caption $"n = {live.Length:N0} live latents. Peaks at whole numbers are latents that live in one layer."

    let private share (counts: float[]) = let all = Array.sum counts in counts |> Array.map (fun count -> count / all)

    /// At how many layers latents are active: over the whole text, and on one token.
    let activeLayers (statistics: LayerStatistics) =
        let layers = [ for n in 1 .. statistics.LayerCount -> string n ]
        let overText = statistics.LatentsByActiveLayers |> Array.skip 1 |> Array.map float |> share
        let onToken = statistics.PairsByActiveLayers |> Array.skip 1 |> Array.map float |> share
        Figure.bar
            $"{Table.text (Cell.Percent statistics.ShareAtSeveralLayers.Mean)} of latents are ever active at several layers, and {Table.text (Cell.Percent statistics.SharePairsAtSeveralLayers.Mean)} of (token, latent) pairs on one token"
            ("number of layers", "share") layers [ "latents, over the whole text", overText; "(token, latent) pairs, on one token", onToken ]
        |> Figure.height 300
        |> Figure.named "latents-by-number-of-layers"
        |> Figure.caption $"n = {statistics.LatentCount - statistics.DeadLatents:N0} live latents, {Array.sum statistics.PairsByActiveLayers:N0} pairs, {statistics.Tokens:N0} tokens."

    /// The means over latents, with intervals.
    let table (statistics: LayerStatistics) =
        let row name estimate = [ Cell.Text name; Cell.Interval estimate ]
        Table.create "How latents spread over layers" [ "mean over live latents"; "value" ]
            [ row "standard deviation over layers, in layers" statistics.LayerStd
              row "the same divided by the number of layers" statistics.RelativeLayerStd
              row "entropy over layers, nats" statistics.Entropy
              row "the same divided by ln(layers)" statistics.RelativeEntropy
              row "layers at which a latent is ever active" statistics.ActiveLayers
              [ Cell.Text "share of latents ever active at several layers"; Cell.PercentInterval statistics.ShareAtSeveralLayers ] ]
        |> Table.caption $"In brackets: 95 %% bootstrap intervals over n = {statistics.LatentCount - statistics.DeadLatents:N0} live latents; {statistics.DeadLatents:N0} dead ones are left out."
