namespace Mlsae.Scripting

open System
open System.Globalization
open Mlsae.Analysis

/// Examples of latents as HTML: the text around a token, coloured by how active the latent is.
[<RequireQualifiedAccess>]
module TokenView =

    let private invariant = CultureInfo.InvariantCulture

    let private number (value: float32) = value.ToString("0.###", invariant)

    // Orange on white keeps black text readable at full strength.
    let private background (value: float32) (largest: float32) =
        if value > 0f && largest > 0f then
            let alpha = 0.12f + 0.68f * min 1f (value / largest)
            "background:rgba(230,159,0," + alpha.ToString("0.00", invariant) + ")"
        else
            ""

    let private text (example: LatentExample) index =
        if index < example.Texts.Length then example.Texts[index] else $"[{example.TokenIds[index]}]"

    /// One token, with its value as a tooltip.
    let token (largest: float32) isHere (text: string) (value: float32) =
        let className = if isHere then "token here" else "token"
        $"<span class=\"{className}\" style=\"{background value largest}\" title=\"{number value}\">{Html.token text}</span>"

    let private layers (example: LatentExample) =
        let largest = Array.max (Array.append [| Single.Epsilon |] example.LayerValues)
        let cell layer (value: float32) = $"<i title=\"layer {layer}: {number value}\" style=\"{background value largest}\"></i>"
        example.LayerValues |> Array.mapi cell |> String.concat "" |> Html.element "span" "layers"

    /// One example: layer, value and the latent's strength at each layer, then the text.
    let example (largest: float32) (example: LatentExample) =
        let tokens =
            Array.init example.TokenIds.Length (fun i -> token largest (i = example.Position) (text example i) example.Values[i])
        let value = example.Value.ToString("0.00", invariant)
        let where = $"{value} at layer {example.Layer} {layers example}"
        Html.element "div" "example" (Html.element "span" "where" where + Html.element "span" "text" (String.concat "" tokens))

    /// Some examples, one below the other, coloured against the strongest of them.
    let examples (shown: LatentExample seq) =
        let shown = List.ofSeq shown
        let largest = shown |> List.fold (fun largest e -> max largest e.Value) 0f
        shown |> List.map (example largest) |> String.concat "\n"

    /// The strongest places of a latent at any layer, each token once.
    let strongest count (portrait: LatentPortrait) =
        portrait.Layers |> Seq.collect _.Strongest |> Seq.sortBy (fun e -> -e.Value, e.Token) |> Seq.distinctBy _.Token |> Seq.truncate count |> examples
