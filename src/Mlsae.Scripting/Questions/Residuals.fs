namespace Mlsae.Scripting

open Mlsae.Analysis
open Mlsae.Metrics

/// Norms of the vectors at each layer and the dimensions that dominate their variance: the analysis residual-norms.
[<RequireQualifiedAccess>]
module Residuals =

    let private dimensionsShown = 24

    let private over (result: ResidualStatistics) = $"{result.Tokens:N0} tokens; intervals are over n = {result.Sequences:N0} sequences."

    /// Mean norm, its spread over tokens, and the norm of the mean vector, by layer.
    let norms (result: ResidualStatistics) =
        let x = Numbers [| for layer in 0 .. result.Layers.Count - 1 -> float layer |]
        let ofMean (layer: ResidualLayer) = sqrt (layer.Means |> Seq.sumBy (fun mean -> mean * mean))
        [ Line(Figure.estimates "mean norm" x [ for layer in result.Layers -> layer.Norm ])
          Line(Figure.series "standard deviation of the norm" [ for l, layer in Seq.indexed result.Layers -> float l, layer.NormStd ])
          Line(Figure.series "norm of the mean vector" [ for l, layer in Seq.indexed result.Layers -> float l, ofMean layer ]) ]
        |> Figure.create
            $"The mean norm goes from {Table.format result.Layers[0].Norm.Mean} at the first layer to {Table.format result.Layers[result.Layers.Count - 1].Norm.Mean} at the last"
            ("layer", "L2 norm (the model's units)")
        |> Figure.fromZero
        |> Figure.height 320
        |> Figure.named "residual-norms"
        |> Figure.caption (over result)

    /// Share of a layer's variance that its most varying dimensions have together.
    let cumulative (result: ResidualStatistics) =
        let dimensions = result.Layers[0].Means.Count
        [ for l, layer in Seq.indexed result.Layers -> $"layer {l}", layer.CumulativeShares() |> Array.mapi (fun i share -> float (i + 1), share) ]
        |> Figure.line "How few dimensions hold how much of the variance" ("dimensions, the most varying first", "share of the variance")
        |> Figure.logX
        |> Figure.rangeY 0.0 1.02
        |> Figure.height 320
        |> Figure.named "residual-variance-by-dimensions"
        |> Figure.caption (
            $"Variance over tokens of each of {dimensions} dimensions, about its mean. An even spread would hold k/{dimensions} in k dimensions. Effective dimensions, (Σv)²/Σv²: "
            + System.String.Join(", ", [ for layer in result.Layers -> $"{layer.EffectiveDimensions:F1}" ]) + $", from the first layer. {over result}")

    /// The dimensions that have the largest share at any layer, at every layer.
    let dimensions (result: ResidualStatistics) =
        let share (layer: ResidualLayer) dimension = layer.Variances[dimension] / layer.TotalVariance
        let count = result.Layers[0].Means.Count
        let chosen =
            [ 0 .. count - 1 ] |> List.sortBy (fun d -> -(result.Layers |> Seq.map (fun layer -> share layer d) |> Seq.max), d) |> List.truncate dimensionsShown
        Figure.heatMap "The dimensions that vary most, at every layer" ("dimension", "layer")
            (Labels [| for d in chosen -> string d |]) (Numbers [| for l in 0 .. result.Layers.Count - 1 -> float l |]) "share of variance"
            [| for layer in result.Layers -> [| for d in chosen -> share layer d |] |]
        |> Figure.height (200 + 24 * result.Layers.Count)
        |> Figure.named "residual-dimensions"
        |> Figure.caption $"Ordered by the largest share at any layer; an even spread would give each 1/{count} = {Table.format (1.0 / float count)}. {over result}"

    /// Every outlier dimension of every layer.
    let outliers (result: ResidualStatistics) =
        [ for l, layer in Seq.indexed result.Layers do
              for o in layer.Outliers() do
                  [ Cell.Text(string l); Cell.Text(string o.Dimension); Cell.Percent o.VarianceShare; Cell.Number o.Mean; Cell.Number o.Std; Cell.Number o.Largest ] ]
        |> Table.create "Outlier dimensions" [ "layer"; "dimension"; "share of the variance"; "mean"; "standard deviation"; "largest magnitude" ]
        |> Table.caption $"A dimension is an outlier where its variance is more than {ResidualLayer.OutlierAbove} times that of the layer's median dimension. {over result}"

    /// The table with what a layer's vectors are like as a whole.
    let table (result: ResidualStatistics) =
        [ for l, layer in Seq.indexed result.Layers ->
              [ Cell.Text(string l); Cell.Interval layer.Norm; Cell.Number layer.NormStd; Cell.Percent layer.MeanShare; Cell.Number layer.EffectiveDimensions
                Cell.Count(int64 (layer.Outliers().Count)); Cell.Percent(layer.Outliers() |> Seq.sumBy _.VarianceShare) ] ]
        |> Table.create "Vectors by layer" [ "layer"; "mean norm"; "its standard deviation"; "mean vector, of the mean square"; "effective dimensions"; "outlier dimensions"; "their share of the variance" ]
        |> Table.caption (over result)

    /// In sentences.
    let findings (result: ResidualStatistics) =
        let worst, layer = result.Layers |> Seq.indexed |> Seq.maxBy (fun (_, layer) -> layer.Outliers() |> Seq.sumBy _.VarianceShare)
        let found = layer.Outliers()
        [ $"The mean norm grows from {Table.text (Cell.Interval result.Layers[0].Norm)} at layer 0 to {Table.text (Cell.Interval result.Layers[result.Layers.Count - 1].Norm)} at layer {result.Layers.Count - 1} ({over result})"
          if found.Count = 0 then
              $"No layer has a dimension whose variance is more than {ResidualLayer.OutlierAbove} times the median one's."
          else
              $"At layer {worst}, {found.Count} of {layer.Means.Count} dimensions are outliers and hold {Table.text (Cell.Percent(found |> Seq.sumBy _.VarianceShare))} of the variance, which is as if it were spread over {layer.EffectiveDimensions:F1} dimensions." ]

    /// The answer: sentences, figures, tables.
    let section (result: ResidualStatistics) : Section =
        { Title = "Norms and outlier dimensions"
          Blocks =
            [ for sentence in findings result -> Block.Paragraph sentence ]
            @ [ Block.Drawing(dimensions result); Block.Columns [ Block.Drawing(norms result); Block.Drawing(cumulative result) ]; Block.Tabular(table result) ]
            @ (if result.Layers |> Seq.exists (fun layer -> layer.Outliers().Count > 0) then [ Block.Tabular(outliers result) ] else []) }
