namespace Mlsae.Scripting

open System.Globalization
open Mlsae.Analysis

/// What latents look like in text: the analysis latent-examples.
[<RequireQualifiedAccess>]
module Portraits =

    let private reading =
        "Each line is a place in held-out text where the latent is active. Its own token is framed; the darker a token, the more active the latent is there, "
        + "at the layer named on the left. The small squares show how active it is on the framed token at each layer, from the first."

    let private number (value: float32) = value.ToString("0.00", CultureInfo.InvariantCulture)

    let private interval (interval: ActivationInterval) =
        if interval.Count = 0L then ""
        else Html.element "h4" "" $"{number interval.Low} to {number interval.High}: {interval.Count:N0} tokens" + "\n" + TokenView.examples interval.Examples

    let private summary (portrait: LatentLayerPortrait) =
        $"Layer {portrait.Layer}: active on {portrait.ActiveTokens:N0} tokens, at most {number portrait.Largest}"

    let private inactive (portrait: LatentLayerPortrait) = Html.element "p" "caption" $"Layer {portrait.Layer}: never active."

    /// The strongest places of a layer, folded.
    let private strongestOf (portrait: LatentLayerPortrait) =
        if portrait.ActiveTokens = 0L then inactive portrait
        else Html.element "details" "" (Html.element "summary" "" (summary portrait) + "\n" + TokenView.examples (Seq.truncate 4 portrait.Strongest))

    /// All of a layer: the strongest places, and places from every range of values.
    let private whole (portrait: LatentLayerPortrait) =
        if portrait.ActiveTokens = 0L then
            inactive portrait
        else
            let ranges = portrait.Intervals |> Seq.map interval |> Seq.filter ((<>) "") |> String.concat "\n"
            [ Html.element "h3" "" (summary portrait); Html.element "h4" "" "The strongest"; TokenView.examples portrait.Strongest
              Html.element "h4" "" "Drawn from every range of values"; ranges ]
            |> String.concat "\n"

    let private heading (label: string) (portrait: LatentPortrait) =
        let share = float portrait.ActiveTokens / float portrait.Tokens
        let what = $"latent {portrait.Latent}, active on {Table.text (Cell.Percent share)} of {portrait.Tokens:N0} tokens"
        Html.element "h3" "" (Html.escape (if label = "" then what else $"{label}: {what}"))

    /// A latent: its strongest places at any layer, then, folded, those of each layer.
    let html (label: string) (portrait: LatentPortrait) =
        let layers = portrait.Layers |> Seq.map strongestOf |> String.concat "\n"
        heading label portrait + "\n" + TokenView.strongest 6 portrait + "\n" + layers

    /// How active a latent is at every layer: how often, and how strongly.
    let byLayer (portrait: LatentPortrait) =
        let layers = [| for layer in portrait.Layers -> string layer.Layer |]
        [ Figure.bar "Tokens at which it is active" ("layer", "share of tokens") layers [ "", [ for layer in portrait.Layers -> float layer.ActiveTokens / float portrait.Tokens ] ]
          Figure.bar "Largest activation" ("layer", "activation") layers [ "", [ for layer in portrait.Layers -> float layer.Largest ] ] ]
        |> Figure.multiples $"Latent {portrait.Latent} by layer" 2
        |> Figure.height 260
        |> Figure.named $"latent-{portrait.Latent}-by-layer"
        |> Figure.caption $"{portrait.Tokens:N0} tokens of held-out text."

    /// In a sentence.
    let findings (portrait: LatentPortrait) =
        let layers = portrait.Layers |> Seq.filter (fun layer -> layer.ActiveTokens > 0L) |> Seq.length
        [ $"Latent {portrait.Latent} is active on {portrait.ActiveTokens:N0} of {portrait.Tokens:N0} tokens, at {layers} of {portrait.Layers.Count} layers." ]

    /// One latent on a page of its own: every layer, and every range of values.
    let page (portrait: LatentPortrait) =
        [ for sentence in findings portrait do Block.Paragraph sentence
          Block.Paragraph reading
          Block.Markup(TokenView.strongest 6 portrait)
          Block.Drawing(byLayer portrait)
          Block.Markup(portrait.Layers |> Seq.map whole |> String.concat "\n") ]

    /// The answer: each latent, those that tell a concept best first.
    let section (label: int -> string option) (portraits: LatentPortrait seq) : Section =
        let labelled, others = portraits |> List.ofSeq |> List.partition (fun portrait -> (label portrait.Latent).IsSome)
        { Title = "Latents and their strongest examples"
          Blocks = Block.Paragraph reading :: [ for portrait in labelled @ others -> Block.Markup(html (label portrait.Latent |> Option.defaultValue "") portrait) ] }
