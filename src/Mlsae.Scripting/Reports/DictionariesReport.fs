namespace Mlsae.Scripting

open System.IO
open Mlsae.Analysis
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Storage

/// The report of a run in which several dictionaries were trained side by side: one beside the other, on the same text.
[<RequireQualifiedAccess>]
module DictionariesReport =

    let private section title blocks : Section = { Title = title; Blocks = blocks }

    let private names (run: RunFolder) = [ for plan in (DictionaryRun.Config run).Dictionaries -> plan.Name ]

    /// What an analysis left of each dictionary that has it.
    let private read<'a> (run: RunFolder) analysis file =
        [ for name in names run do
              let path = Path.Combine(run.AnalysisPath analysis, name, file)
              if File.Exists path then name, JsonFile.Read<'a> path ]

    let private missing (run: RunFolder) = [ Block.Missing("The dictionaries were not evaluated on held-out text.", $"mlsae evaluate {run.Path}") ]

    let private training (run: RunFolder) =
        match (if File.Exists run.MetricsPath then Training.read run.MetricsPath else [||]) with
        | [||] -> [ Block.Missing("This run has logged no training.", $"mlsae train --output {run.Path}") ]
        | steps -> [ Training.sideBySide steps |> List.map Block.Drawing |> Block.Columns ]
        |> section "Training"

    let private metrics =
        [ "fvu", "FVU"; "cosine", "cosine"; "l0", "L0"; "delta_ce", "ΔCE (nats)"; "kl", "KL (nats)"
          "loss_recovered_zero", "loss recovered"; "dead_fraction", "dead" ]

    let private table (results: (string * EvaluationResult) list) =
        let first = snd results.Head
        let measured = metrics |> List.filter (fun (metric, _) -> first.Overall.Metrics.ContainsKey metric)
        Table.create "Means over layers" ("dictionary" :: List.map snd measured)
            [ for name, result in results -> Cell.Code name :: [ for metric, _ in measured -> Cell.Interval result.Overall[metric] ] ]
        |> Table.caption (
            $"In brackets: 95 %% bootstrap intervals over n = {first.Sequences} sequences ({first.Tokens:N0} tokens), the same for all dictionaries. "
            + $"The untouched model's cross-entropy is {Table.format first.ModelCrossEntropy} nats a token. Loss recovered is against zeros.")

    let private byLayer (results: (string * EvaluationResult) list) (metric, label) =
        let first = snd results.Head
        let curve (result: EvaluationResult) = result.Layers |> Seq.mapi (fun layer evaluation -> float layer, evaluation[metric].Mean) |> List.ofSeq
        // One that is far from all others, or exact by construction, would leave nothing to see of them.
        let shown, left = results |> List.map (fun (name, result) -> name, curve result) |> List.partition (snd >> List.forall (fun (_, value) -> value > 1e-4 && value < 4.0))
        let leftOut = if left = [] then "" else " Left out, as they lie far outside: " + String.concat ", " (List.map fst left) + "."
        Figure.line $"{label} by layer" ("layer", label) shown
        |> Figure.logY
        |> Figure.named $"dictionaries-{metric}"
        |> Figure.caption $"n = {first.Sequences} sequences; intervals are in the table above and, by layer, in each dictionary's evaluation.csv. {first.MetricDefinitions[metric]}.{leftOut}"

    let private evaluations (run: RunFolder) =
        match read<EvaluationResult> run "evaluation" "evaluation.json" with
        | [] -> missing run
        | results when (snd results.Head).Layers.Count = 1 -> [ Block.Tabular(table results) ]
        | results -> [ Block.Tabular(table results); [ "fvu", "FVU"; "delta_ce", "ΔCE (nats a token)" ] |> List.map (byLayer results >> Block.Drawing) |> Block.Columns ]
        |> section "Reconstruction"

    let private latents (run: RunFolder) =
        match read<LatentStatistics> run RunAnalyses.FeatureDensity.Name LatentStatisticsFile.FileName with
        | [] -> missing run
        | all ->
            let count (value: System.Nullable<int>) = if value.HasValue then Cell.Count(int64 value.Value) else Cell.Text "not resolvable"
            let row (name, statistics: LatentStatistics) =
                let overall = statistics.Overall
                [ Cell.Code name; Cell.Count(int64 overall.Latents); Cell.Count(int64 overall.Densities.NeverFired); count overall.Densities.Ultralow; Cell.Count(int64 overall.Alive)
                  Cell.PercentInterval overall.Metrics["freq_over_1_percent"]; Cell.Interval overall.Metrics["mmcs"]; Cell.Interval overall.Metrics["moment_kurtosis"] ]
            let tokens = (snd all.Head).Tokens
            [ Table.create "Latents" [ "dictionary"; "latents"; "never fired"; "ultralow"; "alive"; "density over 1 %"; "MMCS"; "kurtosis" ] (List.map row all)
              |> Table.caption $"On {tokens:N0} tokens. Ultralow: density below {Table.format (snd all.Head).Overall.Densities.UltralowBelow}. Alive: fired on more than {FeatureDensity.AliveAbove} tokens. In brackets: 95 %% intervals over latents."
              |> Block.Tabular
              [ for name, statistics in all -> Latents.densities statistics |> Figure.named $"latent-densities-{name}" |> Figure.prefixed $"{name}: " |> Block.Drawing ] |> Block.Columns ]
        |> section "What the latents are like"

    /// Whether a run has several dictionaries.
    let isOf (run: RunFolder) =
        Directory.Exists run.DictionaryPath && not (LayeredDictionary.IsFolder run.DictionaryPath) && Directory.GetDirectories(run.DictionaryPath).Length > 0

    /// The sections of the report.
    let sections (run: RunFolder) =
        let pairs = [ for name in names run do yield! Answers.sectionsOfPairs (fun analysis -> Path.Combine(run.AnalysisPath analysis, name)) ]
        [ evaluations run; latents run ] @ pairs @ [ training run ]

    /// The title of the page.
    let title (run: RunFolder) = $"{(names run).Length} dictionaries side by side: run '{DirectoryInfo(run.Path).Name}'"
