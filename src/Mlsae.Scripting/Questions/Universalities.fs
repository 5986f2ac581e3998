namespace Mlsae.Scripting

open Mlsae.Analysis.Universality
open Mlsae.Metrics

/// Whether another model has the same units: the analysis universality.
[<RequireQualifiedAccess>]
module Universalities =

    let private kinds (found: UniversalityResult) =
        [ "latents → latents", found.Latents; "neurons → neurons", found.Neurons; "latents → neurons", found.LatentsToNeurons ]

    let private n (found: UniversalityResult) = $"n = {found.Latents.Pairs.Count:N0} latents and {found.Neurons.Pairs.Count:N0} neurons of {found.First}"

    let private measures: (string * (UnitUniversality -> Estimate)) list =
        [ "activation", _.Activation; "attribution", _.Attribution; "logit weights", _.LogitWeights; "other tokens", _.OtherTokens; "other weights", _.RandomLogitWeights ]

    let private chance = "Other tokens and other weights are chance: the best match by activation where the second model reads other tokens, and the logit weights of a unit beside those of another's match."

    /// Medians of the correlations of best matches, with what chance gives.
    let medians (found: UniversalityResult) =
        let x = Labels [| for name, _ in measures -> name |]
        [ for name, of' in kinds found -> Points(Figure.estimates name x [ for _, measure in measures -> measure of' ]) ]
        |> Figure.create
            $"Median correlation with the best match in {found.Second}: {Table.format found.Latents.Activation.Mean} for latents, {Table.format found.Neurons.Activation.Mean} for neurons" ("of the best match by activation", "median correlation")
        |> Figure.referenceY 0.0 ""
        |> Figure.named "universality-medians"
        |> Figure.caption (
            $"Whiskers: 95 %% bootstrap intervals over units, {n found}; matches in {found.Second} by the highest correlation of activations over {found.Tokens:N0} tokens. "
            + chance)

    /// Curves of the correlations of all units, the largest first.
    let curves (found: UniversalityResult) =
        [ for name, of' in kinds found ->
              let values = of'.Pairs |> Seq.map _.Activation |> Seq.sortDescending |> Array.ofSeq
              name, values |> Array.mapi (fun i value -> float (i + 1) / float values.Length, value) ]
        |> Figure.line "Correlation of activations with the best match, of every unit" ("share of units, the best matched first", "correlation of activations")
        |> Figure.rangeY 0.0 1.02
        |> Figure.height 340
        |> Figure.named "universality-curves"
        |> Figure.caption $"{n found}; {found.Tokens:N0} tokens of {found.Contexts:N0} contexts."

    /// Activation against logit weights: what fires together and what does the same.
    let cloud (found: UniversalityResult) =
        [ for pair in found.Latents.Pairs -> pair.Activation, pair.LogitWeights, pair.Attribution ]
        |> Figure.cloud $"Pairs that fire at the same places: their logit weights correlate {Table.format found.Latents.LogitWeights.Mean} in the median" ("correlation of activations", "correlation of logit weights") "correlation of attributions"
        |> Figure.hover [ for pair in found.Latents.Pairs -> $"latent {pair.Unit} → {pair.Match}, on {Table.text (Cell.Percent pair.Density)} of tokens" ]
        |> Figure.referenceY 0.0 ""
        |> Figure.height 400
        |> Figure.named "universality-pairs"
        |> Figure.caption $"Each point is a latent of {found.First} with its best match in {found.Second}, n = {found.Latents.Pairs.Count:N0}. Logit weights are compared on {found.VocabularyCompared:N0} tokens that occur at least {UniversalitySums.FewestOccurrences} times."

    /// A row for each kind of unit.
    let table (found: UniversalityResult) =
        [ for name, of' in kinds found ->
              Cell.Text(name.Replace(' ', '\u00A0')) :: Cell.Count(int64 of'.Pairs.Count) :: [ for _, measure in measures -> Cell.Interval(measure of') ] @ [ Cell.Interval of'.BestAttribution ] ]
        |> Table.create $"Best matches of {found.First} in {found.Second}, medians" ([ "units"; "n" ] @ List.map fst measures @ [ "best match by attribution" ])
        |> Table.caption (
            $"{found.Definition}. {chance} In brackets: 95 %% bootstrap intervals over units. Left out as dead or too rare: {found.FirstLatents.Dead + found.FirstLatents.Rare:N0} of {found.FirstLatents.Units:N0} latents of {found.First}, "
            + $"{found.SecondLatents.Dead + found.SecondLatents.Rare:N0} of {found.SecondLatents.Units:N0} of {found.Second}; {found.FirstNeurons.Dead + found.FirstNeurons.Rare:N0} and {found.SecondNeurons.Dead + found.SecondNeurons.Rare:N0} of the neurons.")

    let private odd (found: UniversalityResult) = found.Latents.Pairs |> Seq.filter _.IsOdd |> List.ofSeq

    /// Pairs that fire together and do the opposite.
    let oddTable (found: UniversalityResult) =
        [ for pair in odd found |> List.sortByDescending _.Activation |> List.truncate 20 ->
              [ Cell.Text(string pair.Unit); Cell.Text(string pair.Match); Cell.Percent pair.Density; Cell.Number pair.Activation; Cell.Number pair.LogitWeights; Cell.Number pair.Attribution ] ]
        |> Table.create "Odd pairs: the same places, opposite logit weights" [ "latent"; "match"; "density"; "activation"; "logit weights"; "attribution" ]
        |> Table.caption $"{(odd found).Length:N0} of {found.Latents.Pairs.Count:N0} latents have a match with a correlation of activations of at least {UniversalPair.HighActivation} and one of logit weights below 0; twenty at most are listed."

    /// In sentences.
    let findings (found: UniversalityResult) =
        let text (estimate: Estimate) = Table.text (Cell.Interval estimate)
        [ $"The median latent of {found.First} (n = {found.Latents.Pairs.Count:N0}) correlates {text found.Latents.Activation} with its best match in {found.Second}; the median neuron (n = {found.Neurons.Pairs.Count:N0}) {text found.Neurons.Activation}; by chance {text found.Latents.OtherTokens} and {text found.Neurons.OtherTokens}."
          $"The logit weights of these pairs correlate {text found.Latents.LogitWeights} and {text found.Neurons.LogitWeights}, attributions {text found.Latents.Attribution} and {text found.Neurons.Attribution}; {(odd found).Length:N0} pairs of latents are odd." ]

    /// Figures and tables.
    let blocks (found: UniversalityResult) =
        [ Block.Drawing(medians found); Block.Drawing(curves found); Block.Drawing(cloud found); Block.Tabular(table found) ]
        @ (if odd found = [] then [] else [ Block.Tabular(oddTable found) ])

    /// The answer: sentences, figures, tables.
    let section (found: UniversalityResult) : Section =
        { Title = $"Universality: {found.First} and {found.Second}"; Blocks = [ for sentence in findings found -> Block.Paragraph sentence ] @ blocks found }
