namespace Mlsae.Scripting

open Mlsae.Analysis.Proxies
open Mlsae.Pipelines.Analyses

/// How specific latents are to kinds of text that proxies tell: the analysis specificity.
[<RequireQualifiedAccess>]
module Specificities =

    let private basis (unit: ProxyUnit) = $"""{(if unit.Negative then "−" else "+")}dimension {unit.Index}, layer {unit.Layer}"""

    let private latent (unit: ProxyUnit) = $"latent {unit.Index}, layer {unit.Layer}"

    // A name that is not broken into lines.
    let private unbroken (name: string) = name.Replace(' ', '\u00A0')

    // Proxies of one score need not have latents of one quality: the best told come first.
    let private best (found: SpecificityResult) = found.Proxies |> Seq.sortByDescending _.Latent.Correlation.Mean |> List.ofSeq

    let private titleOf (found: SpecificityResult) =
        let above = found.Proxies |> Seq.filter (fun of' -> of'.Latent.Correlation.Low.GetValueOrDefault nan > of'.Basis.Correlation.High.GetValueOrDefault nan) |> Seq.length
        $"For {above} of {found.Proxies.Count} kinds of text the best latent goes with the proxy better than the best direction of the basis"

    /// Correlation of the best latent and of the best direction with each proxy.
    let correlations (found: SpecificityResult) =
        let ordered = best found
        let x = Labels [| for of' in ordered -> of'.Proxy |]
        [ Points(Figure.estimates "best latent" x [ for of' in ordered -> of'.Latent.Correlation ])
          Points(Figure.estimates "best direction of the basis" x [ for of' in ordered -> of'.Basis.Correlation ]) ]
        |> Figure.create (titleOf found) ("kind of text, by its proxy", "correlation with the proxy")
        |> Figure.fromZero
        |> Figure.named "specificity-correlations"
        |> Figure.caption (
            $"Pearson's correlation over {found.Tokens:N0} tokens of the value at the best layer with the proxy's score above 0. Whiskers: 95 %% bootstrap intervals over n = {found.Contexts} contexts. "
            + $"Units were chosen on {found.SelectionTokens:N0} tokens of other contexts.")

    let private middle (range: ProxyRange) = (range.Low + range.High) / 2.0

    let private share (of': ProxyFinding) =
        let series name (unit: ProxySpecificity) = Points(Figure.estimates name (Numbers [| for i in 1 .. unit.Ranges.Count -> float i |]) [ for range in unit.Ranges -> range.Share ])
        [ series "latent" of'.Latent; series "direction of the basis" of'.Basis ]
        |> Figure.create $"{of'.Proxy}: {latent of'.Latent.Unit}" ("range of values", "share on the proxy")
        |> Figure.rangeY 0.0 1.05

    /// The share of each range of values that lies on the proxy.
    let byStrength (found: SpecificityResult) =
        best found
        |> List.truncate 6
        |> List.map share
        |> Figure.multiples "The stronger a latent, the more of it lies on its kind of text" 3
        |> Figure.named "specificity-by-strength"
        |> Figure.caption (
            "Share of the tokens in each of ten ranges of equal width, the smallest values first, where the proxy's score is above 0; values above 0 alone. Whiskers: 95 % Wilson intervals over tokens. "
            + "The six proxies whose latents correlate most.")

    let private expected (of': ProxyFinding) =
        let x = [ for range in of'.Latent.Ranges -> Table.format (middle range) ]
        [ "on the proxy", [ for range in of'.Latent.Ranges -> range.ActivationOnProxy ]
          "elsewhere", [ for range in of'.Latent.Ranges -> range.Activation - range.ActivationOnProxy ] ]
        |> Figure.bar $"{of'.Proxy}: {latent of'.Latent.Unit}" ("activation (middle of the range)", "share of all activation") x
        |> Figure.stacked

    /// How much of a latent's activation lies in each range, and on the proxy.
    let expectedValues (found: SpecificityResult) =
        best found
        |> List.truncate 6
        |> List.map expected
        |> Figure.multiples "Where the activation of these latents lies" 3
        |> Figure.named "specificity-expected-values"
        |> Figure.caption "Bars: share of all of a latent's activation, at its layer, in each range of values, on tokens where the proxy's score is above 0 and elsewhere; the bars of a panel sum to 1."

    /// A row for each proxy.
    let table (found: SpecificityResult) =
        [ for of' in best found ->
              [ Cell.Text of'.Proxy; Cell.Percent of'.TokenShare; Cell.Text(unbroken (latent of'.Latent.Unit)); Cell.Interval of'.Latent.Correlation; Cell.PercentInterval of'.Latent.ShareOnProxy
                Cell.PercentInterval of'.Latent.ShareOfProxy; Cell.Text(unbroken (basis of'.Basis.Unit)); Cell.Interval of'.Basis.Correlation; Cell.PercentInterval of'.Basis.ShareOnProxy ] ]
        |> Table.create "The best latent and the best direction for each proxy"
            [ "proxy"; "tokens"; "latent"; "correlation"; "precision"; "recall"; "direction"; "correlation"; "precision" ]
        |> Table.caption (
            $"Tokens: share of {found.Tokens:N0} where the proxy's score is above 0. Precision: share of these among the unit's tokens above 0; recall: share of these where the latent is active. In brackets: 95 %% bootstrap intervals over n = {found.Contexts} contexts. "
            + (if found.LeftOut.Count = 0 then "" else $"""Left out, with fewer than 10 tokens in either half of the text: {String.concat ", " found.LeftOut}."""))

    /// How well proxies tell the concepts that say the same.
    let agreement (found: SpecificityResult) =
        [ for of' in found.Proxies do
              if not (isNull of'.Concept) then
                  [ Cell.Text of'.Proxy; Cell.Code of'.Concept.Concept; Cell.PercentInterval of'.Concept.Precision; Cell.PercentInterval of'.Concept.Recall ] ]
        |> Table.create "How well the proxies tell the Microworld's own concepts" [ "proxy"; "concept"; "precision"; "recall" ]
        |> Table.caption $"Precision: share of tokens with a score above 0 of which the concept is true; recall: share of the concept's tokens with a score above 0. 95 %% bootstrap intervals over n = {found.Contexts} contexts."

    /// In sentences.
    let findings (found: SpecificityResult) =
        titleOf found + "." :: [ for of' in best found |> List.truncate 3 -> $"{of'.Proxy}: {latent of'.Latent.Unit} correlates {Table.text (Cell.Interval of'.Latent.Correlation)}, the best direction {Table.text (Cell.Interval of'.Basis.Correlation)}." ]

    /// Figures and tables.
    let blocks (found: SpecificityResult) =
        if found.Proxies.Count = 0 then
            [ Block.Paragraph "The text has too little of any kind that proxies tell." ]
        else
            [ Block.Drawing(correlations found); Block.Drawing(byStrength found); Block.Drawing(expectedValues found); Block.Tabular(table found) ]
            @ (if found.Proxies |> Seq.forall (fun of' -> isNull of'.Concept) then [] else [ Block.Tabular(agreement found) ])

    /// The answer: sentences, figures, tables.
    let section (found: SpecificityResult) : Section =
        { Title = "How specific latents are to kinds of text"; Blocks = [ for sentence in findings found -> Block.Paragraph sentence ] @ blocks found }
