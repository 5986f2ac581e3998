namespace Mlsae.Scripting

open System
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Pipelines

/// How well single units tell the concepts of annotated text.
[<RequireQualifiedAccess>]
module Concepts =

    let private kinds (comparison: ConceptComparison) =
        [ "MLSAE latents", comparison.Latents
          "MLP neurons", comparison.Neurons
          "random directions", comparison.RandomDirections ]

    let private percent (estimate: Estimate) = Table.text (Cell.Percent estimate.Mean)

    let private curve (name: string, scores: ConceptScores) =
        let best = scores.Scores |> Seq.sortByDescending _.F1 |> Array.ofSeq
        let where (score: ConceptScore) = if score.Layer.HasValue then $"unit {score.Unit} of layer {score.Layer.Value}" else $"unit {score.Unit} at any layer"
        Line
            { Figure.series name (best |> Array.mapi (fun rank score -> float (rank + 1), score.F1)) with
                Hover = best |> Array.map (fun score -> $"{score.Concept}: F1 {Table.format score.F1}, {name}, {where score}") }

    /// F1 of the best unit for each concept, the best told concepts first: latents, neurons and random directions.
    let curves (comparison: ConceptComparison) =
        let latents, neurons, random = comparison.Latents, comparison.Neurons, comparison.RandomDirections
        kinds comparison
        |> List.map curve
        |> Figure.create
            $"{percent latents.Overall.ShareAbove90} of concepts have a latent with F1 of at least 0.9; {percent neurons.Overall.ShareAbove90} a neuron, {percent random.Overall.ShareAbove90} a random direction"
            ("concepts, best told first (rank)", "F1 of the best unit")
        |> Figure.rangeY 0.0 1.02
        |> Figure.named "concept-f1"
        |> Figure.caption (
            $"{latents.Definition}: unit and threshold are chosen on {latents.SelectionTokens:N0} tokens, F1 is measured on {latents.TestTokens:N0} others. "
            + $"n = {latents.Scores.Count} concepts; {latents.Excluded.Count} rarer ones, with fewer than {ConceptScores.FewestPositives} tokens in either half, are left out.")

    let private cells (coverage: ConceptCoverage) =
        [ Cell.PercentInterval coverage.ShareAbove90; Cell.PercentInterval coverage.ShareAbove70; Cell.PercentInterval coverage.ShareAbove50
          Cell.Interval coverage.MeanF1; Cell.Interval coverage.Monosemanticity ]

    /// The shares and means of the three kinds of units, and of the latents of each layer, with intervals.
    let table (comparison: ConceptComparison) =
        let byKind = kinds comparison |> List.map (fun (name, scores) -> Cell.Text name :: cells scores.Overall @ [ Cell.Count(int64 scores.UnitCount) ])
        let byLayer =
            comparison.Latents.Layers
            |> Seq.mapi (fun layer coverage -> Cell.Text $"MLSAE latents at layer {layer}" :: cells coverage @ [ Cell.Text "" ])
            |> List.ofSeq
        byKind @ byLayer
        |> Table.create "Concepts told by single units"
            [ "units"; "concepts with F1 ≥ 0.9"; "F1 ≥ 0.7"; "F1 ≥ 0.5"; "mean F1"; "monosemanticity"; "units to choose from" ]
        |> Table.caption (
            $"In brackets: 95 %% bootstrap intervals over n = {comparison.Latents.Scores.Count} concepts, of monosemanticity over units. "
            + "A latent counts at each layer, and once more for its greatest activation over all layers; at a layer only the latents as they are there. "
            + comparison.Latents.MonosemanticityDefinition + ".")

    let private layer (layer: Nullable<int>) = if layer.HasValue then string layer.Value else "any"

    /// The latents that tell a concept best, each latent once.
    let bestTable (comparison: ConceptComparison) =
        let row (score: ConceptScore) =
            [ Cell.Code score.Concept; Cell.Text(string score.Unit); Cell.Text(layer score.Layer); Cell.Number score.F1
              Cell.Number score.Precision; Cell.Number score.Recall; Cell.Count(int64 score.Positives) ]
        comparison.BestConcepts()
        |> Seq.map row
        |> Table.create "The best concept latents" [ "concept"; "latent"; "layer"; "F1"; "precision"; "recall"; "tokens with the concept" ]
        |> Table.caption "Each latent is named once, with the concept that it tells best."

    let private heading (set: LatentPortrait) (score: ConceptScore option) =
        let share = float set.ActiveTokens / float set.Tokens
        let active = $"latent {set.Latent}, active on {Table.text (Cell.Percent share)} of {set.Tokens:N0} tokens"
        match score with
        | Some score -> $"{score.Concept} (F1 {Table.format score.F1}): {active}"
        | None -> active

    let private latent count scores (set: LatentPortrait) =
        let score = scores |> Seq.tryFind (fun (score: ConceptScore) -> score.Unit = set.Latent)
        Html.element "h3" "" (Html.escape (heading set score)) + "\n" + TokenView.strongest count set + "\n"

    /// The strongest examples of each latent, the latents that tell their concept best first.
    let examples count (comparison: ConceptComparison option) (sets: LatentPortrait seq) =
        let scores = comparison |> Option.map (fun c -> List.ofSeq (c.BestConcepts())) |> Option.defaultValue []
        let rank (set: LatentPortrait) =
            scores |> List.tryFindIndex (fun score -> score.Unit = set.Latent) |> Option.defaultValue Int32.MaxValue
        sets |> Seq.sortBy (fun set -> rank set, set.Latent) |> Seq.map (latent count scores) |> String.concat "\n"
