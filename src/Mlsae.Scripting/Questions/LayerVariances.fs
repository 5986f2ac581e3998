namespace Mlsae.Scripting

open Mlsae.Analysis
open Mlsae.Metrics

/// The variance of the layer within a latent, over tokens and on one token: the analysis layer-variance.
[<RequireQualifiedAccess>]
module LayerVariances =

    let private decompositions (result: LayerVarianceResult) =
        [ "by activation", result.ByMass; "by pair", result.ByPair; "as published", result.Published ]

    let private intervals (result: LayerVarianceResult) =
        $"n = {result.Tokens:N0} tokens; intervals are over {result.Blocks} parts of the text, as published over {result.Published.Total.N:N0} sequences."

    let private weights =
        "By activation: each (token, latent) pair counts by the latent's activation on the token; by pair: each active pair the same. "
        + "As published: plain means over all tokens and latents of a sequence, where inactive pairs have no mass, so the terms are no variances and are scaled by how often latents are active."

    /// V(L), what of it is within a latent, and what within a latent on one token.
    let terms (result: LayerVarianceResult) =
        let names = Labels [| "all activations"; "within a latent"; "within a latent on one token" |]
        [ for name, found in decompositions result -> Points(Figure.estimates name names [ found.Total; found.WithinLatent; found.WithinToken ]) ]
        |> Figure.create
            $"On one token a latent keeps {Table.text (Cell.Percent result.ByPair.WithinTokenShare.Mean)} of the variance over layers that it has over the whole text"
            ("", "variance of the layer (layers²)")
        |> Figure.logY
        |> Figure.height 340
        |> Figure.named "layer-variance-terms"
        |> Figure.caption $"{intervals result} {weights}"

    let private shuffled (what: string) (label: string) (found: NullDistribution) =
        let low, high = min found.Observed (Seq.min found.Values), max found.Observed (Seq.max found.Values)
        let margin = max 1e-6 (0.06 * (high - low))
        Figure.histogram what label 60 (low - margin, high + margin) found.Values
        |> Figure.referenceX found.Observed "observed"

    /// The shares as they would be if layers meant nothing.
    let nulls (result: LayerVarianceResult) =
        let found = result.Null
        [ shuffled "within a latent, of the total" "share" found.WithinLatentShare
          shuffled "on one token, of the total" "share" found.TokenShareOfTotal
          shuffled "on one token, of within a latent" "share" found.WithinTokenShare ]
        |> Figure.multiples "The shares with the layers of each token shuffled, and as observed" 3
        |> Figure.height 300
        |> Figure.named "layer-variance-null"
        |> Figure.caption (
            $"Bars: {found.Permutations} shuffles of the layer labels of each of {found.Tokens:N0} tokens, the same for all its latents; lines: observed on the same tokens. Weighted by activation. "
            + "p that a shuffle is as small: "
            + System.String.Join(", ", [ for d in [ found.WithinLatentShare; found.TokenShareOfTotal; found.WithinTokenShare ] -> Table.format d.PValue ]) + ".")

    /// Every term and share, with intervals.
    let table (result: LayerVarianceResult) =
        [ for name, found in decompositions result ->
              [ Cell.Text name; Cell.Interval found.Total; Cell.Interval found.WithinLatent; Cell.Interval found.WithinToken
                Cell.Interval found.WithinLatentShare; Cell.Interval found.WithinTokenShare; Cell.Interval found.TokenShareOfTotal ] ]
        |> Table.create "The variance of the layer"
            [ "weights"; "total"; "within a latent"; "on one token"; "within a latent / total"; "on one token / within a latent"; "on one token / total" ]
        |> Table.caption $"In layers², and shares of it. In brackets 95 %% bootstrap intervals. {intervals result} Shares as published are means of each sequence's."

    let private times (share: Estimate) =
        let inverse (value: System.Nullable<float>) = if value.HasValue then System.Nullable(1.0 / value.Value) else value
        Table.text (Cell.Interval(Estimate(1.0 / share.Mean, inverse share.High, inverse share.Low, share.N)))

    /// The paper's headline with our numbers.
    let findings (result: LayerVarianceResult) =
        [ $"Over the whole text a latent's activations vary over layers {times result.Published.WithinTokenShare} times as much as on a single token, as the published code computes it (Lawson et al. 2024 report about two orders of magnitude); normalised it is {times result.ByPair.WithinTokenShare} times with active pairs weighted equally, and {times result.ByMass.WithinTokenShare} times with pairs weighted by activation."
          $"Of the variance of the layer over all activations, {Table.text (Cell.PercentInterval result.ByPair.WithinLatentShare)} lies within latents and {Table.text (Cell.PercentInterval result.ByPair.TokenShareOfTotal)} within one latent on one token (pairs weighted equally)." ]
        @ match Option.ofObj result.Null with
          | None -> []
          | Some found ->
              [ $"If layers meant nothing, latents would hold {Table.text (Cell.Percent found.WithinLatentShare.Mean)} of the variance instead of {Table.text (Cell.Percent found.WithinLatentShare.Observed)}, and one token {Table.text (Cell.Percent found.TokenShareOfTotal.Mean)} instead of {Table.text (Cell.Percent found.TokenShareOfTotal.Observed)} (weighted by activation; p = {Table.format found.WithinLatentShare.PValue} and {Table.format found.TokenShareOfTotal.PValue}, {found.Permutations} shuffles)." ]

    /// The answer: sentences, figures, table.
    let section (result: LayerVarianceResult) : Section =
        { Title = "The variance of the layer"
          Blocks =
            [ for sentence in findings result -> Block.Paragraph sentence ]
            @ [ Block.Drawing(terms result) ]
            @ (if isNull result.Null then [] else [ Block.Drawing(nulls result) ])
            @ [ Block.Tabular(table result) ] }
