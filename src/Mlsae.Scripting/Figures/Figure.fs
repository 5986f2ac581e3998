namespace Mlsae.Scripting

open System
open System.IO
open Mlsae.Metrics

/// Figures: made from data, refined by pipes, saved as pages that open with no network.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Figure =

    let private axis label = { Label = label; Log = false; Range = None; FromZero = false; Ticks = true; Shared = false }

    /// A figure of any traces, with the labels of its axes (units in brackets).
    let create title (xLabel, yLabel) traces =
        let panel = { Title = ""; XAxis = axis xLabel; YAxis = axis yLabel; Traces = List.ofSeq traces; References = [] }
        { Title = title; Name = Html.anchor title; Caption = ""; Panels = [ panel ]; Columns = 1; Stacked = false; Height = 380 }

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
        let bins = Bins.create bins low high
        create title (xLabel, "count") [ Bars(series "" (Array.zip (Bins.middles bins) (Bins.count bins values))) ]

    let private colours scale = { Scale = scale; Log = false; Range = None }

    let private checkCells columns rows (cells: 'a[][]) =
        if cells.Length <> rows || cells |> Array.exists (fun row -> row.Length <> columns) then
            let widths = cells |> Seq.map _.Length |> Seq.distinct |> Seq.map string |> String.concat ", "
            invalidArg (nameof cells) $"{rows} rows of {columns} cells are needed, but there are {cells.Length} rows of {widths} cells."

    let private lengthOf values = match values with Numbers n -> n.Length | Labels l -> l.Length

    /// A heat map: rows from the top, columns from the left; `meaning` names the colour.
    let heatMap title labels (x: Values) (y: Values) meaning (cells: float[][]) =
        checkCells (lengthOf x) (lengthOf y) cells
        create title labels [ HeatMap { X = x; Y = y; Cells = cells; Meaning = meaning; Colours = colours ColourScale.FromPaper; Upwards = false } ]

    /// Counts in cells over x and y, rows from low to high y, drawn upwards; colours go by powers of ten, and cells without counts stay white.
    let counts2d title labels (xLow, xHigh) (yLow, yHigh) meaning (counts: int64[][]) =
        if counts.Length = 0 then invalidArg (nameof counts) "A histogram needs at least one row of counts."
        checkCells counts[0].Length counts.Length counts
        let x, y = Bins.create counts[0].Length xLow xHigh, Bins.create counts.Length yLow yHigh
        create title labels
            [ HeatMap
                  { X = Numbers(Bins.middles x); Y = Numbers(Bins.middles y); Cells = counts |> Array.map (Array.map float); Meaning = meaning
                    Colours = { colours ColourScale.FromPaper with Log = true }; Upwards = true } ]

    /// Counts of points in cells of equal size: how many bins, from where to where, for x and for y. Points outside are left out, NaN too.
    let histogram2d title labels (xBins, xLow, xHigh) (yBins, yLow, yHigh) meaning (points: (float * float) seq) =
        Bins.count2d (Bins.create xBins xLow xHigh) (Bins.create yBins yLow yHigh) points
        |> counts2d title labels (xLow, xHigh) (yLow, yHigh) meaning

    /// Many points, each with a number that colours it: (x, y, number). Of more than 5,000 some are drawn, spread over all; the data file holds all.
    let cloud title labels meaning (points: (float * float * float) seq) =
        let x, y, values = points |> Array.ofSeq |> Array.unzip3
        create title labels [ Cloud { X = x; Y = y; Values = values; Meaning = meaning; Colours = colours ColourScale.Even; Hover = [||] } ]

    // Each node of the fullest column needs room for its label, which has more lines where columns are narrow.
    let private networkHeight (nodes: Node[]) =
        let columns = nodes |> Array.countBy _.X |> Array.map snd
        let fullest = Array.fold max 1 columns
        min 1000 (max 320 (90 + (if fullest > 1 && columns.Length > 6 then 82 else 66) * fullest))

    /// Nodes at their places, joined by arrows; the meanings name what numbers colour the nodes and what the edges' weights are.
    let network title (nodeMeaning, edgeMeaning) (edges: Edge seq) (nodes: Node seq) =
        Network.check edges nodes
        let nodes = Array.ofSeq nodes
        let graph = { Nodes = nodes; Edges = Array.ofSeq edges; NodeMeaning = nodeMeaning; EdgeMeaning = edgeMeaning; Colours = colours ColourScale.Even }
        { create title ("", "") [ Trace.Network graph ] with Height = networkHeight nodes }

    let private captions (figures: Figure list) =
        match figures |> List.map _.Caption |> List.distinct with
        | [ one ] -> one
        | _ -> figures |> List.filter (fun f -> f.Caption <> "") |> List.map (fun f -> $"{f.Title}: {f.Caption}") |> String.concat " "

    // Narrow panels are lower too, so that they keep about the same shape.
    let private rowHeight columns = match columns with 1 -> 320 | 2 -> 290 | 3 -> 245 | _ -> 215

    /// Several figures as panels of one, row by row; their titles become the panels'.
    let multiples title columns (figures: Figure list) =
        if columns < 1 then invalidArg (nameof columns) $"Panels need at least one column, not {columns}."
        if figures.IsEmpty then invalidArg (nameof figures) $"'{title}' needs at least one figure."
        let titled (figure: Figure) = match figure.Panels with [ only ] -> [ { only with Title = figure.Title } ] | several -> several
        let panels = figures |> List.collect titled
        let columns = min columns panels.Length
        let rows = (panels.Length + columns - 1) / columns
        { Title = title; Name = Html.anchor title; Caption = captions figures; Panels = panels; Columns = columns; Stacked = figures |> List.exists _.Stacked; Height = 90 + rows * rowHeight columns }

    /// What units, n and intervals are.
    let caption caption (figure: Figure) = { figure with Caption = caption }

    let private panels change (figure: Figure) = { figure with Panels = figure.Panels |> List.map change }

    let private axisX change figure = figure |> panels (fun panel -> { panel with XAxis = change panel.XAxis })

    let private axisY change figure = figure |> panels (fun panel -> { panel with YAxis = change panel.YAxis })

    let private traces change figure = figure |> panels (fun panel -> { panel with Traces = panel.Traces |> List.map change })

    /// Divides the x axis by powers of ten.
    let logX figure = figure |> axisX (fun axis -> { axis with Log = true })

    /// Divides the y axis by powers of ten.
    let logY figure = figure |> axisY (fun axis -> { axis with Log = true })

    /// What the x axis covers.
    let rangeX low high figure = figure |> axisX (fun axis -> { axis with Range = Some(low, high) })

    /// What the y axis covers.
    let rangeY low high figure = figure |> axisY (fun axis -> { axis with Range = Some(low, high) })

    /// Starts the y axis at zero, so that heights can be compared.
    let fromZero figure = figure |> axisY (fun axis -> { axis with FromZero = true })

    /// Lets the x axes of all panels cover the same.
    let shareX figure = figure |> axisX (fun axis -> { axis with Shared = true })

    /// Lets the y axes of all panels cover the same.
    let shareY figure = figure |> axisY (fun axis -> { axis with Shared = true })

    /// Lets bars at one place stand on each other, the first series at the bottom.
    let stacked (figure: Figure) = { figure with Stacked = true }

    /// Leaves the numbers along the x axis out, where they say nothing.
    let withoutTicksX figure = figure |> axisX (fun axis -> { axis with Ticks = false })

    let private reference reference figure = figure |> panels (fun panel -> { panel with References = panel.References @ [ reference ] })

    /// A thin line up and down at a value of x, with a label, in every panel.
    let referenceX value label figure = figure |> reference (Reference.X(value, label))

    /// A thin line across at a value of y, with a label, in every panel: what chance would give, for example.
    let referenceY value label figure = figure |> reference (Reference.Y(value, label))

    let private checkRange (colours: Colours) =
        match colours.Range with
        | Some(low, high) when not (high > low) -> invalidArg "high" $"Colours need a range from low to high, but it goes from {low} to {high}."
        | Some(low, _) when colours.Log && not (low > 0.0) -> invalidArg "low" $"Colours divided by powers of ten need a range above zero, but it begins at {low}."
        | _ -> colours

    let private coloured (change: Colours -> Colours) figure =
        let change = change >> checkRange
        figure
        |> traces (function
            | HeatMap grid -> HeatMap { grid with Colours = change grid.Colours }
            | Cloud cloud -> Cloud { cloud with Colours = change cloud.Colours }
            | Trace.Network graph -> Trace.Network { graph with Colours = change graph.Colours }
            | Line _ | Points _ | Bars _ as plain -> plain)

    /// Divides the colours by powers of ten; what is not above zero has none.
    let logColour figure = figure |> coloured (fun colours -> { colours with Log = true })

    /// What the colours cover; numbers outside have the colour of the nearer end.
    let colourRange low high figure = figure |> coloured (fun colours -> { colours with Range = Some(low, high) })

    /// Blue below zero, white at zero, orange above.
    let diverging figure = figure |> coloured (fun colours -> { colours with Scale = ColourScale.Diverging })

    /// Says before the title what the figure is of.
    let prefixed prefix (figure: Figure) = { figure with Title = prefix + figure.Title }

    /// What the figure's files are called in a report; otherwise its title.
    let named name (figure: Figure) = { figure with Name = name }

    /// Height of the drawing in pixels.
    let height pixels (figure: Figure) = { figure with Height = pixels }

    let private checkTexts (texts: string[]) name count =
        if texts.Length <> count then
            invalidArg (nameof texts) $"{texts.Length} hover texts for the {count} points of '{name}'."

    /// What each point of the only series or cloud says under the mouse.
    let hover (texts: string seq) figure =
        let texts = Array.ofSeq texts
        let series (s: Series) =
            checkTexts texts s.Name s.Y.Length
            { s with Hover = texts }
        let cloud (c: Cloud) =
            checkTexts texts c.Meaning c.X.Length
            { c with Hover = texts }
        figure
        |> traces (function
            | Line s -> Line(series s)
            | Points s -> Points(series s)
            | Bars s -> Bars(series s)
            | Cloud c -> Cloud(cloud c)
            | HeatMap _ | Trace.Network _ as own -> own)

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

    /// Writes path.html and path.csv, and path.png where Chromium is installed.
    let save (path: string) figure =
        write path figure
        Picture.beside path true
