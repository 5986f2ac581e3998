namespace Mlsae.Scripting

open System.Text.Json.Nodes

/// Figures as Plotly's JSON.
module internal Plotly =

    let private trace figure place (entries: Map<string, Legend.Entry>) trace =
        match trace with
        | Line s -> PlotlySeries.line place entries[s.Name] s
        | Points s -> PlotlySeries.points place entries[s.Name] s
        | Bars s -> PlotlySeries.bars place entries[s.Name] s
        | HeatMap g -> [ PlotlyColoured.heatMap figure place g ]
        | Cloud c -> [ PlotlyColoured.cloud figure place c ]
        | Network g -> PlotlyNetwork.traces figure place entries g

    let private traces (figure: Figure) =
        let panel place entries = List.map2 (trace figure place) entries place.Panel.Traces
        List.map2 panel (Arrangement.places figure) (Legend.entries figure) |> List.concat |> List.concat |> Json.array

    // Many bars are a histogram, whose bars touch.
    let private barGap (figure: Figure) =
        if figure.Traces |> List.exists (function Bars s -> s.Y.Length > 24 | _ -> false) then 0.04 else 0.3

    /// The legend stands above the panels and their titles.
    let private legend (margins: Arrangement.Margins) (figure: Figure) =
        let height = float figure.Height - margins.Top - margins.Bottom
        Json.object
            [ "orientation", Json.text "h"
              "x", Json.number 0.0
              "y", Json.number (1.02 + (margins.Top - 14.0) / height)
              "yanchor", Json.text "bottom"
              "traceorder", Json.text "normal" ]

    let private layout (figure: Figure) =
        let margins = Arrangement.margins figure
        let places = Arrangement.places figure
        let sides = [ "l", margins.Left; "r", margins.Right; "t", margins.Top; "b", margins.Bottom ]
        Json.object (
            [ "font", Json.object [ "family", Json.text Style.font; "size", Json.number 13.0; "color", Json.text "#1c2128" ]
              "height", Json.number (float figure.Height)
              "margin", Json.object [ for side, size in sides -> side, Json.number size ]
              "paper_bgcolor", Json.text "#ffffff"
              "plot_bgcolor", Json.text "#ffffff"
              "showlegend", Json.flag (Legend.isShown figure)
              "legend", legend margins figure
              "barmode", Json.text (if figure.Stacked then "stack" else "group")
              "bargap", Json.number (barGap figure)
              "hoverlabel", Json.object [ "align", Json.text "left" ]
              "annotations", places |> List.choose PlotlyAxes.title |> Json.array
              "shapes", places |> List.collect PlotlyAxes.references |> Json.array ]
            @ List.collect (PlotlyAxes.axes figure) places
            @ PlotlyColours.layout figure)

    /// `data` and `layout`, as Plotly.newPlot takes them.
    let json figure = Json.object [ "data", traces figure; "layout", layout figure ] :?> JsonObject
