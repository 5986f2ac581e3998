namespace Mlsae.Scripting

open System.Text.Json.Nodes

/// Text and numbers on their way into Plotly, which reads a little HTML in labels and hover text: it is escaped.
module internal PlotlyText =

    // Plotly knows no &quot;, and needs none: the text is no attribute.
    let private escape (text: string) = (Html.escape text).Replace("&quot;", "\"")

    let words (text: string) = Json.text (escape text)

    /// Lines below each other.
    let lines (texts: string list) = texts |> List.map escape |> String.concat "<br>" |> Json.text

    /// Text within a template of hover text, where a label's braces would be read as a variable.
    let inTemplate (text: string) = (escape text).Replace("%{", "% {")

    let values values =
        match values with
        | Numbers numbers -> Json.numbers numbers
        | Labels labels -> labels |> Seq.map words |> Json.array

    let font size = Json.object [ "size", Json.number size ]

    /// The fields that put a trace between its panel's axes; the first panel's need no name.
    let axes (place: Arrangement.Place) : (string * JsonNode) list =
        if place.Suffix = "" then [] else [ "xaxis", Json.text ("x" + place.Suffix); "yaxis", Json.text ("y" + place.Suffix) ]

    /// The fields that give a name one entry in the legend, which hides and shows all that has it.
    let legend (name: string) (entry: Legend.Entry) : (string * JsonNode) list =
        if name = "" then [ "showlegend", Json.flag false ]
        else [ "legendgroup", words name; "showlegend", Json.flag entry.IsFirst ]
