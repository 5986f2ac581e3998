namespace Mlsae.Scripting

open System
open System.Text.Json.Nodes

/// Values for Plotly. JSON knows no NaN and no infinity: they become null, which Plotly leaves out of the drawing.
module internal Json =

    let private rounded (digits: int) (value: float) = Double.Parse(value.ToString($"G{digits}"))

    /// A number to so many significant digits, which keeps pages small.
    let numberTo digits (value: float) : JsonNode =
        if Double.IsFinite value then JsonValue.Create(rounded digits value) else null

    let number = numberTo 9

    let text (value: string) : JsonNode = JsonValue.Create value

    let flag (value: bool) : JsonNode = JsonValue.Create value

    let array (values: JsonNode seq) : JsonNode = JsonArray(Array.ofSeq values)

    let object (fields: (string * JsonNode) seq) : JsonNode =
        let result = JsonObject()
        fields |> Seq.iter (fun (name, value) -> result[name] <- value)
        result

    let numbers (values: float seq) = values |> Seq.map number |> array

    let texts (values: string seq) = values |> Seq.map text |> array
