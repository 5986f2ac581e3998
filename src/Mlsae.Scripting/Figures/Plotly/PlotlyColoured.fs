namespace Mlsae.Scripting

open System
open PlotlyText

/// Heat maps and clouds, whose numbers are colours, as Plotly's traces.
module internal PlotlyColoured =

    let private cells digits (rows: float[][]) = rows |> Seq.map (Seq.map (Json.numberTo digits) >> Json.array) |> Json.array

    let private isWhole (values: float seq) = values |> Seq.forall (fun value -> value = Math.Floor value || not (Double.IsFinite value))

    /// What a number is called and how it is written under the mouse; counts are written out.
    let private shown (meaning: string) variable values =
        let format = if isWhole values then ",.12~g" else ".4~g"
        $"{inTemplate meaning}: %%{{{variable}:{format}}}"

    let private coordinates (panel: Panel) format = $"{inTemplate panel.XAxis.Label}: %%{{x{format}}}<br>{inTemplate panel.YAxis.Label}: %%{{y{format}}}<br>"

    /// A rectangle of cells. Where colours go by logarithms, the numbers themselves travel too, to be shown.
    let heatMap figure (place: Arrangement.Place) (grid: Grid) =
        let z, variable, given =
            if grid.Colours.Log then
                grid.Cells |> Array.map (Array.map (PlotlyColours.place grid.Colours)), "customdata", [ "customdata", cells 15 grid.Cells ]
            else
                grid.Cells, "z", []
        Json.object (
            [ "type", Json.text "heatmap"
              "x", values grid.X
              "y", values grid.Y
              "z", cells 5 z
              "coloraxis", Json.text (PlotlyColours.axisOf figure grid.Meaning grid.Colours)
              "hoverongaps", Json.flag false
              "hovertemplate", Json.text (coordinates place.Panel "" + shown grid.Meaning variable (Seq.concat grid.Cells) + "<extra></extra>") ]
            @ given
            @ axes place)

    let private pointSize drawn = if drawn > 2000 then 3.5 elif drawn > 400 then 5.0 else 7.0

    /// Points of a cloud, of which a large one shows some.
    let cloud figure (place: Arrangement.Place) (cloud: Cloud) =
        let drawn = Thinning.indices cloud.X.Length
        let pick (all: 'a[]) = drawn |> Array.map (fun i -> all[i])
        let numbers = pick cloud.Values
        let marker =
            [ "color", numbers |> Seq.map (PlotlyColours.place cloud.Colours >> Json.numberTo 5) |> Json.array
              "coloraxis", Json.text (PlotlyColours.axisOf figure cloud.Meaning cloud.Colours)
              "size", Json.number (pointSize drawn.Length)
              "opacity", Json.number 0.8 ]
        let text = if cloud.Hover.Length = 0 then [] else [ "text", pick cloud.Hover |> Seq.map words |> Json.array ]
        let own = if text.IsEmpty then "" else "%{text}<br>"
        Json.object (
            [ "type", Json.text "scatter"
              "mode", Json.text "markers"
              "x", pick cloud.X |> Seq.map (Json.numberTo 6) |> Json.array
              "y", pick cloud.Y |> Seq.map (Json.numberTo 6) |> Json.array
              "customdata", numbers |> Seq.map (Json.numberTo 6) |> Json.array
              "marker", Json.object marker
              "hovertemplate", Json.text (own + coordinates place.Panel ":.4~g" + shown cloud.Meaning "customdata" numbers + "<extra></extra>")
              "showlegend", Json.flag false ]
            @ text
            @ axes place)
