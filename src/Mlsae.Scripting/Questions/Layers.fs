namespace Mlsae.Scripting

open System
open Mlsae.Analysis

/// How latents spread over layers: the analysis latent-layers.
[<RequireQualifiedAccess>]
module Layers =

    let private live (distributions: LayerDistributions) = distributions.Latents() |> Array.filter (fun latent -> not latent.IsDead)

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

    let private histogram title label bins range values = Figure.histogram title label bins range values

    /// How many latents have their mean layer where, in 16 bins a layer, and how far that is from a whole layer.
    let meanLayers (distributions: LayerDistributions) =
        let means = live distributions |> Array.map _.LayerMean
        let bins, last = 16 * distributions.LayerCount, float (max 1 (distributions.LayerCount - 1))
        let fractions = means |> Array.map (fun mean -> abs (mean - Math.Round mean))
        [ histogram "Mean layer" "mean layer" bins (0.0, last) means
          histogram "Distance of the mean layer from a whole layer" "layers" bins (0.0, 0.5) fractions ]
        |> Figure.multiples "Mean layers of the latents" 2
        |> Figure.height 300
        |> Figure.named "latents-by-mean-layer"
        |> Figure.caption $"n = {means.Length:N0} live latents. Peaks at whole numbers, and at a distance of 0, are latents that live in one layer."

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

    /// The same over the whole text where a layer counts only if the latent was active there on enough tokens.
    let byThreshold (statistics: LayerStatistics) =
        [ for threshold in statistics.ByFewestTokens do
              let counts = threshold.Latents |> Array.skip 1 |> Array.map float
              if Array.sum counts > 0.0 then
                  $"at least {threshold.FewestTokens:N0} tokens", Array.mapi (fun i share -> float (i + 1), share) (share counts) ]
        |> Figure.line "How many layers a latent has depends on how often it must be active there" ("number of layers", "share of latents")
        |> Figure.fromZero
        |> Figure.height 300
        |> Figure.named "latents-by-number-of-layers-and-threshold"
        |> Figure.caption (
            "A curve for each least number of tokens at which a latent must be active at a layer; latents that reach it at no layer are left out. n = "
            + String.Join(", ", [ for threshold in statistics.ByFewestTokens do if threshold.ShareAtSeveral.N > 0 then $"{threshold.ShareAtSeveral.N:N0}" ]) + " latents.")

    /// How wide latents spread, and whether they have two places: standard deviation, entropy, bimodality and Hartigan's dip.
    let spread (distributions: LayerDistributions) =
        let latents = live distributions
        let layers = float distributions.LayerCount
        [ histogram "Standard deviation over layers" "layers" 40 (0.0, max 1.0 (layers - 1.0) / 2.0) (latents |> Seq.map _.LayerStd)
          histogram "Entropy over layers" "nats" 40 (0.0, log (max 2.0 layers)) (latents |> Seq.map _.Entropy)
          histogram "Bimodality coefficient" "(skewness² + 1) / kurtosis" 40 (0.0, 1.0) (latents |> Seq.map _.Bimodality)
          histogram "Hartigan's dip" "dip" 40 (0.0, 0.25) (latents |> Seq.map _.Dip) ]
        |> Figure.multiples "How wide latents spread over layers, and whether they have two places" 2
        |> Figure.named "latents-spread"
        |> Figure.caption (
            $"n = {latents.Length:N0} live latents. The first two are of a latent's shares of the layers; ln {distributions.LayerCount} = {log layers:F2} nats is an equal share of each. "
            + $"The last two take its {distributions.LayerCount} totals as a sample of {distributions.LayerCount} numbers, as published: an even spread has a coefficient of 5/9 and a dip of 1/{2 * distributions.LayerCount}.")

    /// Whether latents that are active more often spread differently.
    let againstCount (distributions: LayerDistributions) =
        let latents = live distributions
        let correlate name measure by of' =
            let pairs = latents |> Array.map (fun latent -> of' latent, measure latent) |> Array.filter (fun (x, y) -> Double.IsFinite x && Double.IsFinite y)
            let x, y = Array.unzip pairs
            let fit = Stats.linearFit 0UL (Array.map log10 x) y
            [ Cell.Text name; Cell.Text by; Cell.Interval(Stats.spearman 0UL x y); Cell.Interval(Stats.pearson 0UL (Array.map log10 x) y); Cell.Interval fit.Slope ]
        [ for name, measure in
              [ "standard deviation", (fun (l: LatentLayers) -> l.LayerStd); "entropy", _.Entropy; "bimodality", _.Bimodality; "dip", _.Dip ] do
              correlate name measure "activations" (fun latent -> float latent.Count)
              correlate name measure "total activation" _.Total ]
        |> Table.create "Do latents that are active more often spread differently?" [ "measure"; "against"; "Spearman"; "Pearson, of log10"; "slope, a decade" ]
        |> Table.caption $"In brackets: 95 %% bootstrap intervals over n = {latents.Length:N0} live latents."

    /// The means over latents, with intervals.
    let table (statistics: LayerStatistics) =
        let row name estimate = [ Cell.Text name; Cell.Interval estimate ]
        Table.create "How latents spread over layers" [ "mean over live latents"; "value" ]
            [ row "standard deviation over layers, in layers" statistics.LayerStd
              row "the same divided by the number of layers" statistics.RelativeLayerStd
              row "entropy over layers, nats" statistics.Entropy
              row "the same divided by ln(layers)" statistics.RelativeEntropy
              row "bimodality coefficient" statistics.Bimodality
              row "layers at which a latent is ever active" statistics.ActiveLayers
              [ Cell.Text "share of latents ever active at several layers"; Cell.PercentInterval statistics.ShareAtSeveralLayers ]
              [ Cell.Text "share of (token, latent) pairs active at several layers of the token"; Cell.PercentInterval statistics.SharePairsAtSeveralLayers ] ]
        |> Table.caption (
            $"In brackets: 95 %% bootstrap intervals over n = {statistics.LatentCount - statistics.DeadLatents:N0} live latents, of pairs over n = {statistics.SharePairsAtSeveralLayers.N:N0} sequences; "
            + $"{statistics.DeadLatents:N0} dead latents are left out.")

    /// Layers per latent, on the whole text and on one token, in sentences.
    let findings (statistics: LayerStatistics) =
        let live = statistics.LatentCount - statistics.DeadLatents
        let percent estimate = Table.text (Cell.PercentInterval estimate)
        let number estimate = Table.text (Cell.Interval estimate)
        [ $"{percent statistics.ShareAtSeveralLayers} of {live:N0} live latents are ever active at more than one of {statistics.LayerCount} layers, over {statistics.Tokens:N0} tokens; {statistics.DeadLatents:N0} are never active."
          $"On a single token, {percent statistics.SharePairsAtSeveralLayers} of the (token, latent) pairs with any activity are active at more than one layer."
          $"A latent's activation has a standard deviation over layers of {number statistics.LayerStd} layers; its entropy is {Table.text (Cell.Percent statistics.RelativeEntropy.Mean)} of that of equal shares." ]

    /// The answer: sentences, figures, table.
    let section (distributions: LayerDistributions) : Section =
        let statistics = LayerStatistics.Of distributions
        { Title = "Latents over layers"
          Blocks =
            [ for sentence in findings statistics -> Block.Paragraph sentence ]
            @ [ Block.Drawing(heatMap distributions)
                Block.Columns [ Block.Drawing(activeLayers statistics); Block.Drawing(byThreshold statistics) ]
                Block.Drawing(meanLayers distributions)
                Block.Drawing(spread distributions)
                Block.Tabular(table statistics)
                Block.Tabular(againstCount distributions) ] }
