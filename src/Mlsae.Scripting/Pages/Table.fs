namespace Mlsae.Scripting

open System
open System.Globalization
open Mlsae.Metrics

/// One cell of a table.
[<RequireQualifiedAccess>]
type Cell =
    | Text of string
    | Code of string
    | Count of int64
    | Number of float
    | Percent of float
    | Interval of Estimate
    | PercentInterval of Estimate

/// Rows of cells under named columns.
type Table =
    { Title: string
      Caption: string
      Columns: string list
      Rows: Cell list list }

/// Tables of numbers with their intervals.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Table =

    let private invariant = CultureInfo.InvariantCulture

    /// Four significant digits; a dash for NaN.
    let format (value: float) =
        if Double.IsNaN value then "–"
        elif value = 0.0 then "0"
        elif abs value >= 9999.5 || abs value < 1e-4 then value.ToString("0.###e0", invariant)
        else value.ToString("G4", invariant)

    let private percent (value: float) =
        if Double.IsNaN value then "–" else (100.0 * value).ToString("0.0", invariant) + " %"

    let private bounds format (estimate: Estimate) =
        if estimate.Low.HasValue && estimate.High.HasValue then
            Some $"[{format estimate.Low.Value}, {format estimate.High.Value}]"
        else
            None

    let private withBounds format (estimate: Estimate) =
        match bounds format estimate with
        | Some interval -> $"{format estimate.Mean} {interval}"
        | None -> format estimate.Mean

    /// A cell as plain text.
    let text cell =
        match cell with
        | Cell.Text text | Cell.Code text -> text
        | Cell.Count count -> count.ToString("N0", invariant)
        | Cell.Number value -> format value
        | Cell.Percent value -> percent value
        | Cell.Interval estimate -> withBounds format estimate
        | Cell.PercentInterval estimate -> withBounds percent estimate

    let private estimateHtml format (estimate: Estimate) =
        let interval = bounds format estimate |> Option.map (Html.element "span" "interval") |> Option.defaultValue ""
        $"{format estimate.Mean} {interval}"

    let private cellHtml cell =
        match cell with
        | Cell.Text text -> Html.element "td" "" (Html.escape text)
        | Cell.Code text -> Html.element "td" "" (Html.element "code" "" (Html.escape text))
        | Cell.Interval estimate -> Html.element "td" "number" (estimateHtml format estimate)
        | Cell.PercentInterval estimate -> Html.element "td" "number" (estimateHtml percent estimate)
        | Cell.Count _ | Cell.Number _ | Cell.Percent _ -> Html.element "td" "number" (text cell)

    let private isNumber cell = match cell with Cell.Text _ | Cell.Code _ -> false | _ -> true

    let private header table =
        let numeric index = table.Rows |> List.exists (fun row -> isNumber (List.item index row))
        table.Columns
        |> List.mapi (fun i name -> Html.element "th" (if numeric i then "number" else "") (Html.escape name))
        |> String.concat ""

    /// A table; every row must have a cell for each column.
    let create title columns (rows: Cell list seq) =
        let rows = List.ofSeq rows
        match rows |> List.tryFind (fun row -> List.length row <> List.length columns) with
        | Some row -> invalidArg (nameof rows) $"A row of table '{title}' has {row.Length} cells for {List.length columns} columns."
        | None -> { Title = title; Caption = ""; Columns = columns; Rows = rows }

    /// What units, n and intervals are.
    let caption caption (table: Table) = { table with Caption = caption }

    /// The table as part of a page.
    let html (table: Table) =
        let body = table.Rows |> List.map (List.map cellHtml >> String.concat "" >> Html.element "tr" "") |> String.concat "\n"
        let title = if table.Title = "" then "" else Html.element "h3" "" (Html.escape table.Title)
        let caption = if table.Caption = "" then "" else Html.element "p" "caption" (Html.escape table.Caption)
        $"{title}\n<div class=\"scroll\"><table>\n<thead><tr>{header table}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>\n{caption}\n"

    let private csvCell cell =
        let optional (value: Nullable<float>) = if value.HasValue then Csv.number value.Value else ""
        match cell with
        | Cell.Text text | Cell.Code text -> [ text ]
        | Cell.Count count -> [ string count ]
        | Cell.Number value | Cell.Percent value -> [ Csv.number value ]
        | Cell.Interval e | Cell.PercentInterval e -> [ Csv.number e.Mean; optional e.Low; optional e.High; string e.N ]

    let private csvColumns table =
        let isEstimate index =
            table.Rows |> List.exists (fun row -> match List.item index row with Cell.Interval _ | Cell.PercentInterval _ -> true | _ -> false)
        table.Columns
        |> List.mapi (fun i name -> if isEstimate i then [ name; name + " low"; name + " high"; name + " n" ] else [ name ])
        |> List.concat

    /// The table as comma-separated text, numbers in full precision; an estimate takes four columns.
    let csv (table: Table) =
        Csv.line (csvColumns table) + (table.Rows |> List.map (List.collect csvCell >> Csv.line) |> String.concat "")

    /// Writes path.html and path.csv.
    let write (path: string) (table: Table) =
        Page.write (path + ".html") (Page.html table.Title false (html table))
        Page.write (path + ".csv") (csv table)

    /// Writes path.html and path.csv, and path.png where Chromium is installed.
    let save path table =
        write path table
        Picture.beside path false
