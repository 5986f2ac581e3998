namespace Mlsae.Scripting

open PlotlyText

/// Axes, panel titles and reference lines as parts of Plotly's layout.
module internal PlotlyAxes =

    let private range axis =
        match axis.Range with
        | None -> []
        | Some(low, high) ->
            let place value = Json.number (if axis.Log then log10 value else value)
            [ "range", Json.array [ place low; place high ] ]

    let private pair (low, high) = Json.array [ Json.number low; Json.number high ]

    /// Text in small panels is a little smaller.
    let private sizes (place: Arrangement.Place) = if place.Width < 450.0 then 12.0, 11.0 else 14.0, 13.0

    let private axis place (axis: Axis) showsLabel showsTicks isOuter fields =
        let labelSize, tickSize = sizes place
        Json.object (
            [ "title", Json.object [ "text", words (if showsLabel then axis.Label else ""); "font", font labelSize; "standoff", Json.number 10.0 ]
              "automargin", Json.flag isOuter
              "tickfont", font tickSize
              "showticklabels", Json.flag showsTicks
              "ticks", Json.text (if showsTicks then "outside" else "")
              "tickcolor", Json.text "#8c959f"
              "gridcolor", Json.text "#e6eaee"
              "zerolinecolor", Json.text "#c5ccd3"
              "linecolor", Json.text "#8c959f"
              "exponentformat", Json.text "power" ]
            @ (if axis.Log then [ "type", Json.text "log" ] else [])
            @ (if axis.FromZero then [ "rangemode", Json.text "tozero" ] else [])
            @ range axis
            @ fields)

    let private grids (panel: Panel) = panel.Traces |> List.choose (function HeatMap g -> Some g | _ -> None)

    let private hasBars (panel: Panel) = panel.Traces |> List.exists _.IsBars

    let private hasLabels trace =
        match trace with
        | Line s | Points s | Bars s -> s.X.IsLabels
        | HeatMap g -> g.X.IsLabels
        | Cloud _ | Network _ -> false

    let private xFields (panel: Panel) =
        let lines = List.isEmpty (grids panel) && not (hasBars panel)
        [ "showgrid", Json.flag lines; "zeroline", Json.flag false ]
        // Labels that look like numbers are labels still.
        @ (if panel.Traces |> List.exists hasLabels then [ "type", Json.text "category" ] else [])
        @ (if panel.XAxis.Log then [] else [ "exponentformat", Json.text "SI" ])

    let private yFields (panel: Panel) =
        match grids panel with
        | grid :: _ when not grid.Upwards && panel.YAxis.Range.IsNone ->
            let all = match grid.Y with Numbers n -> [ "tickvals", Json.numbers n ] | Labels _ -> []
            [ "autorange", Json.text "reversed"; "showgrid", Json.flag false; "zeroline", Json.flag false ] @ (if grid.Cells.Length <= 32 then all else [])
        | _ :: _ -> [ "showgrid", Json.flag false; "zeroline", Json.flag false ]
        | [] -> []

    /// What places an axis among several: its stretch, its partner, and the first axis where it covers what all cover.
    let private placed figure (place: Arrangement.Place) letter partner (axis: Axis) stretch =
        if List.length figure.Panels = 1 then []
        else
            [ "domain", pair stretch; "anchor", Json.text (partner + place.Suffix) ]
            @ (if axis.Shared && place.Suffix <> "" then [ "matches", Json.text letter ] else [])

    /// A network has places but no axes: it is drawn in pixels, which the panel's size covers.
    let private invisible length fields =
        Json.object ([ "visible", Json.flag false; "range", pair (0.0, length); "fixedrange", Json.flag true ] @ fields)

    /// Both axes of a panel, by their names in the layout.
    let axes (figure: Figure) (place: Arrangement.Place) =
        let panel = place.Panel
        let placedX = placed figure place "x" "y" panel.XAxis place.X
        let placedY = placed figure place "y" "x" panel.YAxis place.Y
        let x, y =
            if panel.Traces |> List.exists _.IsNetwork then
                invisible place.Width placedX, invisible place.Height placedY
            else
                axis place panel.XAxis place.ShowsLabelX place.ShowsTicksX place.IsBottom (xFields panel @ placedX),
                axis place panel.YAxis place.ShowsLabelY place.ShowsTicksY place.IsLeft (yFields panel @ placedY)
        [ "xaxis" + place.Suffix, x; "yaxis" + place.Suffix, y ]

    /// A panel's title above it, from its left edge.
    let title (place: Arrangement.Place) =
        if place.TitleLines.IsEmpty then
            None
        else
            Some(
                Json.object
                    [ "text", lines place.TitleLines
                      "xref", Json.text $"x{place.Suffix} domain"
                      "yref", Json.text $"y{place.Suffix} domain"
                      "x", Json.number 0.0
                      "y", Json.number 1.0
                      "xanchor", Json.text "left"
                      "yanchor", Json.text "bottom"
                      "yshift", Json.number 3.0
                      "align", Json.text "left"
                      "showarrow", Json.flag false
                      "font", font 13.0 ])

    let private grey = "#57606a"

    let private reference (xref: string, yref: string) (x0, x1) (y0, y1) label fields =
        let label =
            [ "text", words label; "textposition", Json.text "end"; "textangle", Json.number 0.0; "padding", Json.number 3.0
              "font", Json.object [ "size", Json.number 11.0; "color", Json.text grey; "shadow", Json.text Style.rim ] ] @ fields
        Json.object
            [ "type", Json.text "line"
              "xref", Json.text xref
              "yref", Json.text yref
              "x0", Json.number x0
              "x1", Json.number x1
              "y0", Json.number y0
              "y1", Json.number y1
              "line", Json.object [ "color", Json.text grey; "width", Json.number 1.2; "dash", Json.text "dot" ]
              "label", Json.object label ]

    /// A panel's reference lines, each from edge to edge.
    let references (place: Arrangement.Place) =
        let x, y = "x" + place.Suffix, "y" + place.Suffix
        place.Panel.References
        |> List.map (function
            | Reference.X(value, label) -> reference (x, y + " domain") (value, value) (0.0, 1.0) label [ "xanchor", Json.text "left"; "yanchor", Json.text "top" ]
            | Reference.Y(value, label) -> reference (x + " domain", y) (0.0, 1.0) (value, value) label [ "xanchor", Json.text "right"; "yanchor", Json.text "bottom" ])
