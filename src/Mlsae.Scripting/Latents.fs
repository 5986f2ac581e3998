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
            ("log10 of the share of tokens at which a latent fires (lower edge of the bin)", "latents") bins
            [ "latents", [| for count in densities.Counts -> float count |] ]
        |> Figure.height 300
        |> Figure.named "latent-densities"
        |> Figure.caption $"A latent fires on a token where it is not 0 at any layer. {statistics.Tokens:N0} tokens; {densities.NeverFired:N0} latents never fired. {ultralow}"

    let private columns =
        [ "dead_fraction_bricken", "never fired", Cell.PercentInterval; "alive_fraction", "alive", Cell.PercentInterval; "freq_over_1_percent", "density over 1 %", Cell.PercentInterval
          "freq_over_10_percent", "over 10 %", Cell.PercentInterval; "mmcs", "MMCS", Cell.Interval; "capacity", "capacity", Cell.Interval
          "neurons_per_feature", "neurons per feature", Cell.Interval; "moment_skew", "skew", Cell.Interval; "moment_kurtosis", "kurtosis", Cell.Interval ]

    /// Means over the latents of every layer, with intervals.
    let table (statistics: LatentStatistics) =
        let row (latents: LatentEvaluation) =
            Cell.Code latents.Hook :: Cell.Count(int64 latents.Latents) :: [ for name, _, cell in columns -> cell latents.Metrics[name] ]
        Table.create "Means over the latents of each layer" ("layer" :: "latents" :: [ for _, title, _ in columns -> title ])
            (Seq.append (Seq.map row statistics.Layers) [ row statistics.Overall ])
        |> Table.caption (
            $"In brackets: 95 %% bootstrap intervals over latents, seed {statistics.Seed}. Skew and kurtosis are means over latents that fired, about zero. "
            + "MMCS, capacity and neurons per feature are those of the directions, of all latents. The numbers of every latent are in analysis/latents.")
