namespace Mlsae.Scripting

open System
open System.IO
open Mlsae.Pipelines.Comparisons
open Mlsae.Storage

/// The page of a comparison: the question, the budgets, the verdicts, and what they rest on.
[<RequireQualifiedAccess>]
module ComparisonReport =

    let private section title blocks : Section = { Title = title; Blocks = blocks }

    let private compared = [ "fvu"; "delta_ce"; "kl" ]

    let private withConcepts (point: PointComparison) =
        if isNull (point.Row("per-layer", "concept_f1", Nullable())) then compared else compared @ [ "concept_f1" ]

    let private answer (point: PointComparison) (arm: ArmBudget) =
        let rows = point.Rows |> Seq.filter (fun row -> row.Against = arm.Name && not row.Layer.HasValue && row.Verdict.HasValue) |> List.ofSeq
        let named verdict =
            match [ for row in rows do if row.Verdict.Value = verdict then (ComparedMetric.Named row.Metric).Title ] with
            | [] -> "none"
            | titles -> String.concat ", " titles
        $"Over all layers (k = {point.Point.K}, n = {point.Point.LatentCount:N0}), the MLSAE against {arm.Name}: better in {named Verdict.Better}; worse in {named Verdict.Worse}; no difference shown in {named Verdict.NoDifferenceShown}."
        + (point.UnequalL0 arm.Name |> Option.ofObj |> Option.map (fun sentence -> " " + sentence) |> Option.defaultValue "")

    let private others (result: ComparisonResult) = result.Points[0].Arms |> Seq.tail |> List.ofSeq

    /// In sentences: what is better, worse, or not shown to differ, for each arm and point.
    let findings (result: ComparisonResult) = [ for point in result.Points do for arm in others result -> answer point arm ]

    let private question (result: ComparisonResult) =
        [ Block.Paragraph
              $"With the budget {Budgets.NameOf result.Budget} and equal L0: does one {result.Kind} dictionary for all {result.LayerCount} layers (an MLSAE) do better or worse than one dictionary for each layer?" ]
        @ [ for sentence in findings result -> Block.Paragraph sentence ]
        @ [ Block.Tabular(Comparison.budgetTable result) ]
        |> section "The question, and the answer in short"

    let private verdicts (result: ComparisonResult) =
        [ if result.Points.Count > 1 then
              for arm in others result -> Block.Tabular(Comparison.sweepTable result arm.Name)
          else
              for arm in others result -> Block.Tabular(Comparison.verdictTable result result.Points[0] arm) ]
        |> section "Verdicts"

    let private frontier (result: ComparisonResult) =
        section "The frontier" [ Block.Columns [ for metric in [ "fvu"; "delta_ce" ] -> Block.Drawing(Comparison.frontier result metric) ] ]

    let private figures (result: ComparisonResult) =
        if result.Points.Count > 1 then
            [ frontier result ]
        else
            let point = result.Points[0]
            let metrics = withConcepts point
            [ section "Both arms by layer" [ Block.Columns [ for metric in metrics -> Block.Drawing(Comparison.byLayer result point metric) ] ]
              section "Differences by layer"
                  [ for arm in others result -> Block.Columns [ for metric in metrics -> Block.Drawing(Comparison.differences result point arm metric) ] ]
              section "Seeds and directions"
                  [ Block.Tabular(Comparison.seedTable result point); Block.Drawing(Comparison.matches result point); Block.Tabular(Comparison.matchTable result point) ] ]

    /// The figures and verdicts without what they rest on: what a script shows.
    let blocks (result: ComparisonResult) =
        let drawn = (figures result @ (if result.Points.Count > 1 then [] else [ frontier result ])) |> List.collect _.Blocks
        (drawn |> List.filter (function Block.Tabular _ -> false | _ -> true)) @ (verdicts result).Blocks

    let private training (run: RunFolder) result =
        match (if File.Exists run.MetricsPath then Training.read run.MetricsPath else [||]) with
        | [||] -> []
        | steps -> [ section "Training" [ Block.Drawing(Comparison.training result steps) ] ]

    let private caveats (result: ComparisonResult) =
        [ "All dictionaries were trained with the same learning rate, batch and AuxK; these were tuned for neither arm. A step of the MLSAE holds the vectors of all layers, one of a per-layer dictionary those of its own."
          $"Seeds differ in the initial weights alone: {result.Seeds} of each arm, no two dictionaries with the same. The spread between few seeds is understated by a bootstrap, by (S - 1) / S of its variance for S seeds; with one it is not seen at all."
          "No difference shown says that the interval holds 0, not that the arms are equal."
          $"A latent counts as dead that was never active on these {result.Tokens:N0} tokens; rare latents are among them."
          "Concept scores give an MLSAE's latent a chance at every layer; a per-layer latent is active at one layer only. In a layer's own row each arm has that layer's latents alone."
          "This is one model and one kind of text. Another may answer otherwise." ]
        |> List.map Block.Paragraph
        |> section "What this does not show"

    let private missing (run: RunFolder) =
        [ section "The question, and the answer in short" [ Block.Missing("This comparison is not measured yet.", $"mlsae compare --resume {run.Path}") ] ]

    /// The sections of a comparison's page.
    let sections (run: RunFolder) =
        if not (File.Exists(DictionaryComparison.PathOf run)) then
            missing run
        else
            let result = DictionaryComparison.Read run
            [ question result; verdicts result ] @ figures result @ training run result @ [ caveats result ]

    /// What the page is called.
    let title (run: RunFolder) = $"One dictionary for all layers, or one for each? Run '{DirectoryInfo(run.Path).Name}'"
