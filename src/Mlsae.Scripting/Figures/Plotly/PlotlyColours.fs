namespace Mlsae.Scripting

open System
open System.Globalization
open System.Text.Json.Nodes

/// Colour scales and bars as Plotly's JSON. Traces whose numbers mean the same share one.
module internal PlotlyColours =

    /// What a trace colours by number: what it means, by which colours, which numbers.
    let private coloured trace =
        match trace with
        | HeatMap grid -> Some((grid.Meaning, grid.Colours), Seq.concat grid.Cells)
        | Cloud cloud -> Some((cloud.Meaning, cloud.Colours), Seq.ofArray cloud.Values)
        | Network graph ->
            match graph.Nodes |> Array.choose (fun n -> match n.Colour with NodeColour.Number value -> Some value | NodeColour.Group _ -> None) with
            | [||] -> None
            | numbers -> Some((graph.NodeMeaning, graph.Colours), Seq.ofArray numbers)
        | Line _ | Points _ | Bars _ -> None

    /// A colour bar's key, and all numbers that it stands for.
    let private bars (figure: Figure) =
        figure.Traces
        |> List.choose coloured
        |> List.groupBy fst
        |> List.map (fun (key, traces) -> key, traces |> Seq.collect snd |> Seq.filter Double.IsFinite |> Array.ofSeq)

    let private name index = if index = 0 then "coloraxis" else $"coloraxis{index + 1}"

    /// The colour bar that a trace belongs to.
    let axisOf (figure: Figure) meaning (colours: Colours) =
        figure.Traces |> List.choose coloured |> List.map fst |> List.distinct |> List.findIndex ((=) (meaning, colours)) |> name

    /// A number as its colour is chosen by; NaN, which has no colour, where a logarithm does not exist.
    let place (colours: Colours) value = if not colours.Log then value elif value > 0.0 then log10 value else nan

    let private stops scale =
        match scale with
        | ColourScale.FromPaper -> Style.magmaReversed
        | ColourScale.Even -> Style.even
        | ColourScale.Diverging -> Style.diverging

    let private scale (colours: Colours) =
        let stops = stops colours.Scale
        let last = float (List.length stops - 1)
        stops |> Seq.mapi (fun i colour -> Json.array [ Json.number (float i / last); Json.text colour ]) |> Json.array

    let private extent (values: float[]) = if values.Length = 0 then None else Some(Array.min values, Array.max values)

    /// What the scale covers; none leaves it to Plotly. A diverging scale has its white at zero.
    let private range (colours: Colours) (values: float[]) =
        let places = values |> Array.map (place colours) |> Array.filter Double.IsFinite
        let covered = match colours.Range with Some(low, high) -> Some(place colours low, place colours high) | None -> extent places
        match covered with
        | Some(low, high) when colours.Scale = ColourScale.Diverging -> let reach = max (abs low) (abs high) in Some(-reach, reach)
        | Some(low, high) when colours.Log -> Some(low, (if high > low then high else low + 1.0))
        | _ -> colours.Range

    let private tickText (value: float) =
        if value >= 1e-3 && value < 1e6 then value.ToString("#,0.###", CultureInfo.InvariantCulture)
        else $"10<sup>{Math.Round(log10 value)}</sup>"

    /// Powers of ten; with the 2s and 5s between them where there are few.
    let private ticks low high =
        let powers = [ floor low .. ceil high ]
        let isWithin value = log10 value >= low - 1e-9 && log10 value <= high + 1e-9
        let within factors = [ for power in powers do for factor in factors -> factor * 10.0 ** power ] |> List.filter isWithin
        match within [ 1.0 ] with
        | few when few.Length < 3 && high < 6.0 && low > -3.0 -> within [ 1.0; 2.0; 5.0 ]
        | powers -> powers

    let private tickFields (colours: Colours) range =
        match range with
        | Some(low, high) when colours.Log ->
            let ticks = ticks low high
            [ "tickvals", ticks |> Seq.map log10 |> Json.numbers; "ticktext", ticks |> Seq.map tickText |> Json.texts ]
        | _ -> [ "exponentformat", Json.text "power" ]

    // Several bars stand below each other, each with its share of the height.
    let private bar count index meaning ticks =
        let share = 1.0 / float count
        Json.object (
            [ "title", Json.object [ "text", Json.text (Html.escape meaning); "side", Json.text "right"; "font", Json.object [ "size", Json.number 13.0 ] ]
              "thickness", Json.number 14.0
              "outlinewidth", Json.number 0.0 ]
            @ (if count = 1 then [] else [ "len", Json.number share; "y", Json.number (1.0 - share * (float index + 0.5)) ])
            @ ticks)

    let private axis count index ((meaning, colours: Colours), values) =
        let range = range colours values
        let covered = match range with Some(low, high) -> [ "cmin", Json.number low; "cmax", Json.number high ] | None -> []
        let fields = [ "colorscale", scale colours; "colorbar", bar count index meaning (tickFields colours range) ] @ covered
        name index, Json.object fields

    /// The layout's fields for all colour bars of a figure.
    let layout (figure: Figure) : (string * JsonNode) list =
        let bars = bars figure
        bars |> List.mapi (axis bars.Length)
