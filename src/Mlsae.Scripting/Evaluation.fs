namespace Mlsae.Scripting

open Mlsae.Metrics

/// What an evaluation on held-out text found, by layer.
[<RequireQualifiedAccess>]
module Evaluation =

    let private caption (result: EvaluationResult) (definition: string) =
        $"Bars: value on all tokens; whiskers: 95 %% bootstrap interval over n = {result.Sequences} sequences "
        + $"({result.Tokens:N0} tokens in all, contexts of {result.ContextLength}). {definition}."

    let private bars title label key (result: EvaluationResult) =
        let layers = Labels [| for layer in 0 .. result.Layers.Count - 1 -> string layer |]
        let definition = match result.MetricDefinitions.TryGetValue key with | true, text -> text | _ -> key
        Figure.create title ("layer", label) [ Bars(Figure.estimates "" layers [ for layer in result.Layers -> layer[key] ]) ]
        |> Figure.height 300
        |> Figure.named $"evaluation-{key}"
        |> Figure.caption (caption result definition)

    /// FVU, L0, dead latents, and the rise in cross-entropy by layer.
    let figures (result: EvaluationResult) =
        let mean name = result.Overall[name].Mean
        let fvu, l0, dead, rise = mean "fvu", mean "l0", mean "dead_fraction", mean "delta_ce"
        [ bars $"FVU by layer; {Table.format fvu} on average" "FVU" "fvu" result
          bars $"Active latents by layer; {Table.format l0} on average" "L0 (active latents a vector)" "l0" result
          bars $"Latents never active at a layer; {Table.text (Cell.Percent dead)} are active at none" "share of latents" "dead_fraction" result
          bars $"Cross-entropy rises by {Table.format rise} nats when a layer is reconstructed, on average" "ΔCE (nats a token)" "delta_ce" result ]

    /// All metrics of every layer, with intervals.
    let table (result: EvaluationResult) =
        let row (metrics: LayerEvaluation) =
            Cell.Code metrics.Hook
            :: [ for name in [ "fvu"; "mse"; "l0"; "l1"; "delta_ce"; "kl"; "dead_fraction" ] -> Cell.Interval metrics[name] ]
        let columns = [ "layer"; "FVU"; "MSE"; "L0"; "L1"; "ΔCE (nats)"; "KL (nats)"; "dead" ]
        Table.create "Metrics by layer" columns (Seq.append (Seq.map row result.Layers) [ row result.Overall ])
        |> Table.caption (
            $"In brackets: 95 %% bootstrap intervals over n = {result.Sequences} sequences of held-out text, seed {result.Seed}. "
            + $"The untouched model's cross-entropy is {Table.format result.ModelCrossEntropy} nats a token.")
