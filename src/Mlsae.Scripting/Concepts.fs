namespace Mlsae.Scripting

open Mlsae.Analysis
open Mlsae.Pipelines

/// How well single units tell the Microworld's concepts.
[<RequireQualifiedAccess>]
module Concepts =

    let private kinds (comparison: ConceptComparison) =
        [ "latents of the dictionary", comparison.Latents
          "neurons of the model", comparison.Neurons
          "random directions", comparison.RandomDirections ]

    let private caption (comparison: ConceptComparison) =
        let scores = comparison.Latents
        $"n = {scores.Scores.Count} concepts; {scores.Excluded.Count} with fewer than {ConceptScores.FewestPositives} tokens are left out. "
        + $"Unit and threshold were chosen on {scores.SelectionTokens:N0} held-out tokens, F1 measured on {scores.TestTokens:N0} others."

    /// F1 of the best unit for each concept, best concepts first.
    let curves (comparison: ConceptComparison) =
        let curve (name, scores: ConceptScores) =
            name, scores.Scores |> Seq.map _.F1 |> Seq.sortDescending |> Seq.mapi (fun rank f1 -> float (rank + 1), f1)
        let share = Table.text (Cell.Percent comparison.Latents.ShareAbove90.Mean)
        Figure.line $"{share} of the concepts have a latent with F1 of at least 0.9"
            ("concepts, the best told first", "F1 of the best unit") (List.map curve (kinds comparison))
        |> Figure.rangeY 0.0 1.0
        |> Figure.height 380
        |> Figure.named "concept-f1"
        |> Figure.caption (caption comparison)

    /// Share of concepts told well, and mean F1, for each kind of unit.
    let table (comparison: ConceptComparison) =
        let row (name, scores: ConceptScores) =
            [ Cell.Text name; Cell.Count(int64 scores.UnitCount); Cell.PercentInterval scores.ShareAbove90; Cell.Interval scores.MeanF1 ]
        Table.create "Which units tell concepts" [ "units"; "number"; "concepts with F1 ≥ 0.9"; "mean F1" ] (kinds comparison |> List.map row)
        |> Table.caption ("In brackets: 95 % bootstrap intervals over concepts. A latent counts at each layer, and once more for its greatest activation over all layers. " + caption comparison)

    let private where (score: ConceptScore) =
        if score.Layer.HasValue then $"layer {score.Layer.Value}" else "any layer"

    /// The concepts that latents tell best.
    let bestTable (comparison: ConceptComparison) =
        let row (score: ConceptScore) =
            [ Cell.Code score.Concept; Cell.Text(string score.Unit); Cell.Text(where score)
              Cell.Number score.F1; Cell.Number score.Precision; Cell.Number score.Recall; Cell.Count(int64 score.Positives) ]
        Table.create "The best concept latents" [ "concept"; "latent"; "at"; "F1"; "precision"; "recall"; "tokens" ]
            (comparison.BestConcepts() |> Seq.map row)
        |> Table.caption "Each latent is named once, with the concept that it tells best."

    /// The strongest examples of each of those latents, the token highlighted.
    let examples perLatent (comparison: ConceptComparison) (sets: LatentExampleSet seq) =
        let found = sets |> Seq.map (fun set -> set.Latent, set) |> Map.ofSeq
        let one (score: ConceptScore) =
            match found.TryFind score.Unit with
            | None -> ""
            | Some set ->
                let title = $"{score.Concept}: latent {score.Unit}, {where score}, F1 {Table.format score.F1}"
                Html.element "h3" "" (Html.escape title) + TokenView.examples perLatent set
        comparison.BestConcepts() |> Seq.map one |> String.concat "\n"
