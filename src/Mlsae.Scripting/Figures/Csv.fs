namespace Mlsae.Scripting

open System.Globalization

/// The data of figures and tables as comma-separated text (RFC 4180), numbers in full precision.
module internal Csv =

    let private quote (field: string) =
        if field.IndexOfAny [| ','; '"'; '\n'; '\r' |] >= 0 then "\"" + field.Replace("\"", "\"\"") + "\"" else field

    let line (fields: string seq) = (fields |> Seq.map quote |> String.concat ",") + "\n"

    /// The shortest text that reads back as the same number; empty for NaN.
    let number (value: float) = if System.Double.IsNaN value then "" else value.ToString("R", CultureInfo.InvariantCulture)

    /// Lines under the names of their columns.
    type private Rows = { Header: string list; Lines: string list list }

    let private at values index =
        match values with
        | Numbers numbers -> number numbers[index]
        | Labels labels -> labels[index]

    let private length values =
        match values with
        | Numbers numbers -> numbers.Length
        | Labels labels -> labels.Length

    let private optional (values: float[]) index = if values.Length = 0 then "" else number values[index]

    let private seriesHeader panel = [ "series"; panel.XAxis.Label; panel.YAxis.Label; "low"; "high" ]

    let private series panel (series: Series) =
        let row i = [ series.Name; at series.X i; number series.Y[i]; optional series.Low i; optional series.High i ]
        { Header = seriesHeader panel; Lines = List.init series.Y.Length row }

    // A column of the picture is a line of the file: there may be thousands of columns, and few rows.
    let private grid panel (grid: Grid) =
        { Header = panel.XAxis.Label :: List.init (length grid.Y) (at grid.Y)
          Lines = [ for column in 0 .. length grid.X - 1 -> at grid.X column :: [ for row in grid.Cells -> number row[column] ] ] }

    let private cloud panel (cloud: Cloud) =
        let text i = if cloud.Hover.Length = 0 then [] else [ cloud.Hover[i] ]
        { Header = [ panel.XAxis.Label; panel.YAxis.Label; cloud.Meaning ] @ (if cloud.Hover.Length = 0 then [] else [ "text" ])
          Lines = List.init cloud.X.Length (fun i -> [ number cloud.X[i]; number cloud.Y[i]; number cloud.Values[i] ] @ text i) }

    let private node (node: Node) =
        let colour = match node.Colour with NodeColour.Group group -> group | NodeColour.Number value -> number value
        [ "node"; node.Id; node.Label; number node.X; number node.Y; number node.Size; colour; ""; ""; "" ]

    let private graph (graph: Graph) =
        let edge (edge: Edge) = [ "edge"; ""; ""; ""; ""; ""; ""; edge.From; edge.To; number edge.Weight ]
        { Header = [ "kind"; "id"; "label"; "x"; "y"; "size"; graph.NodeMeaning; "from"; "to"; graph.EdgeMeaning ]
          Lines = [ for item in graph.Nodes -> node item ] @ [ for item in graph.Edges -> edge item ] }

    let private trace panel trace =
        match trace with
        | Line s | Points s | Bars s -> series panel s
        | HeatMap g -> grid panel g
        | Cloud c -> cloud panel c
        | Network g -> graph g

    /// Reference lines stand among the series; where there are none they have no column to stand in.
    let private references panel =
        let isSeries = function Line _ | Points _ | Bars _ -> true | _ -> false
        let row reference =
            match reference with
            | Reference.X(value, label) -> [ label; number value; ""; ""; "" ]
            | Reference.Y(value, label) -> [ label; ""; number value; ""; "" ]
        if panel.References.IsEmpty || not (List.forall isSeries panel.Traces) then []
        else [ { Header = seriesHeader panel; Lines = panel.References |> List.map row } ]

    // A name that a header holds twice is two columns.
    let private numbered header = header |> List.mapi (fun i name -> name, header |> List.take i |> List.filter ((=) name) |> List.length)

    let private under (columns: (string * int) list) rows =
        let places = numbered rows.Header |> List.mapi (fun i column -> column, i) |> Map.ofList
        let fields = columns |> List.map (fun column -> Map.tryFind column places)
        let rearrange (line: string list) =
            let line = Array.ofList line
            fields |> List.map (function Some place -> line[place] | None -> "")
        { Header = List.map fst columns; Lines = List.map rearrange rows.Lines }

    /// All lines under one header; a line is empty in the columns that it does not have.
    let private together (all: Rows list) =
        match all |> List.map _.Header |> List.distinct with
        | [ header ] -> { Header = header; Lines = all |> List.collect _.Lines }
        | _ ->
            let columns = all |> List.collect (fun rows -> numbered rows.Header) |> List.distinct
            { Header = List.map fst columns; Lines = all |> List.collect (fun rows -> (under columns rows).Lines) }

    let private panel (panel: Panel) =
        match (panel.Traces |> List.map (trace panel)) @ references panel with
        | [] -> { Header = seriesHeader panel; Lines = [] }
        | rows -> together rows

    let private named (panel: Panel) rows = { Header = "panel" :: rows.Header; Lines = rows.Lines |> List.map (fun line -> panel.Title :: line) }

    /// The data of all traces: series, x, y, low, high; for a heat map one line for each column; with several panels, the panel's title first.
    let figure (figure: Figure) =
        let rows =
            match figure.Panels with
            | [ only ] -> panel only
            | several -> several |> List.map (fun p -> named p (panel p)) |> together
        line rows.Header + (rows.Lines |> List.map line |> String.concat "")
