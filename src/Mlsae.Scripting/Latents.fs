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
            + "The numbers of every latent are in analysis/latents.")

    /// Where the directions of the latents lie among each other, with intervals.
    let directions (statistics: LatentStatistics) =
        statistics
        |> tableOf "Directions of the latents"
            [ "MMCS", metric Cell.Interval "mmcs"; "capacity", metric Cell.Interval "capacity"; "neurons per feature", metric Cell.Interval "neurons_per_feature" ]
        |> Table.caption (intervals statistics + "Means over all latents, dead ones too: the largest cosine with another direction, the share of a dimension, the dimensions that a direction spreads over.")
