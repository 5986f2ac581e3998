namespace Mlsae.Scripting

open Mlsae.Analysis

/// What the latents of a dictionary are like: how often they fire, how their values spread, where their directions lie.
[<RequireQualifiedAccess>]
module Latents =

    /// How many latents fire how often, over all layers.
    let densities (statistics: LatentStatistics) =
        let densities = statistics.Overall.Densities
        let bins = [ for edge in Seq.take densities.Counts.Count densities.Log10Edges -> Table.format edge ]
        let ultralow =
            if densities.Ultralow.HasValue then
                $"{densities.Ultralow.Value:N0} fired on a smaller share of tokens than {Table.format densities.UltralowBelow}."
            else
                $"The smallest share that shows is 1/tokens = {Table.format densities.SmallestDensity}, so an ultralow cluster would not."
        Figure.bar
            $"{statistics.Overall.Fired:N0} of {statistics.Overall.Latents:N0} latents fired, {statistics.Overall.Alive:N0} of them on more than {FeatureDensity.AliveAbove} tokens"
            ("log10 of the share of tokens (lower edge of the bin)", "latents") bins
            [ "latents", [| for count in densities.Counts -> float count |] ]
        |> Figure.height 300
        |> Figure.named "latent-densities"
        |> Figure.caption $"A latent fires on a token where it is not 0 at any layer. {statistics.Tokens:N0} tokens; {densities.NeverFired:N0} latents never fired. {ultralow}"

    let private tableOf title columns (statistics: LatentStatistics) =
        let row (latents: LatentEvaluation) = Cell.Code latents.Hook :: [ for _, cell in columns -> cell latents ]
        Table.create title ("layer" :: List.map fst columns) (Seq.append (Seq.map row statistics.Layers) [ row statistics.Overall ])

    let private metric cell name (latents: LatentEvaluation) = cell latents.Metrics[name]

    let private intervals (statistics: LatentStatistics) = $"In brackets: 95 %% bootstrap intervals over latents, seed {statistics.Seed}. "

    /// How often the latents of every layer fire, and how their values spread, with intervals.
    let table (statistics: LatentStatistics) =
        statistics
        |> tableOf "Activity of the latents"
            [ "latents", (fun latents -> Cell.Count(int64 latents.Latents)); "never fired", metric Cell.PercentInterval "dead_fraction_bricken"
              "alive", metric Cell.PercentInterval "alive_fraction"; "density over 1 %", metric Cell.PercentInterval "freq_over_1_percent"
              "over 10 %", metric Cell.PercentInterval "freq_over_10_percent"; "skew", metric Cell.Interval "moment_skew"; "kurtosis", metric Cell.Interval "moment_kurtosis" ]
        |> Table.caption (
            intervals statistics + $"Alive: fired on more than {FeatureDensity.AliveAbove} of {statistics.Tokens:N0} tokens. Skew and kurtosis are means over latents that fired, about zero. "
            + "The numbers of every latent are in analysis/feature-density.")

    /// Where the directions of the latents lie among each other, with intervals.
    let directions (statistics: LatentStatistics) =
        statistics
        |> tableOf "Directions of the latents"
            [ "MMCS", metric Cell.Interval "mmcs"; "capacity", metric Cell.Interval "capacity"; "neurons per feature", metric Cell.Interval "neurons_per_feature" ]
        |> Table.caption (intervals statistics + "Means over all latents, dead ones too: the largest cosine with another direction, the share of a dimension, the dimensions that a direction spreads over.")

    let private pointsOf (distributions: LayerDistributions) (fired: int64[]) =
        [| for latent in distributions.Latents() do
               if not latent.IsDead && fired[latent.Latent] > 0L then
                   latent, float fired[latent.Latent] / float distributions.Tokens |]

    /// How often a latent fires against how strongly and where in depth it is active.
    let againstDensity (distributions: LayerDistributions) (fired: int64[]) =
        let points = pointsOf distributions fired
        let hover = [| for latent, density in points -> $"latent {latent.Latent}: density {Table.format density}, mean {Table.format latent.Mean}, mean layer {latent.LayerMean:F2}" |]
        [ Figure.cloud "How strongly" ("share of tokens", "mean activation where active") "mean layer" [ for latent, density in points -> density, latent.Mean, latent.LayerMean ]
          |> Figure.hover hover |> Figure.logY
          Figure.cloud "Where in depth" ("share of tokens", "mean layer") "mean layer" [ for latent, density in points -> density, latent.LayerMean, latent.LayerMean ]
          |> Figure.hover hover ]
        |> Figure.multiples "Do latents that fire often differ in strength or depth?" 2
        |> Figure.logX
        |> Figure.height 360
        |> Figure.named "density-strength-and-depth"
        |> Figure.caption (
            let density = points |> Array.map (snd >> log10)
            let strength = Stats.spearman 0UL density (points |> Array.map (fun (latent, _) -> latent.Mean))
            let depth = Stats.spearman 0UL density (points |> Array.map (fun (latent, _) -> latent.LayerMean))
            $"n = {points.Length:N0} latents. Spearman's correlation of density with mean activation {Table.text (Cell.Interval strength)}, with mean layer {Table.text (Cell.Interval depth)}.")

    /// How often latents are active at each layer.
    let byLayer (distributions: LayerDistributions) =
        let edges = [| -6.0 .. 0.25 .. 0.0 |]
        let ofLayer layer =
            let counts = Array.zeroCreate<float> (edges.Length - 1)
            for latent in 0 .. distributions.LatentCount - 1 do
                let count = distributions.Counts[layer * distributions.LatentCount + latent]
                if count > 0L then
                    let place = log10 (float count / float distributions.Tokens)
                    let bin = int ((place - edges[0]) / 0.25) |> max 0 |> min (counts.Length - 1)
                    counts[bin] <- counts[bin] + 1.0
            [ for bin in 0 .. counts.Length - 1 -> 10.0 ** (edges[bin] + 0.125), counts[bin] ]
        [ for layer in 0 .. distributions.LayerCount - 1 -> $"layer {layer}", ofLayer layer ]
        |> List.map (fun (name, points) -> name, points |> List.skipWhile (fun (x, _) -> x < 0.5 / float distributions.Tokens))
        |> Figure.line "How often latents are active at each layer" ("share of tokens", "latents, a quarter of a decade")
        |> Figure.logX
        |> Figure.fromZero
        |> Figure.height 320
        |> Figure.named "density-by-layer"
        |> Figure.caption $"n = {distributions.LatentCount:N0} latents, {distributions.Tokens:N0} tokens. A latent that is not active at a layer is in no bin of it."

    /// In sentences.
    let findings (statistics: LatentStatistics) =
        let overall = statistics.Overall
        let percent name = Table.text (Cell.PercentInterval overall.Metrics[name])
        let density, frequent = percent "density", percent "freq_over_1_percent"
        [ $"{overall.Densities.NeverFired:N0} of {overall.Latents:N0} latents never fired on {statistics.Tokens:N0} tokens; {overall.Alive:N0} fired on more than {FeatureDensity.AliveAbove}."
          $"A latent that fires does so on {density} of tokens on average; {frequent} of latents fire on more than 1 %%." ]

    /// The answer: sentences, figures, tables.
    let section (statistics: LatentStatistics) (against: (LayerDistributions * int64[]) option) : Section =
        { Title = "What the latents are like"
          Blocks =
            [ for sentence in findings statistics -> Block.Paragraph sentence ]
            @ [ Block.Drawing(densities statistics) ]
            @ (match against with
               | Some(distributions, fired) -> [ Block.Drawing(againstDensity distributions fired); Block.Drawing(byLayer distributions) ]
               | None -> [])
            @ [ Block.Tabular(table statistics); Block.Tabular(directions statistics) ] }
