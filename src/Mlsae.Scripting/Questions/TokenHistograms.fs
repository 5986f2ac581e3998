namespace Mlsae.Scripting

open System.Globalization
open Mlsae.Analysis.Tokens
open Mlsae.Pipelines.Analyses

/// On which tokens latents are active, by strength: the analysis token-histogram.
[<RequireQualifiedAccess>]
module TokenHistograms =

    let private other = "all other tokens"

    let private middle (range: TokenRange) = ((range.Low + range.High) / 2.0).ToString("0.0#", CultureInfo.InvariantCulture)

    let private direction (basis: BasisHistogram) = (if basis.Negative then "−" else "+") + $"dimension {basis.Dimension}"

    let private shown token = $"“{token}”"

    let private unit (of': LatentHistogram) = $"latent {of'.Latent} at layer {of'.Layer}"

    /// Counts of tokens in each range of values, on each other.
    let private stack title label (histogram: TokenHistogram) =
        let x = [ for range in histogram.Ranges -> middle range ]
        [ for i, token in Seq.indexed (Seq.append (Seq.map shown histogram.Tokens) [ other ]) -> token, [ for range in histogram.Ranges -> float range.Counts[i] ] ]
        |> Figure.bar title (label + ", middle of the range", "places") x
        |> Figure.stacked

    let private howChosen (basis: BasisHistogram) token =
        if basis.HasToken then
            $"the direction is the first, by the size of the latent's encoder weight (place {basis.Rank}), that has {shown token} among the {BasisSample.Top} tokens where it is largest"
        else
            $"no direction has {shown token} among the {BasisSample.Top} tokens where it is largest; the one that correlates most with the token is shown (place {basis.Rank} by the latent's encoder weight)"

    /// A latent's stacked histogram beside that of the direction of the basis.
    let stacks (of': LatentHistogram) =
        let token = of'.Histogram.Token
        [ stack $"Latent {of'.Latent}, layer {of'.Layer}" "activation" of'.Histogram
          stack $"Basis: {direction of'.Basis}, layer {of'.Layer}" "value" of'.Basis.Histogram ]
        |> Figure.multiples $"Where it is strong, {unit of'} is active on {shown token}: {Table.text (Cell.Percent of'.Histogram.UpperHalf.Mean)} of its upper half; of the basis direction's, {Table.text (Cell.Percent of'.Basis.Histogram.UpperHalf.Mean)}" 2
        |> Figure.height 360
        |> Figure.named $"token-histogram-{of'.Latent}"
        |> Figure.caption (
            $"Ten ranges of equal width. Left: n = {of'.Histogram.Points:N0} of the {of'.Active:N0} places where the latent is active; right: n = {of'.Basis.Histogram.Points:N0} places drawn from all. "
            + $"Colours: the {TokenHistogram.TokensShown} tokens that the latent is most often active on, in both panels. Upper half: the five ranges of the largest values. Of the basis {howChosen of'.Basis token}.")

    /// The share of one token in each range, with intervals.
    let specificity (of': LatentHistogram) =
        let series name (histogram: TokenHistogram) = Points(Figure.estimates name (Numbers [| for i in 1 .. histogram.Ranges.Count -> float i |]) [ for range in histogram.Ranges -> range.Share ])
        [ series $"latent {of'.Latent}" of'.Histogram; series $"basis: {direction of'.Basis}" of'.Basis.Histogram ]
        |> Figure.create $"Share of {shown of'.Histogram.Token} by strength: {unit of'}" ("range of values, the smallest first", $"share of places on {shown of'.Histogram.Token}")
        |> Figure.rangeY 0.0 1.02
        |> Figure.height 320
        |> Figure.named $"token-share-{of'.Latent}"
        |> Figure.caption $"Whiskers: 95 %% Wilson intervals over the places in a range (n = {of'.Histogram.Points:N0} and {of'.Basis.Histogram.Points:N0} in all); where a range has no place there is no point."

    /// A row for each latent and its direction.
    let table (found: TokenHistogramResult) =
        [ for of' in found.Latents do
              [ Cell.Text(unit of'); Cell.Code of'.Histogram.Token; Cell.Percent of'.Detector.Precision; Cell.Percent of'.Detector.Recall; Cell.Count of'.Active
                Cell.PercentInterval of'.Histogram.Overall; Cell.PercentInterval of'.Histogram.UpperHalf; Cell.Code(String.concat " " of'.Histogram.Tokens) ]
              [ Cell.Text(direction of'.Basis); Cell.Code of'.Histogram.Token; Cell.Text ""; Cell.Text ""; Cell.Text ""; Cell.PercentInterval of'.Basis.Histogram.Overall
                Cell.PercentInterval of'.Basis.Histogram.UpperHalf; Cell.Code(String.concat " " of'.Basis.TopTokens) ] ]
        |> Table.create "How specific latents and directions are to a token"
            [ "unit"; "token"; "precision"; "recall"; "active places"; "share on the token"; "in the upper half"; "most frequent tokens (of a direction: where it is largest)" ]
        |> Table.caption (
            $"Precision: share of the latent's activation that lies on the token; recall: share of the token's occurrences at which it is active; over {found.Tokens:N0} tokens. "
            + "Shares are of the places counted, with 95 % Wilson intervals.")

    /// In sentences.
    let findings (found: TokenHistogramResult) =
        [ for of' in found.Latents ->
              $"{unit of'}: {Table.text (Cell.PercentInterval of'.Histogram.UpperHalf)} of the upper half of its values lie on {shown of'.Histogram.Token}, of {direction of'.Basis} {Table.text (Cell.PercentInterval of'.Basis.Histogram.UpperHalf)}." ]

    /// The latents that are most active on a token of a prompt.
    let hits (prompt: string) (tokens: string list) position (found: PromptHit seq) =
        [ for hit in found -> [ Cell.Text(string hit.Layer); Cell.Text(string hit.Latent); Cell.Number(float hit.Value); Cell.Number(float hit.LargestInText); Cell.Percent(float hit.Relative) ] ]
        |> Table.create $"Latents most active on {shown tokens[position]} of “{prompt}”" [ "layer"; "latent"; "activation"; "largest in the text"; "share of that" ]
        |> Table.caption $"Token {position} of {tokens.Length}, from 0. The largest value is over the held-out text, at that layer, or here where that is larger."

    /// Figures of all latents, and the table.
    let blocks (found: TokenHistogramResult) =
        [ for of' in found.Latents do
              Block.Drawing(stacks of')
              Block.Drawing(specificity of') ]
        @ [ Block.Tabular(table found) ]

    /// The answer: sentences, figures, table.
    let section (found: TokenHistogramResult) : Section =
        { Title = "Tokens by strength of activation"; Blocks = [ for sentence in findings found -> Block.Paragraph sentence ] @ blocks found }
