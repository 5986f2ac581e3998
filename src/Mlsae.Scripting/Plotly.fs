namespace Mlsae.Scripting

open System.Text.Json.Nodes

/// Figures as Plotly's JSON. Text is escaped, since Plotly reads a little HTML in labels and hover text.
module internal Plotly =

    let private words (text: string) = Json.text (Html.escape text)

    let private values values =
        match values with
        | Numbers numbers -> Json.numbers numbers
        | Labels labels -> labels |> Seq.map words |> Json.array

    let private font size = Json.object [ "size", Json.number size ]

    /// What a point says under the mouse: its own text, or its name and coordinates.
    let private hover (figure: Figure) (series: Series) =
        let name = if series.Name = "" then "" else $"<b>{Html.escape series.Name}</b><br>"
        // Braces in a label would be read as a variable of the template.
        let label axis = (Html.escape axis.Label).Replace("%{", "% {")
        if series.Hover.Length > 0 then
            [ "text", series.Hover |> Seq.map (fun t -> words t) |> Json.array
              "hovertemplate", Json.text "%{text}<extra></extra>" ]
        else
            [ "hovertemplate", Json.text $"{name}{label figure.XAxis}: %%{{x}}<br>{label figure.YAxis}: %%{{y:.4~g}}<extra></extra>" ]

    let private hasInterval (series: Series) = series.Low.Length > 0

    let private errors (series: Series) =
        if not (hasInterval series) then
            []
        else
            [ "error_y",
              Json.object
                  [ "type", Json.text "data"
                    "symmetric", Json.flag false
                    "array", Json.numbers (Array.map2 (-) series.High series.Y)
                    "arrayminus", Json.numbers (Array.map2 (-) series.Y series.Low)
                    "color", Json.text "#1c2128"
                    "thickness", Json.number 1.2
                    "width", Json.number 4.0 ] ]

    let private coordinates figure (series: Series) =
        [ "name", words series.Name; "x", values series.X; "y", Json.numbers series.Y ] @ hover figure series

    let private edge (series: Series) bounds fields =
        Json.object (
            [ "type", Json.text "scatter"
              "mode", Json.text "lines"
              "x", values series.X
              "y", Json.numbers bounds
              "line", Json.object [ "width", Json.number 0.0 ]
              "hoverinfo", Json.text "skip"
              "showlegend", Json.flag false ]
            @ fields)

    let private band figure index (series: Series) =
        if not (hasInterval series) then
            []
        else
            let colour = Style.transparent (Style.colour (List.length figure.Traces) index)
            [ edge series series.Low []
              edge series series.High [ "fill", Json.text "tonexty"; "fillcolor", Json.text colour ] ]

    let private line figure index (series: Series) =
        let look =
            [ "color", Json.text (Style.colour (List.length figure.Traces) index)
              "dash", Json.text (Style.cycle Style.dashes index)
              "width", Json.number 2.2 ]
        band figure index series
        @ [ Json.object (
                [ "type", Json.text "scatter"; "mode", Json.text "lines"; "line", Json.object look ] @ coordinates figure series) ]

    let private points figure index (series: Series) =
        let look =
            [ "color", Json.text (Style.colour (List.length figure.Traces) index)
              "symbol", Json.text (Style.cycle Style.symbols index)
              "size", Json.number 8.0 ]
        Json.object (
            [ "type", Json.text "scatter"; "mode", Json.text "markers"; "marker", Json.object look ]
            @ errors series
            @ coordinates figure series)

    let private bars figure index (series: Series) =
        let look = [ "color", Json.text (Style.colour (List.length figure.Traces) index) ]
        Json.object (
            [ "type", Json.text "bar"; "marker", Json.object look ] @ errors series @ coordinates figure series)

    let private colourScale () =
        let last = float (Style.magmaReversed.Length - 1)
        Style.magmaReversed |> Seq.mapi (fun i colour -> Json.array [ Json.number (float i / last); Json.text colour ]) |> Json.array

    let private colourBar meaning =
        Json.object
            [ "title", Json.object [ "text", words meaning; "side", Json.text "right"; "font", font 13.0 ]
              "thickness", Json.number 14.0
              "outlinewidth", Json.number 0.0 ]

    let private heatMap (figure: Figure) (grid: Grid) =
        let label axis = (Html.escape axis.Label).Replace("%{", "% {")
        Json.object
            [ "type", Json.text "heatmap"
              "x", values grid.X
              "y", values grid.Y
              "z", grid.Cells |> Seq.map (Seq.map (Json.numberTo 5) >> Json.array) |> Json.array
              "colorscale", colourScale ()
              "colorbar", colourBar grid.Meaning
              "hovertemplate",
              Json.text $"{label figure.XAxis}: %%{{x}}<br>{label figure.YAxis}: %%{{y}}<br>{Html.escape grid.Meaning}: %%{{z:.4~g}}<extra></extra>" ]

    let private range axis =
        match axis.Range with
        | None -> []
        | Some(low, high) ->
            let place value = Json.number (if axis.Log then log10 value else value)
            [ "range", Json.array [ place low; place high ] ]

    let private axis (axis: Axis) fields =
        Json.object (
            [ "title", Json.object [ "text", words axis.Label; "font", font 14.0; "standoff", Json.number 10.0 ]
              "automargin", Json.flag true
              "showticklabels", Json.flag axis.Ticks
              "ticks", Json.text (if axis.Ticks then "outside" else "")
              "tickcolor", Json.text "#8c959f"
              "gridcolor", Json.text "#e6eaee"
              "zerolinecolor", Json.text "#c5ccd3"
              "linecolor", Json.text "#8c959f"
              "exponentformat", Json.text "power" ]
            @ (if axis.Log then [ "type", Json.text "log" ] else [])
            @ (if axis.FromZero then [ "rangemode", Json.text "tozero" ] else [])
            @ range axis
            @ fields)

    let private heatMaps (figure: Figure) = figure.Traces |> List.choose (function HeatMap g -> Some g | _ -> None)

    let private barSeries (figure: Figure) = figure.Traces |> List.choose (function Bars s -> Some s | _ -> None)

    let private xFields figure =
        let lines = List.isEmpty (heatMaps figure) && List.isEmpty (barSeries figure)
        let labels = figure.Traces |> List.exists (function Line s | Points s | Bars s -> s.X.IsLabels | HeatMap g -> g.X.IsLabels)
        [ "showgrid", Json.flag lines; "zeroline", Json.flag false ]
        // Labels that look like numbers are labels still.
        @ (if labels then [ "type", Json.text "category" ] else [])
        @ (if figure.XAxis.Log then [] else [ "exponentformat", Json.text "SI" ])

    // Many bars are a histogram, whose bars touch.
    let private barGap figure = if barSeries figure |> List.exists (fun s -> s.Y.Length > 24) then 0.04 else 0.3

    let private yFields figure =
        match heatMaps figure with
        | grid :: _ when figure.YAxis.Range.IsNone ->
            let all = match grid.Y with Numbers n -> [ "tickvals", Json.numbers n ] | Labels _ -> []
            [ "autorange", Json.text "reversed"; "showgrid", Json.flag false ] @ (if grid.Cells.Length <= 32 then all else [])
        | _ -> []

    let private seriesOf = function Line s | Points s | Bars s -> Some s | HeatMap _ -> None

    let private layout (figure: Figure) =
        let named = figure.Traces |> List.choose seriesOf |> List.filter (fun s -> s.Name <> "")
        Json.object
            [ "font", Json.object [ "family", Json.text Style.font; "size", Json.number 13.0; "color", Json.text "#1c2128" ]
              "height", Json.number (float figure.Height)
              "margin", Json.object [ for side, size in [ "l", 64.0; "r", 24.0; "t", 14.0; "b", 56.0 ] -> side, Json.number size ]
              "paper_bgcolor", Json.text "#ffffff"
              "plot_bgcolor", Json.text "#ffffff"
              "xaxis", axis figure.XAxis (xFields figure)
              "yaxis", axis figure.YAxis (yFields figure)
              "showlegend", Json.flag (named.Length > 1)
              "legend", Json.object [ "orientation", Json.text "h"; "x", Json.number 0.0; "y", Json.number 1.02; "yanchor", Json.text "bottom"; "traceorder", Json.text "normal" ]
              "barmode", Json.text "group"
              "bargap", Json.number (barGap figure)
              "hoverlabel", Json.object [ "align", Json.text "left" ] ]

    let private traces (figure: Figure) =
        figure.Traces
        |> Seq.mapi (fun index trace ->
            match trace with
            | Line s -> line figure index s
            | Points s -> [ points figure index s ]
            | Bars s -> [ bars figure index s ]
            | HeatMap g -> [ heatMap figure g ])
        |> Seq.concat
        |> Json.array

    /// `data` and `layout`, as Plotly.newPlot takes them.
    let json figure = Json.object [ "data", traces figure; "layout", layout figure ] :?> JsonObject
