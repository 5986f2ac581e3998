namespace Mlsae.Scripting

open System
open Mlsae.Analysis
open Mlsae.Metrics

/// How alike the vectors of layers are: the analysis adjacent-cosine.
[<RequireQualifiedAccess>]
module Similarity =

    let private over (result: LayerSimilarityResult) = $"{result.Tokens:N0} tokens; intervals are over n = {result.Sequences:N0} sequences."

    let private matrix title (choose: LayerPairSimilarity -> Estimate) (result: LayerSimilarityResult) =
        let layers = [| for layer in 0 .. result.LayerCount - 1 -> float layer |]
        let cell a b =
            if a = b then 1.0
            else (result.Pairs |> Seq.find (fun pair -> pair.A = min a b && pair.B = max a b) |> choose).Mean
        Figure.heatMap title ("layer", "layer") (Numbers layers) (Numbers layers) "mean cosine"
            [| for a in 0 .. result.LayerCount - 1 -> [| for b in 0 .. result.LayerCount - 1 -> cell a b |] |]

    /// Every pair of layers, centred and not.
    let matrices (result: LayerSimilarityResult) =
        [ matrix "less the layers' means" _.Centred result; matrix "as they are" _.Raw result ]
        |> Figure.multiples "Cosine similarity of a token's vectors at two layers" 2
        |> Figure.colourRange 0.0 1.0
        |> Figure.height 380
        |> Figure.named "layer-cosines"
        |> Figure.caption $"Mean over {over result}"

    let private neighbours (result: LayerSimilarityResult) = result.Pairs |> Seq.filter (fun pair -> pair.B = pair.A + 1) |> Array.ofSeq

    /// Neighbouring layers, with intervals.
    let adjacent (result: LayerSimilarityResult) =
        let pairs = neighbours result
        let x = Labels [| for pair in pairs -> $"{pair.A} and {pair.B}" |]
        [ Points(Figure.estimates "less the layers' means" x [ for pair in pairs -> pair.Centred ])
          Points(Figure.estimates "as they are" x [ for pair in pairs -> pair.Raw ]) ]
        |> Figure.create $"Neighbouring layers have a mean cosine of {Table.format result.AdjacentCentred.Mean}, less their means" ("layers", "mean cosine")
        |> Figure.height 300
        |> Figure.named "adjacent-cosines"
        |> Figure.caption (over result)

    /// Several models or dictionaries, by name: the cosine of neighbouring layers against the share of latents at several layers, over the text and on one token.
    let across (found: (string * LayerSimilarityResult * LayerStatistics) list) =
        let points (name: string) (choose: LayerStatistics -> Estimate) =
            let places = [| for _, similarity, statistics in found -> similarity.AdjacentCentred.Mean, choose statistics |]
            Points
                { Figure.estimates name (Numbers(Array.map fst places)) (Array.map snd places) with
                    Hover = [| for run, similarity, statistics in found -> $"{run}: cosine {Table.format similarity.AdjacentCentred.Mean}, {Table.text (Cell.PercentInterval(choose statistics))}" |] }
        let n, names = List.length found, String.Join(", ", [ for name, _, _ in found -> name ])
        [ points "latents, over the whole text" _.ShareAtSeveralLayers; points "(token, latent) pairs, on one token" _.SharePairsAtSeveralLayers ]
        |> Figure.create "Where layers are more alike, are more latents active at several?" ("mean cosine of neighbouring layers, less their means", "share at several layers")
        |> Figure.rangeX 0.0 1.02
        |> Figure.rangeY 0.0 1.05
        |> Figure.height 320
        |> Figure.named "cosines-and-shares"
        |> Figure.caption (
            (if n = 1 then "One run; give the script several, of models of different size, to see whether they go together. " else $"n = {n} runs: {names}. ")
            + "Whiskers: 95 % intervals over latents, and over sequences.")

    /// Every pair with its spread.
    let table (result: LayerSimilarityResult) =
        [ for pair in result.Pairs ->
              [ Cell.Text $"{pair.A} and {pair.B}"; Cell.Interval pair.Centred; Cell.Number pair.CentredStd; Cell.Interval pair.Raw; Cell.Number pair.RawStd ] ]
        |> Table.create "Pairs of layers" [ "layers"; "cosine, centred"; "its standard deviation"; "cosine as they are"; "its standard deviation" ]
        |> Table.caption $"Standard deviations are over tokens. {over result}"

    /// In sentences.
    let findings (result: LayerSimilarityResult) =
        let least = neighbours result |> Array.minBy _.Centred.Mean
        [ $"The vectors of neighbouring layers have a mean cosine of {Table.text (Cell.Interval result.AdjacentCentred)} less the layers' means, and of {Table.text (Cell.Interval result.AdjacentRaw)} as they are ({over result})"
          $"The least alike neighbours are layers {least.A} and {least.B}: {Table.text (Cell.Interval least.Centred)}." ]

    /// The answer: sentences, figures, table.
    let section (result: LayerSimilarityResult) : Section =
        { Title = "How alike layers are"
          Blocks = [ for sentence in findings result -> Block.Paragraph sentence ] @ [ Block.Drawing(matrices result); Block.Drawing(adjacent result); Block.Tabular(table result) ] }
