namespace Mlsae.Scripting

open PlotlyText

/// Curves, points and bars as Plotly's traces.
module internal PlotlySeries =

    /// What a point says under the mouse: its own text, or its name and coordinates.
    let private hover (panel: Panel) (series: Series) =
        let name = if series.Name = "" then "" else $"<b>{inTemplate series.Name}</b><br>"
        if series.Hover.Length > 0 then
            [ "text", series.Hover |> Seq.map words |> Json.array
              "hovertemplate", Json.text "%{text}<extra></extra>" ]
        else
            [ "hovertemplate", Json.text $"{name}{inTemplate panel.XAxis.Label}: %%{{x}}<br>{inTemplate panel.YAxis.Label}: %%{{y:.4~g}}<extra></extra>" ]

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

    let private colour (entry: Legend.Entry) = Style.colour entry.Count entry.Index

    let private coordinates (place: Arrangement.Place) entry (series: Series) =
        [ "name", words series.Name; "x", values series.X; "y", Json.numbers series.Y ]
        @ hover place.Panel series
        @ legend series.Name entry
        @ axes place

    let private edge (place: Arrangement.Place) (series: Series) bounds fields =
        Json.object (
            [ "type", Json.text "scatter"
              "mode", Json.text "lines"
              "x", values series.X
              "y", Json.numbers bounds
              "line", Json.object [ "width", Json.number 0.0 ]
              "hoverinfo", Json.text "skip"
              "legendgroup", words series.Name
              "showlegend", Json.flag false ]
            @ axes place
            @ fields)

    let private band place entry (series: Series) =
        if not (hasInterval series) then
            []
        else
            [ edge place series series.Low []
              edge place series series.High [ "fill", Json.text "tonexty"; "fillcolor", Json.text (Style.transparent (colour entry)) ] ]

    /// A curve; its interval is a band behind it.
    let line place (entry: Legend.Entry) (series: Series) =
        let look =
            [ "color", Json.text (colour entry)
              "dash", Json.text (Style.cycle Style.dashes entry.Index)
              "width", Json.number 2.2 ]
        band place entry series
        @ [ Json.object (
                [ "type", Json.text "scatter"; "mode", Json.text "lines"; "line", Json.object look ] @ coordinates place entry series) ]

    /// Points; their intervals are whiskers.
    let points place (entry: Legend.Entry) (series: Series) =
        let look =
            [ "color", Json.text (colour entry)
              "symbol", Json.text (Style.cycle Style.symbols entry.Index)
              "size", Json.number 8.0 ]
        [ Json.object (
              [ "type", Json.text "scatter"; "mode", Json.text "markers"; "marker", Json.object look ]
              @ errors series
              @ coordinates place entry series) ]

    /// Bars; their intervals are whiskers.
    let bars place entry (series: Series) =
        let look = [ "color", Json.text (colour entry) ]
        [ Json.object (
              [ "type", Json.text "bar"; "marker", Json.object look ] @ errors series @ coordinates place entry series) ]
