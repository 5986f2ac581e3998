namespace Mlsae.Scripting

open System
open Mlsae.Analysis.Interpretation
open Mlsae.Metrics
open Mlsae.Pipelines.Interpretations

/// How well single latents can be explained, beside what they are compared with: the analysis autointerp-baselines.
[<RequireQualifiedAccess>]
module Explanations =

    /// The dictionaries of a run that are compared: of several seeds of one arm the first.
    let firstSeeds (names: string seq) =
        let arm (name: string) = match name.IndexOf ".seed" with -1 -> name | place -> name.Substring(0, place)
        names |> Seq.distinctBy arm |> List.ofSeq

    let private label (scores: DictionaryScores) =
        match scores.Name with
        | "dictionary" when scores.Description.EndsWith "shared" -> "MLSAE"
        | "identity" -> "dimensions"
        | "identity-positive" -> "dimensions, both senses"
        | "random" -> "random directions"
        | "pca" -> "PCA"
        | "ica" -> "ICA"
        | other -> other

    let private kindName kind =
        match kind with
        | ScoreKind.TopRandom -> "top and random fragments"
        | ScoreKind.Top -> "top fragments alone"
        | _ -> "random fragments alone"

    let private kinds = [ ScoreKind.TopRandom; ScoreKind.Top; ScoreKind.Random ]

    /// Who explained and simulated, and what the scores therefore mean.
    let whose (result: InterpretationResult) =
        if result.IsOfRules then
            "Rules explain and simulate here, made of the Microworld's concepts where those of the text are known and of single tokens: the scores say how well such rules describe units, not what a language model would score them. "
        else
            let share = if result.Simulations = 0 then 0.0 else float result.SimulationsFromProbabilities / float result.Simulations
            let partly = if result.IsComplete then "" else $" A cap on spend ended the work: {result.Units:N0} of {result.PlannedUnits:N0} units are in the scores."
            $"{result.Explainer} explains and {result.Simulator} simulates, uncalibrated; on {Table.text (Cell.Percent share)} of {result.Simulations:N0} fragments values are expected ones over the probabilities of the answers, on the others the answers themselves.{partly} "

    /// The dictionaries of several results: each one's own, and what the first is compared with.
    let private all (results: InterpretationResult list) =
        [ for result in results -> result.Dictionaries[0] ] @ List.ofSeq (Seq.skip 1 results.Head.Dictionaries)

    let private estimate (summary: ScoreSummary) = if isNull (box summary) then None else Some summary.Mean

    // Beside each other, so that whiskers can be told apart.
    let private points kind count index (scores: DictionaryScores) =
        let shift = 0.11 * (float index - float (count - 1) / 2.0)
        let known = [| for layer in scores.Layers do match estimate (layer.Of kind) with Some mean -> float layer.Layer.Value + shift, mean | None -> () |]
        Points(Figure.estimates (label scores) (Numbers(Array.map fst known)) (Array.map snd known))

    let private units (results: InterpretationResult list) =
        let result = results.Head
        $"n = the first {result.Config.Units} units of each, at each layer, less those that vary in fewer than {UnitRecorder.TopCount} of {result.Fragments:N0} fragments of 64 tokens. Whiskers: 95 %% bootstrap intervals over units."

    /// Mean scores by layer: Cunningham et al. 2023, figure 2 and, for the other scores, figure 9.
    let byLayer kind (results: InterpretationResult list) =
        let shown = all results
        let result = results.Head
        shown
        |> List.mapi (points kind shown.Length)
        |> Figure.create $"Interpretability score by layer: {kindName kind}" ("layer", "mean score (correlation)")
        |> Figure.fromZero
        |> Figure.height 400
        |> Figure.named (match kind with ScoreKind.TopRandom -> "autointerp-by-layer" | ScoreKind.Top -> "autointerp-by-layer-top" | _ -> "autointerp-by-layer-random")
        |> Figure.caption (whose result + "Score: correlation of simulated with true activations. " + units results)

    let private cell summary = match estimate summary with Some mean -> Cell.Interval mean | None -> Cell.Text "none scored"

    let private published (summary: ScoreSummary) =
        match estimate summary with
        | Some mean when summary.PublishedHalfWidth.HasValue -> Cell.Text $"{Table.format mean.Mean} ± {Table.format summary.PublishedHalfWidth.Value}"
        | _ -> Cell.Text "–"

    /// All layers together: means, and how much higher the run's dictionary scores.
    let table (results: InterpretationResult list) =
        let advantage (scores: DictionaryScores) =
            match results.Head.Advantages |> Seq.tryFind (fun other -> other.Name = scores.Name) with
            | Some other when not (isNull other.TopRandom) -> Cell.Interval other.TopRandom
            | _ -> Cell.Text ""
        let row (scores: DictionaryScores) =
            let overall = scores.Overall
            [ Cell.Text(label scores); cell overall.TopRandom; cell overall.Top; cell overall.Random; published overall.TopRandom; advantage scores
              Cell.Count(int64 (overall.Units - overall.Skipped - overall.Unanswered)); Cell.Count(int64 overall.Skipped); Cell.Count(int64 overall.Unanswered); Cell.Count(int64 overall.Constant) ]
        all results
        |> List.map row
        |> Table.create "Scores over all layers"
            [ "units"; "top and random"; "top alone"; "random alone"; "top and random, interval as published"; $"{label results.Head.Dictionaries[0]} less these"; "scored"; "skipped"; "unanswered"; "constant" ]
        |> Table.caption (
            whose results.Head
            + "In brackets: 95 % bootstrap intervals over units; a unit that is the same at several layers is drawn with all of them. As published: ± 1.96 s / √N, each layer's unit taken for one of its own. "
            + $"Skipped: varies in fewer than {UnitRecorder.TopCount} fragments. Constant: the simulation is the same on all tokens, which scores 0. "
            + String.concat "; " [ for scores in all results -> $"{label scores}: {scores.Description}" ] + ".")

    let private correlation (estimate: Estimate) = if isNull estimate then Cell.Text "–" else Cell.Interval estimate

    /// Scores against the moments of units' values: Cunningham et al. 2023, Table 2.
    let moments (result: InterpretationResult) =
        let of' (choose: MomentCorrelations -> Estimate) = [ for found in result.Moments -> correlation (choose found) ]
        [ "mean", (fun (found: MomentCorrelations) -> found.Mean); "variance", _.Variance; "skew about zero", _.Skew; "kurtosis about zero", _.Kurtosis ]
        |> List.map (fun (name, choose) -> Cell.Text name :: of' choose)
        |> Table.create $"Scores of the {label result.Dictionaries[0]}'s latents against moments of their values" ("moment" :: [ for found in result.Moments -> $"score on {kindName found.Score}" ])
        |> Table.caption (
            whose result + $"Pearson correlations over {result.Moments[0].Units:N0} scores, all layers together; in brackets 95 %% bootstrap intervals over latents. Moments are of a latent's values on all {64 * result.Fragments:N0} tokens, those where it is 0 too.")

    let private score (value: float) = Cell.Text(value.ToString("0.00", Globalization.CultureInfo.InvariantCulture))

    let private scored (findings: InterpretationFindings) = findings.Units |> Seq.filter (fun unit -> not (isNull unit.Scores))

    let private labelOf (result: InterpretationResult) name =
        result.Dictionaries |> Seq.tryFind (fun scores -> scores.Name = name) |> Option.map label |> Option.defaultValue name

    let private row result (unit: InterpretedUnit) =
        [ Cell.Text(labelOf result unit.Unit.Dictionary); Cell.Text(string unit.Unit.Layer); Cell.Text(string unit.Unit.Index); Cell.Text unit.Explanation
          score unit.Scores.TopRandom; score unit.Scores.Top; score unit.Scores.Random ]

    let private explained title caption result (units: InterpretedUnit seq) =
        units |> Seq.map (row result) |> Table.create title [ "units"; "layer"; "unit"; "explanation"; "top and random"; "top"; "random" ] |> Table.caption caption

    /// The first units of each kind at the middle layer, as they come: Cunningham et al. 2023, Table 1.
    let first count (findings: InterpretationFindings) =
        let result = findings.Result
        let layer = result.Hooks.Count / 2
        let reading = if result.IsOfRules then "A number before a condition is how active the rule says the unit is there, of 10; where several hold, the highest." else ""
        scored findings
        |> Seq.filter (fun unit -> unit.Unit.Layer = layer)
        |> Seq.groupBy _.Unit.Dictionary
        |> Seq.collect (fun (_, own) -> Seq.truncate count own)
        |> explained $"The first units at layer {layer}" (whose result + $"The first {count} of each kind that are scored, chosen by nothing else. {reading}") result

    /// The latents that are explained best, each at its best layer.
    let best count (findings: InterpretationFindings) =
        let own = findings.Result.Dictionaries[0].Name
        scored findings
        |> Seq.filter (fun unit -> unit.Unit.Dictionary = own)
        |> Seq.sortBy (fun unit -> -unit.Scores.TopRandom, unit.Unit.Index, unit.Unit.Layer)
        |> Seq.distinctBy (fun unit -> if unit.Unit.IsShared then -1, unit.Unit.Index else unit.Unit.Layer, unit.Unit.Index)
        |> Seq.truncate count
        |> explained $"The latents that are explained best" (whose findings.Result + $"The {count} highest scores on top and random fragments, each latent at its best layer: what explanations look like where they fit, not what is usual.") findings.Result

    let private tokens (fragment: TextFragment) (values: float32 seq) =
        let values = Array.ofSeq values
        let largest = Array.max values
        Seq.map2 (TokenView.token largest false) fragment.Texts values |> String.concat ""

    let private pair (record: FragmentRecord) (simulated: float[]) =
        let line (name: string) values = Html.element "div" "example" (Html.element "span" "where" name + Html.element "span" "text" (tokens record.Fragment values))
        line "true" record.Values + "\n" + line "simulated" (Array.map float32 simulated)

    /// The median latent at a middle layer on one top and one random fragment that score it: true activations above the simulated ones.
    let inText (findings: InterpretationFindings) =
        let own = findings.Result.Dictionaries[0].Name
        let layer = findings.Result.Hooks.Count / 2
        let candidates =
            Seq.zip (scored findings) findings.Records |> Seq.filter (fun (unit, _) -> unit.Unit.Dictionary = own && unit.Unit.Layer = layer)
            |> Seq.sortBy (fun (unit, _) -> unit.Scores.TopRandom) |> Array.ofSeq
        if candidates.Length = 0 then
            []
        else
            let unit, records = candidates[candidates.Length / 2]
            let title = $"The latent of median score at layer {layer}: {unit.Unit.Index}, score {unit.Scores.TopRandom:F2}: {unit.Explanation}"
            [ Block.Markup(
                  [ Html.element "h3" "" (Html.escape title)
                    for place in [ 0; RecordSplits.PerSplit ] do pair records.Scored[place] records.Simulated[place]
                    Html.element "p" "caption" "One of the five top fragments and one of the five random ones that it is scored on; the darker a token, the more active the latent is there, truly and as simulated from the explanation." ]
                  |> String.concat "\n") ]

    /// In sentences.
    let findings (found: InterpretationFindings) =
        let result = found.Result
        let own = result.Dictionaries[0]
        [ match estimate own.Overall.TopRandom with
          | None -> $"No unit varies in enough of {result.Fragments:N0} fragments to be scored; give more fragments."
          | Some mean ->
              let against =
                  [ for other in result.Advantages do
                        if not (isNull other.TopRandom) then
                            let name = result.Dictionaries |> Seq.find (fun scores -> scores.Name = other.Name) |> label
                            $"{name} {Table.text (Cell.Interval other.TopRandom)}" ]
              $"The {label own}'s latents score {Table.text (Cell.Interval mean)} on top and random fragments, over all layers (n = {mean.N})."
              if not against.IsEmpty then $"""That is more than other units by: {String.concat ", " against}."""
          let skipped = own.Overall.Skipped
          if skipped > 0 then $"{skipped:N0} of its {own.Overall.Units:N0} units vary in fewer than {UnitRecorder.TopCount} fragments and are skipped."
          (whose result).Trim() ]

    /// All blocks of a page, of one result or of several dictionaries of a run.
    let blocks (found: InterpretationFindings list) =
        let results = found |> List.map _.Result
        [ Block.Drawing(byLayer ScoreKind.TopRandom results)
          Block.Columns [ Block.Drawing(byLayer ScoreKind.Top results); Block.Drawing(byLayer ScoreKind.Random results) ]
          Block.Tabular(table results)
          for one in found do Block.Tabular(moments one.Result)
          for one in found do Block.Tabular(best 12 one)
          Block.Tabular(first 5 found.Head) ]
        @ inText found.Head

    /// The answer: sentences, figures, tables.
    let section (found: InterpretationFindings) : Section =
        { Title = "How well latents can be explained"
          Blocks = [ for sentence in findings found -> Block.Paragraph sentence ] @ blocks [ found ] }
