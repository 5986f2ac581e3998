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

    /// A column for each metric that was measured, a row for each layer and the mean.
    let private tableOf title columns (result: EvaluationResult) =
        let measured = columns |> List.filter (fun (name, _) -> result.Overall.Metrics.ContainsKey name)
        let row (metrics: LayerEvaluation) = Cell.Code metrics.Hook :: [ for name, _ in measured -> Cell.Interval metrics[name] ]
        Table.create title ("layer" :: List.map snd measured) (Seq.append (Seq.map row result.Layers) [ row result.Overall ])

    let private intervals (result: EvaluationResult) =
        $"In brackets: 95 %% bootstrap intervals over n = {result.Sequences} sequences of held-out text, seed {result.Seed}. "

    /// How well every layer is reconstructed, with intervals.
    let table (result: EvaluationResult) =
        result
        |> tableOf "Metrics by layer"
            [ "fvu", "FVU"; "explained_variance", "explained variance"; "cosine", "cosine"; "l2_ratio", "norm ratio"; "l0", "L0"; "l1", "L1"; "dead_fraction", "dead" ]
        |> Table.caption (intervals result + "All metrics and their definitions are in analysis/evaluation.")

    /// What the model loses when a layer is replaced by its reconstruction, with intervals.
    let losses (result: EvaluationResult) =
        result
        |> tableOf "What the model loses"
            [ "delta_ce", "ΔCE (nats)"; "kl", "KL (nats)"; "perplexity", "perplexity"; "loss_recovered_zero", "loss recovered, of zeros'"; "loss_recovered_mean", "of the mean's" ]
        |> Table.caption (
            intervals result
            + $"The untouched model's cross-entropy is {Table.format result.ModelCrossEntropy} nats a token, its perplexity {Table.format result.ModelPerplexity}.")
