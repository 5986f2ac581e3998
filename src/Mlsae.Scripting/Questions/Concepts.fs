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

    /// Of several dictionaries, by name, and of the baselines: the share of concepts told at each layer.
    let byLayer (found: (string * ConceptComparison) list) =
        let curve (name: string) (scores: ConceptScores) choose =
            Line(Figure.estimates name (Numbers [| for layer in 0 .. scores.Layers.Count - 1 -> float layer |]) [ for layer in scores.Layers -> choose layer ])
        let first = snd found.Head
        let panel title label (choose: ConceptCoverage -> Estimate) =
            [ for name, comparison in found -> curve name comparison.Latents choose ]
            @ [ curve "neurons" first.Neurons choose; curve "random directions" first.RandomDirections choose ]
            |> Figure.create title ("layer", label)
            |> Figure.fromZero
        let latents = first.Latents
        [ panel "Concepts with a unit of F1 ≥ 0.9" "share of concepts" _.ShareAbove90; panel "F1 of the best unit, mean over concepts" "mean F1" _.MeanF1 ]
        |> Figure.multiples "How well single units of each layer tell concepts" 2
        |> Figure.height 360
        |> Figure.named "concepts-by-layer"
        |> Figure.caption (
            $"{latents.Definition}: units of that layer alone, chosen on {latents.SelectionTokens:N0} tokens and measured on {latents.TestTokens:N0} others. Bands: 95 %% bootstrap intervals over n = {latents.Scores.Count} concepts. "
            + (if found.Length > 1 then $"Random directions are encoded as {fst found.Head} encodes." else "Random directions are encoded as the dictionary encodes."))

    /// Of several dictionaries and the baselines: all layers together.
    let compareTable (found: (string * ConceptComparison) list) =
        let row (name: string) (scores: ConceptScores) = Cell.Text name :: cells scores.Overall @ [ Cell.Count(int64 scores.UnitCount) ]
        let first = snd found.Head
        [ for name, comparison in found -> row name comparison.Latents ] @ [ row "neurons" first.Neurons; row "random directions" first.RandomDirections ]
        |> Table.create "Concepts told by single units of any layer" [ "units"; "concepts with F1 ≥ 0.9"; "F1 ≥ 0.7"; "F1 ≥ 0.5"; "mean F1"; "monosemanticity"; "units to choose from" ]
        |> Table.caption $"In brackets: 95 %% bootstrap intervals over n = {first.Latents.Scores.Count} concepts, of monosemanticity over units."

    /// In sentences.
    let findings (comparison: ConceptComparison) =
        let share (scores: ConceptScores) = Table.text (Cell.PercentInterval scores.Overall.ShareAbove90)
        [ $"{share comparison.Latents} of {comparison.Latents.Scores.Count} concepts have a latent with F1 of at least 0.9; {share comparison.Neurons} a neuron, {share comparison.RandomDirections} a random direction." ]

    /// Which concept a latent tells best, with its F1; none where it is not among the best.
    let labelOf (comparison: ConceptComparison option) =
        let scores = comparison |> Option.map (fun c -> List.ofSeq (c.BestConcepts())) |> Option.defaultValue []
        fun latent -> scores |> List.tryFind (fun score -> score.Unit = latent) |> Option.map (fun score -> $"{score.Concept} (F1 {Table.format score.F1})")

    /// The answer: sentences, figures, tables.
    let section (comparison: ConceptComparison) : Section =
        { Title = "Concepts told by single latents"
          Blocks =
            [ for sentence in findings comparison -> Block.Paragraph sentence ]
            @ [ Block.Drawing(curves comparison); Block.Drawing(byLayer [ "MLSAE latents", comparison ]); Block.Tabular(table comparison); Block.Tabular(bestTable comparison) ] }
