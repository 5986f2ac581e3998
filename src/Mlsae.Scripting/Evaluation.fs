namespace Mlsae.Scripting

open Mlsae.Metrics

/// What an evaluation on held-out text found, by layer.
[<RequireQualifiedAccess>]
module Evaluation =

    let private caption (result: EvaluationResult) (definition: string) =
        $"Bars: value on all tokens; whiskers: 95 %% bootstrap interval over n = {result.Sequences} sequences "
        + $"({result.Tokens:N0} tokens in all, contexts of {result.ContextLength}). {definition}."

    let private bars title label key (choose: LayerMetrics -> Estimate) (result: EvaluationResult) =
        let layers = Labels [| for layer in 0 .. result.Layers.Count - 1 -> string layer |]
        let definition = match result.MetricDefinitions.TryGetValue key with | true, text -> text | _ -> key
        Figure.create title ("layer", label) [ Bars(Figure.estimates "" layers (Seq.map choose result.Layers)) ]
        |> Figure.height 300
        |> Figure.named $"evaluation-{key}"
        |> Figure.caption (caption result definition)

    /// FVU, L0, dead latents, and the rise in cross-entropy by layer.
    let figures (result: EvaluationResult) =
        let overall = result.Overall
        [ bars $"FVU by layer; {Table.format overall.Fvu.Mean} on average" "FVU" "fvu" _.Fvu result
          bars $"Active latents by layer; {Table.format overall.L0.Mean} on average" "L0 (active latents a vector)" "l0" _.L0 result
          bars $"Latents never active at a layer; {Table.text (Cell.Percent overall.DeadFraction.Mean)} are active at none" "share of latents" "dead_fraction" _.DeadFraction result
          bars $"Cross-entropy rises by {Table.format overall.DeltaCe.Mean} nats when a layer is reconstructed, on average" "ΔCE (nats a token)" "delta_ce" _.DeltaCe result ]

    /// All metrics of every layer, with intervals.
    let table (result: EvaluationResult) =
        let row (metrics: LayerMetrics) =
            Cell.Code metrics.Hook
            :: [ for estimate in [ metrics.Fvu; metrics.Mse; metrics.L0; metrics.L1; metrics.DeltaCe; metrics.Kl; metrics.DeadFraction ] -> Cell.Interval estimate ]
        let columns = [ "layer"; "FVU"; "MSE"; "L0"; "L1"; "ΔCE (nats)"; "KL (nats)"; "dead" ]
        Table.create "Metrics by layer" columns (Seq.append (Seq.map row result.Layers) [ row result.Overall ])
        |> Table.caption (
            $"In brackets: 95 %% bootstrap intervals over n = {result.Sequences} sequences of held-out text, seed {result.Seed}. "
            + $"The untouched model's cross-entropy is {Table.format result.ModelCrossEntropy} nats a token.")
