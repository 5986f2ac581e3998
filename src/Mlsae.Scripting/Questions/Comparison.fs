namespace Mlsae.Scripting

open System
open Mlsae.Metrics
open Mlsae.Pipelines.Comparisons

/// Tables and figures of a comparison at equal budget.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Comparison =

    let private shareMetrics = set [ ComparedMetric.Named("concept_share").Name; DeadLatents.Name ]

    let private value metric (estimate: Estimate) =
        if shareMetrics.Contains metric then Cell.PercentInterval estimate else Cell.Interval estimate

    let private layer (row: ComparisonRow) = if row.Layer.HasValue then string row.Layer.Value else "all"

    let private named (metric: string) = ComparedMetric.Named metric

    /// What a metric is called, with its unit where it has one.
    let label metric =
        let metric = named metric
        if metric.Unit = "1" then metric.Title else $"{metric.Title} ({metric.Unit})"

    /// How intervals were made, and over what.
    let intervals (result: ComparisonResult) (row: ComparisonRow) =
        let units = (named row.Metric).Units
        let count = if row.Mlsae.N = row.Other.N then $"{row.Mlsae.N:N0} {units}" else $"{row.Mlsae.N:N0} and {row.Other.N:N0} {units}"
        $"95 %% paired bootstrap intervals over n = {result.Seeds} seeds and n = {count}"

    let private arms (point: PointComparison) = point.Arms |> Seq.tail |> List.ofSeq

    /// What each arm was given, and the L0 that it was measured to have.
    let budgetTable (result: ComparisonResult) =
        let row (point: PointComparison) (arm: ArmBudget) =
            let l0 (against: string) = point.Row(against, "l0", Nullable())
            let measured = if arm.Name = "mlsae" then (l0 (arms point).Head.Name).Mlsae else (l0 arm.Name).Other
            [ Cell.Text arm.Name; Cell.Count(int64 point.Point.K); Cell.Count(int64 arm.Dictionaries); Cell.Count(int64 arm.LatentsPerDictionary)
              Cell.Count(int64 arm.TotalLatents); Cell.Count arm.Parameters; Cell.Count arm.Tokens; Cell.Count arm.VectorsPerDictionary
              Cell.Number(arm.EncoderFlops / 1e12); Cell.Interval measured ]
        let rounding = [ for point in result.Points do for arm in point.Arms do if not (isNull arm.Rounding) then $"{arm.Name}: {arm.Rounding}." ]
        [ for point in result.Points do for arm in point.Arms -> row point arm ]
        |> Table.create "What each arm was given, for each seed"
               [ "arm"; "k"; "dictionaries"; "latents each"; "latents in all"; "parameters"; "tokens"; "vectors each"; "encoder TFLOP"; "measured L0" ]
        |> Table.caption (
            $"Budget {Budgets.NameOf result.Budget}. {Budgets.RuleOf result.Budget} {String.Join(' ', List.distinct rounding)} A token has a vector for each of {result.LayerCount} layers; "
            + "encoder TFLOP are those of the encoder's product over the whole training. L0 is latents a vector, mean over layers and seeds.")

    let private verdict (verdict: Nullable<Verdict>) = if verdict.HasValue then Verdicts.NameOf verdict.Value else "check"

    let private verdictRow (row: ComparisonRow) =
        [ Cell.Text (named row.Metric).Title; Cell.Text(layer row); value row.Metric row.Mlsae; value row.Metric row.Other; value row.Metric row.Difference
          Cell.Text(verdict row.Verdict); Cell.Text(verdict row.FamilyVerdict) ]

    let private verdictColumns (arm: string) =
        [ "metric"; "layer"; "mlsae"; arm; "difference"; "verdict for the MLSAE"; "all verdicts together" ]

    let private verdictCaption (result: ComparisonResult) =
        $"Values are means over {result.Seeds} seeds. The difference is the other arm less the MLSAE. In brackets: 95 %% bootstrap intervals, paired: each of 10,000 resamples draws seeds and units with "
        + "replacement, the same for both arms (units are sequences, or concepts; for dead latents each arm's own latents). A verdict says better or worse where the interval lies on one side of 0. "
        + $"Each is by itself and uncorrected: of {result.FamilySize} verdicts at 95 %% about {0.05 * float result.FamilySize:F1} would be wrong by chance. The last column asks all {result.FamilySize} to hold together (Bonferroni). "
        + "Rows named check have no better side: L0 is meant to be equal, and an MLSAE's latents that live at other layers are not active at this one."

    /// A row for each metric and layer of one arm.
    let verdictTable (result: ComparisonResult) (point: PointComparison) (arm: ArmBudget) =
        point.Rows
        |> Seq.filter (fun row -> row.Against = arm.Name)
        |> Seq.map verdictRow
        |> Table.create $"Verdicts: the MLSAE against {arm.Name}" (verdictColumns arm.Name)
        |> Table.caption (verdictCaption result)

    /// The rows of all layers of every point of a sweep.
    let sweepTable (result: ComparisonResult) (arm: string) =
        [ for point in result.Points do
              for row in point.Rows do
                  if row.Against = arm && not row.Layer.HasValue then
                      Cell.Count(int64 point.Point.K) :: Cell.Count(int64 point.Point.LatentCount) :: verdictRow row ]
        |> Table.create $"Verdicts at every point: the MLSAE against {arm}" ("k" :: "n" :: verdictColumns arm)
        |> Table.caption (verdictCaption result)

    /// The values of each seed, over all layers.
    let seedTable (result: ComparisonResult) (point: PointComparison) =
        let row metric arm (values: float seq) = Cell.Text (named metric).Title :: Cell.Text arm :: [ for value in values -> Cell.Number value ]
        [ for metric in ComparedMetric.All do
              let rows = [ for arm in arms point -> arm.Name, point.Row(arm.Name, metric.Name, Nullable()) ] |> List.filter (fun (_, row) -> not (isNull row))
              if not rows.IsEmpty then
                  yield row metric.Name "mlsae" (snd rows.Head).MlsaeBySeed
                  for name, found in rows do
                      yield row metric.Name name found.OtherBySeed ]
        |> Table.create "Each seed by itself" ([ "metric"; "arm" ] @ [ for seed in 0 .. result.Seeds - 1 -> $"seed {seed}" ])
        |> Table.caption "Over all layers. Seeds are of the initial weights; all dictionaries saw the same vectors in the same order."

    let private rowsByLayer (point: PointComparison) arm metric =
        point.Rows |> Seq.filter (fun row -> row.Against = arm && row.Metric = metric) |> Array.ofSeq

    let private places (rows: ComparisonRow[]) = Labels(rows |> Array.map layer)

    /// Both arms at every layer, and over all.
    let byLayer (result: ComparisonResult) (point: PointComparison) metric =
        let of' (arm: ArmBudget) = rowsByLayer point arm.Name metric
        let first = of' (arms point).Head
        let overall = first[0]
        Bars(Figure.estimates "mlsae" (places first) (first |> Array.map _.Mlsae))
        :: [ for arm in arms point -> Bars(Figure.estimates arm.Name (places (of' arm)) (of' arm |> Array.map _.Other)) ]
        |> Figure.create $"{(named metric).Title}: {Table.format overall.Mlsae.Mean} for the MLSAE, {Table.format overall.Other.Mean} {(arms point).Head.Name}, over all layers" ("layer", label metric)
        |> Figure.height 320
        |> Figure.named $"comparison-{metric}"
        |> Figure.caption $"Bars: means over seeds. Whiskers: {intervals result overall}. {(named metric).Definition}."

    /// The difference at every layer, and over all: what lies on one side of 0 is shown.
    let differences (result: ComparisonResult) (point: PointComparison) (arm: ArmBudget) metric =
        let rows = rowsByLayer point arm.Name metric
        let better = if (named metric).LowerIsBetter.GetValueOrDefault() then "Above 0 the MLSAE is better" else "Below 0 the MLSAE is better"
        [ Points(Figure.estimates "" (places rows) (rows |> Array.map _.Difference)) ]
        |> Figure.create $"{(named metric).Title}: the MLSAE is {verdict rows[0].Verdict} over all layers" ("layer", (if (named metric).Unit = "1" then "difference" else $"difference ({(named metric).Unit})"))
        |> Figure.fromZero
        |> Figure.height 300
        |> Figure.named $"difference-{arm.Name}-{metric}"
        |> Figure.caption $"{better}. Points: {arm.Name} less mlsae, means over seeds. Whiskers: {intervals result rows[0]}; one that does not reach 0 is a verdict."

    let private frontierSeries metric (result: ComparisonResult) =
        let groups = result.Points |> Seq.groupBy _.Point.LatentCount |> List.ofSeq
        [ for latents, points in groups do
              let points = points |> Seq.sortBy _.Point.K |> Array.ofSeq
              let series (name: string) (choose: ComparisonRow -> Estimate) against =
                  let row metric (point: PointComparison) = choose (point.Row(against, metric, Nullable()))
                  let x = points |> Array.map (fun point -> (row "l0" point).Mean)
                  Figure.estimates $"{name}, n = {latents:N0}" (Numbers x) (points |> Array.map (row metric))
              let others = arms points[0]
              yield series "mlsae" _.Mlsae others.Head.Name
              for arm in others do
                  yield series arm.Name _.Other arm.Name ]

    /// A metric against L0, a curve for each arm and number of latents.
    let frontier (result: ComparisonResult) metric =
        let series = frontierSeries metric result
        let isCurve = series |> List.exists (fun s -> s.Y.Length > 1)
        series
        |> List.map (if isCurve then Line else Points)
        |> Figure.create $"{(named metric).Title} against L0" ("L0 (active latents a vector), measured", label metric)
        |> Figure.fromZero
        |> Figure.height 460
        |> Figure.named $"frontier-{metric}"
        |> Figure.caption (
            $"Means over layers and seeds; n is the latents of the MLSAE, the other arms have what budget {Budgets.NameOf result.Budget} gives. "
            + $"""{(if isCurve then "Bands" else "Whiskers")}: {intervals result (result.Points[0].Rows[0])}.""")

    /// How the directions of both arms meet.
    let matchTable (result: ComparisonResult) (point: PointComparison) =
        [ for matched in point.Matches -> [ Cell.Text(string matched.Layer); Cell.Number matched.MeanMaxCosine; Cell.Percent matched.ShareOfBestMatches ] ]
        |> Table.create "Directions of the per-layer dictionaries in the MLSAE" [ "layer"; "MMCS with the MLSAE"; "MLSAE latents whose nearest is here" ]
        |> Table.caption (
            $"MMCS: mean over a layer's latents of the largest cosine of its decoder direction with one of the MLSAE's. The last column: share of the MLSAE's latents whose nearest direction among all "
            + $"per-layer ones is of this layer. Means over n = {result.Seeds} pairs of seeds; dead latents are counted in.")

    /// Where the directions of both arms meet: how near each layer's come to one of the MLSAE's, and at which layer the MLSAE's find their nearest.
    let matches (result: ComparisonResult) (point: PointComparison) =
        let layers = [ for matched in point.Matches -> string matched.Layer ]
        [ Figure.bar "Nearest direction of the MLSAE" ("layer", "MMCS with the MLSAE") layers [ "", [ for matched in point.Matches -> matched.MeanMaxCosine ] ]
          Figure.bar "Layer of the best match" ("layer", "share of the MLSAE's latents") layers [ "", [ for matched in point.Matches -> matched.ShareOfBestMatches ] ]
          |> Figure.referenceY (1.0 / float result.LayerCount) "equal shares" ]
        |> Figure.multiples "Where the directions of per-layer dictionaries and the MLSAE meet" 2
        |> Figure.height 320
        |> Figure.named "comparison-matches"
        |> Figure.caption (
            "Left: mean over a layer's latents of the largest cosine of its decoder direction with one of the MLSAE's. Right: share of the MLSAE's latents whose nearest direction among all per-layer ones is of that layer. "
            + $"Means over n = {result.Seeds} pairs of seeds; dead latents are counted in.")

    /// FVU in training: mean over seeds, with the range over seeds.
    let training (result: ComparisonResult) (steps: TrainingStep[]) =
        let curve (point: PointComparison) (arm: ArmBudget) =
            let prefix = if result.Points.Count > 1 then $"{point.Point.Name}.{arm.Name}.seed" else $"{arm.Name}.seed"
            let byTokens = steps |> Array.filter (fun step -> step.Dictionary.StartsWith prefix) |> Array.groupBy _.Tokens |> Array.sortBy fst
            let values choose = byTokens |> Array.map (fun (_, at) -> choose (at |> Array.map _.Fvu))
            Line
                { Figure.series (if result.Points.Count > 1 then $"{arm.Name}, {point.Point.Name}" else arm.Name) [] with
                    X = Numbers(byTokens |> Array.map (fst >> float)); Y = values Array.average; Low = values Array.min; High = values Array.max }
        [ for point in result.Points do for arm in point.Arms -> curve point arm ]
        |> Figure.create "FVU of the batches in training" ("tokens trained on", "FVU")
        |> Figure.logY
        |> Figure.named "comparison-training"
        |> Figure.caption $"Lines: mean over layers and over n = {result.Seeds} seeds of the step's batch, before its update. Bands: the range over seeds. All arms read the same vectors in the same order."
