namespace Mlsae.Scripting

open System
open Mlsae.Analysis

/// The latents of one prompt: the analysis prompt-heatmap.
[<RequireQualifiedAccess>]
module Prompts =

    /// Latents are shown on a token where their value is at least this share of the strongest's, as in the published app.
    let private relativeAbove = 0.05f

    // The published figures put the deepest latents first.
    let private deepestFirst (prompt: PromptLatents) = Seq.rev prompt.Latents |> Array.ofSeq

    let private shownText (prompt: PromptLatents) = if prompt.Prompt.Length > 48 then prompt.Prompt.Substring(0, 45) + "..." else prompt.Prompt

    /// Latents × layers over all tokens: the colour is the share of a latent's activation.
    let overall (prompt: PromptLatents) =
        let latents = deepestFirst prompt
        Figure.heatMap $"“{shownText prompt}”: where in depth its latents are active" ("latents, ordered by mean layer", "layer")
            (Labels [| for latent in latents -> string latent.Latent |]) (Numbers [| for l in 0 .. prompt.LayerCount - 1 -> float l |]) "share of activation"
            [| for layer in 0 .. prompt.LayerCount - 1 -> [| for latent in latents -> latent.Shares[layer] |] |]
        |> Figure.withoutTicksX
        |> Figure.height (200 + 20 * prompt.LayerCount)
        |> Figure.named "prompt-latents"
        |> Figure.caption $"n = {latents.Length:N0} latents that are active on any of {prompt.Tokens.Count} tokens, their values summed over tokens; each column sums to 1."

    let private onToken (value: PromptPlace -> float32) (prompt: PromptLatents) (latents: PromptLatent[]) token =
        let cells = Array.init prompt.LayerCount (fun _ -> Array.create latents.Length nan)
        latents |> Array.iteri (fun column latent ->
            for place in latent.Places do
                if place.Token = token then
                    cells[place.Layer][column] <- float (value place))
        cells

    let private byToken meaning (value: PromptPlace -> float32) (prompt: PromptLatents) =
        let latents =
            deepestFirst prompt |> Array.filter (fun latent -> latent.Places |> Seq.exists (fun place -> place.Relative > relativeAbove))
        let panel token =
            Figure.heatMap $"{token + 1}: {prompt.Tokens[token]}" ("", "layer") (Labels [| for latent in latents -> string latent.Latent |])
                (Numbers [| for l in 0 .. prompt.LayerCount - 1 -> float l |]) meaning (onToken value prompt latents token)
            |> Figure.withoutTicksX
        let rows = (prompt.Tokens.Count + 1) / 2
        latents.Length, [ for token in 0 .. prompt.Tokens.Count - 1 -> panel token ] |> Figure.multiples "" 2 |> Figure.height (70 + rows * (60 + 12 * prompt.LayerCount))

    let private tokensCaption (prompt: PromptLatents) n =
        $"A panel for each token; columns are the same n = {n:N0} latents in all panels, the deepest first: those that reach {100f * relativeAbove:F0} %% of the strongest latent at some layer and token. White: not active."

    /// Latents × layers on each token: values.
    let absolute (prompt: PromptLatents) =
        let n, figure = byToken "activation" _.Value prompt
        { figure with Title = "Activations on each token" } |> Figure.logColour |> Figure.named "prompt-latents-by-token" |> Figure.caption (tokensCaption prompt n)

    /// Latents × layers on each token: shares of the strongest latent at that layer and token.
    let relative (prompt: PromptLatents) =
        let n, figure = byToken "relative to the strongest" _.Relative prompt
        { figure with Title = "Activations on each token, relative to the strongest latent there" }
        |> Figure.colourRange 0.0 1.0 |> Figure.named "prompt-latents-by-token-relative" |> Figure.caption (tokensCaption prompt n)

    /// The strongest latents of each token, at any layer.
    let table (prompt: PromptLatents) =
        let places = [ for latent in prompt.Latents do for place in latent.Places -> latent, place ]
        [ for token in 0 .. prompt.Tokens.Count - 1 do
              let strongest =
                  places |> List.filter (fun (_, place) -> place.Token = token) |> List.groupBy (fun (latent, _) -> latent.Latent)
                  |> List.map (fun (_, own) -> List.maxBy (fun (_, place: PromptPlace) -> place.Relative) own, own.Length)
                  |> List.sortByDescending (fun ((_, place), _) -> place.Relative, place.Value) |> List.truncate 3
              for (latent, place), layers in strongest do
                  [ Cell.Code prompt.Tokens[token]; Cell.Text(string latent.Latent); Cell.Text(string place.Layer); Cell.Number(float place.Value); Cell.Percent(float place.Relative)
                    Cell.Count(int64 layers); Cell.Number latent.LayerMean ] ]
        |> Table.create "The strongest latents of each token" [ "token"; "latent"; "strongest at layer"; "activation"; "relative"; "layers on this token"; "mean layer on the prompt" ]
        |> Table.caption "Three of each token. Relative: of the strongest latent at the same layer and token."

    /// In sentences.
    let findings (prompt: PromptLatents) =
        let pairs = [ for latent in prompt.Latents do yield! latent.Places |> Seq.countBy _.Token |> Seq.map snd ]
        let several = pairs |> List.filter (fun layers -> layers > 1) |> List.length
        [ $"On “{prompt.Prompt}” ({prompt.Tokens.Count} tokens), {prompt.Latents.Count:N0} latents are active; of {pairs.Length:N0} (token, latent) pairs {Table.text (Cell.Percent(float several / float pairs.Length))} are active at several layers of the token." ]

    /// The answer: sentences, figures, table.
    let section (prompt: PromptLatents) : Section =
        { Title = "One prompt"
          Blocks =
            [ for sentence in findings prompt -> Block.Paragraph sentence ]
            @ [ Block.Drawing(overall prompt); Block.Drawing(absolute prompt); Block.Drawing(relative prompt); Block.Tabular(table prompt) ] }
