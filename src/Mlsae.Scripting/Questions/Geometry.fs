namespace Mlsae.Scripting

open Mlsae.Analysis
open Mlsae.Pipelines.Analyses

/// How the directions of latents lie: the analysis decoder-geometry.
[<RequireQualifiedAccess>]
module Geometry =

    let private middles bins low high = [| for bin in 0 .. bins - 1 -> low + (float bin + 0.5) * (high - low) / float bins |]

    let private over (result: DecoderGeometryResult) =
        $"n = {result.Directions:N0} latents, {result.DeadLatents:N0} dead ones left out; {result.ModelDim} dimensions."

    /// Cosines of all pairs, beside what directions that point anywhere would have.
    let cosines (result: DecoderGeometryResult) =
        let x = middles PairwiseCosines.CosineBins -1.0 1.0
        let share = Array.map (fun (count: int64) -> float count / float result.Cosines.Pairs) (Array.ofSeq result.Cosines.Counts)
        let shown (values: float seq) = Seq.zip x values |> Seq.filter (fun (_, value) -> value > 0.1 / float result.Cosines.Pairs)
        Figure.line
            $"Pairs of directions have cosines of {Table.format result.Cosines.Mean} ± {Table.format result.Cosines.Std} (standard deviation)"
            ("cosine of two decoder directions", "share of pairs, a bin of 0.01")
            [ "latents", shown share; "directions that point anywhere", shown result.Cosines.IsotropicShares ]
        |> Figure.logY
        |> Figure.height 320
        |> Figure.named "pairwise-cosines"
        |> Figure.caption $"{result.Cosines.Pairs:N0} pairs. Independent directions would have a standard deviation of 1/√d = {Table.format (1.0 / sqrt (float result.ModelDim))}. {over result}"

    /// The largest cosine of each direction with another.
    let largest (maxCosines: float32[]) (result: DecoderGeometryResult) =
        Figure.histogram $"The nearest other direction is at a cosine of {Table.text (Cell.Interval result.Mmcs)} on average" "largest cosine with another latent" 60 (0.0, 1.0) (Seq.map float maxCosines)
        |> Figure.height 320
        |> Figure.named "largest-cosines"
        |> Figure.caption $"MMCS within the dictionary; as the published code takes it, among earlier latents alone: {Table.format result.PublishedMmcs.Mean}. {over result}"

    /// Mean cosine of the pairs whose mean layers lie within a range of distances; NaN where there is none.
    let private meanBetween low high (found: PairwiseCosines) =
        let bins = Seq.zip3 (middles PairwiseCosines.DistanceBins 0.0 (float found.LargestDistance)) found.MeanByDistance found.ByDistance
        let chosen = [ for distance, mean, counts in bins do if distance >= low && distance < high && Seq.sum counts > 0L then mean, float (Seq.sum counts) ]
        (chosen |> List.sumBy (fun (mean, pairs) -> mean * pairs)) / (chosen |> List.sumBy snd)

    let private near (result: DecoderGeometryResult) = meanBetween 0.0 0.5 result.Cosines

    let private far (result: DecoderGeometryResult) = meanBetween (float result.Cosines.LargestDistance / 2.0) infinity result.Cosines

    /// Pairs by the distance of their mean layers and their cosine.
    let layerDistance (result: DecoderGeometryResult) =
        let found = result.Cosines
        let low, high = PairwiseCosines.CosineBins * 35 / 100, PairwiseCosines.CosineBins * 75 / 100
        let counts = [| for bin in low .. high - 1 -> [| for row in found.ByDistance -> row[bin] |] |]
        let cosine bin = -1.0 + 2.0 * float bin / float PairwiseCosines.CosineBins
        let drawn = Figure.counts2d "" ("", "") (0.0, float found.LargestDistance) (cosine low, cosine high) "pairs" counts
        let means = Seq.zip (middles PairwiseCosines.DistanceBins 0.0 (float found.LargestDistance)) found.MeanByDistance |> Array.ofSeq
        drawn.Traces @ [ Line(Figure.series "mean cosine" means) ]
        |> Figure.create
            $"Latents within half a layer of each other have a mean cosine of {Table.format (near result)}, those more than {Table.format (float found.LargestDistance / 2.0)} layers apart of {Table.format (far result)}"
            ("distance of mean layers (layers)", "cosine of decoder directions")
        |> Figure.rangeY (cosine low) (cosine high)
        |> Figure.height 380
        |> Figure.named "layer-distance-and-cosine"
        |> Figure.caption $"{found.Pairs:N0} pairs in {PairwiseCosines.DistanceBins} bins of distance and bins of 0.01 of cosine; pairs with cosines outside the drawing count in the means. {over result}"

    /// The latents that point most nearly to a token.
    let nearestTokens (name: string) (found: TokenNeighbours) =
        [ for latent in found.Examples ->
              let tokens = [ for token, cosine in Seq.zip latent.Tokens latent.Cosines |> Seq.truncate 5 -> $"{token} ({float cosine:F2})" ]
              [ Cell.Text(string latent.Latent); Cell.Code(String.concat "  " tokens) ] ]
        |> Table.create $"Latents nearest to a token's {name}" [ "latent"; "nearest tokens, with their cosines" ]
        |> Table.caption $"The {found.Examples.Count} latents whose direction lies nearest to a token's {name}, of n = {found.Nearest.N:N0}; · is a space. The nearest tokens of every latent are in analysis/decoder-geometry."

    /// In sentences.
    let findings (result: DecoderGeometryResult) =
        let tokens =
            match Option.ofObj result.Embedding, Option.ofObj result.Unembedding with
            | Some embedding, Some unembedding ->
                [ $"The nearest token lies at a mean cosine of {Table.text (Cell.Interval embedding.Nearest)} by embedding and of {Table.text (Cell.Interval unembedding.Nearest)} by unembedding." ]
            | _ -> []
        [ $"The nearest other latent lies at a mean cosine of {Table.text (Cell.Interval result.Mmcs)} ({over result})"
          $"Pairs of latents within half a layer of each other have a mean cosine of {Table.format (near result)}, those more than half of all layers apart of {Table.format (far result)}." ]
        @ tokens

    /// The answer: sentences, figures, and tables of tokens where the vectors are those of the residual stream.
    let section (result: DecoderGeometryResult) (maxCosines: float32[]) : Section =
        let tokens = [ "embedding", result.Embedding; "unembedding", result.Unembedding ]
        { Title = "The directions of latents"
          Blocks =
            [ for sentence in findings result -> Block.Paragraph sentence ]
            @ [ Block.Drawing(layerDistance result); Block.Columns [ Block.Drawing(cosines result); Block.Drawing(largest maxCosines result) ] ]
            @ [ for name, found in tokens do if not (isNull found) then Block.Tabular(nearestTokens name found) ] }
