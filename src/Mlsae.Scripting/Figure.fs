namespace Mlsae.Scripting

open System
open System.IO
open Mlsae.Metrics

/// Figures: made from data, refined by pipes, saved as pages that open with no network.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Figure =

    let private axis label = { Label = label; Log = false; Range = None; FromZero = false; Ticks = true }

    /// A figure of any traces, with the labels of its axes (units in brackets).
    let create title (xLabel, yLabel) traces =
        { Title = title; Name = Html.anchor title; Caption = ""; XAxis = axis xLabel; YAxis = axis yLabel; Traces = List.ofSeq traces; Height = 380 }

    /// A series over numbers, without intervals.
    let series name (points: (float * float) seq) =
        let x, y = points |> Array.ofSeq |> Array.unzip
        { Name = name; X = Numbers x; Y = y; Low = [||]; High = [||]; Hover = [||] }

    /// A series of estimates with their 95 % intervals; one without an interval has none drawn.
    let estimates name x (estimates: Estimate seq) =
        let estimates = Array.ofSeq estimates
        let bound (choose: Estimate -> Nullable<float>) =
            estimates |> Array.map (fun e -> if (choose e).HasValue then (choose e).Value else e.Mean)
        { Name = name
          X = x
          Y = estimates |> Array.map _.Mean
          Low = bound _.Low
          High = bound _.High
          Hover = [||] }

    /// Curves through (x, y) points, each with a name.
    let line title labels (curves: (string * #seq<float * float>) seq) =
        curves |> Seq.map (fun (name, points) -> Line(series name points)) |> create title labels

    /// Points, each group with a name.
    let scatter title labels (groups: (string * #seq<float * float>) seq) =
        groups |> Seq.map (fun (name, points) -> Points(series name points)) |> create title labels

    /// Bars over labels, each group with a name.
    let bar title labels (names: string seq) (groups: (string * #seq<float>) seq) =
        let x = Labels(Array.ofSeq names)
        groups
        |> Seq.map (fun (name, heights) ->
            Bars { Name = name; X = x; Y = Array.ofSeq heights; Low = [||]; High = [||]; Hover = [||] })
        |> create title labels

    /// Counts of values in bins of equal width over [low, high]; values outside are left out, NaN too.
    let histogram title xLabel bins (low: float, high: float) (values: float seq) =
        if bins < 1 || not (high > low) then
            invalidArg (nameof bins) $"A histogram needs at least one bin and high > low, but has {bins} bins over {low} .. {high}."
        let width = (high - low) / float bins
        let counts = Array.zeroCreate<float> bins
        for value in values do
            if value >= low && value <= high then
                let bin = min (bins - 1) (int ((value - low) / width))
                counts[bin] <- counts[bin] + 1.0
        let middles = Array.init bins (fun bin -> low + (float bin + 0.5) * width)
        create title (xLabel, "count") [ Bars(series "" (Array.zip middles counts)) ]

    /// A heat map: rows from the top, columns from the left; `meaning` names the colour.
    let heatMap title labels (x: Values) (y: Values) meaning (cells: float[][]) =
        create title labels [ HeatMap { X = x; Y = y; Cells = cells; Meaning = meaning } ]

    /// What units, n and intervals are.
    let caption caption figure = { figure with Caption = caption }

    /// Divides the x axis by powers of ten.
    let logX figure = { figure with XAxis = { figure.XAxis with Log = true } }

    /// Divides the y axis by powers of ten.
    let logY figure = { figure with YAxis = { figure.YAxis with Log = true } }

    /// What the x axis covers.
    let rangeX low high figure = { figure with XAxis = { figure.XAxis with Range = Some(low, high) } }

    /// What the y axis covers.
    let rangeY low high figure = { figure with YAxis = { figure.YAxis with Range = Some(low, high) } }

    /// Starts the y axis at zero, so that heights can be compared.
    let fromZero figure = { figure with YAxis = { figure.YAxis with FromZero = true } }

    /// Says before the title what the figure is of.
    let prefixed prefix (figure: Figure) = { figure with Title = prefix + figure.Title }

    /// What the figure's files are called in a report; otherwise its title.
    let named name (figure: Figure) = { figure with Name = name }

    /// Leaves the numbers along the x axis out, where they say nothing.
    let withoutTicksX figure = { figure with XAxis = { figure.XAxis with Ticks = false } }

    /// Height of the drawing in pixels.
    let height pixels figure = { figure with Height = pixels }

    /// What each point of the only series says under the mouse.
    let hover (texts: string seq) figure =
        let texts = Array.ofSeq texts
        let apply (s: Series) =
            if texts.Length <> s.Y.Length then
                invalidArg (nameof texts) $"{texts.Length} hover texts for the {s.Y.Length} points of '{s.Name}'."
            { s with Hover = texts }
        let trace = function Line s -> Line(apply s) | Points s -> Points(apply s) | Bars s -> Bars(apply s) | HeatMap g -> HeatMap g
        { figure with Traces = figure.Traces |> List.map trace }

    /// Plotly's JSON: an object with `data` and `layout`.
    let json figure = Plotly.json figure

    /// The data as comma-separated text.
    let csv figure = Csv.figure figure

    /// A page of its own, which opens with no network.
    let html figure = Page.html figure.Title true (Page.figure "figure" figure)

    /// Writes path.html and path.csv.
    let write (path: string) figure =
        Page.write (path + ".html") (html figure)
        Page.write (path + ".csv") (csv figure)

    // Title above and caption below the drawing, by the letters that fit on a line of a page 1,000 pixels wide.
    let private pictureSize figure =
        let lines perLine (text: string) = (text.Length + perLine - 1) / perLine
        1000, figure.Height + 100 + 23 * lines 90 figure.Title + 19 * lines 125 figure.Caption

    /// Writes path.html and path.csv, and path.png where Chromium is installed.
    let save (path: string) figure =
        write path figure
        if PlottingBundle.script.Value.IsSome then
            Browser.picture (pictureSize figure) (path + ".html") (path + ".png") |> ignore
