namespace Mlsae.Scripting

open System
open System.Text

/// Text on its way into HTML.
[<RequireQualifiedAccess>]
module Html =

    let private isControl (rune: Rune) = Rune.IsControl rune && rune.Value <> int '\n' && rune.Value <> int '\t'

    let private escapeRune (rune: Rune) =
        match rune.Value with
        | 0x26 -> "&amp;"
        | 0x3C -> "&lt;"
        | 0x3E -> "&gt;"
        | 0x22 -> "&quot;"
        | 0x27 -> "&#39;"
        | value when value < 0x20 && isControl rune -> string (char (0x2400 + value))
        | 0x7F -> "\u2421"
        | _ when isControl rune -> "\uFFFD"
        | _ -> rune.ToString()

    /// Escapes what HTML reads as markup, in text and in quoted attributes. Control characters, which HTML forbids, become their pictures.
    let escape (text: string) =
        let result = StringBuilder()
        for rune in (if isNull text then "" else text).EnumerateRunes() do
            result.Append(escapeRune rune) |> ignore
        result.ToString()

    /// As escape, with line breaks and tabs made visible too: the text of one token, as it stands in the vocabulary.
    let token (text: string) =
        (escape text).Replace("\r", "\u240D").Replace("\n", "\u21B5").Replace("\t", "\u21E5")

    /// `<name class="...">inner</name>`; inner is HTML already.
    let element name className inner =
        if className = "" then $"<{name}>{inner}</{name}>" else $"<{name} class=\"{className}\">{inner}</{name}>"

    /// A title turned into an anchor: letters and digits, joined by hyphens.
    let anchor (title: string) =
        let letters = title.ToLowerInvariant() |> String.map (fun c -> if Char.IsAsciiLetterOrDigit c then c else ' ')
        String.Join("-", letters.Split(' ', StringSplitOptions.RemoveEmptyEntries))
