namespace Mlsae.Scripting

open System.Globalization

/// The data of figures and tables as comma-separated text (RFC 4180), numbers in full precision.
module internal Csv =

    let private quote (field: string) =
        if field.IndexOfAny [| ','; '"'; '\n'; '\r' |] >= 0 then "\"" + field.Replace("\"", "\"\"") + "\"" else field

    let line (fields: string seq) = (fields |> Seq.map quote |> String.concat ",") + "\n"

    /// The shortest text that reads back as the same number; empty for NaN.
    let number (value: float) = if System.Double.IsNaN value then "" else value.ToString("R", CultureInfo.InvariantCulture)

    let private at values index =
        match values with
        | Numbers numbers -> number numbers[index]
        | Labels labels -> labels[index]

    let private length values =
        match values with
        | Numbers numbers -> numbers.Length
        | Labels labels -> labels.Length

    let private optional (values: float[]) index = if values.Length = 0 then "" else number values[index]

    let private series (series: Series) =
        Seq.init series.Y.Length (fun i ->
            line [ series.Name; at series.X i; number series.Y[i]; optional series.Low i; optional series.High i ])

    // A column of the picture is a line of the file: there may be thousands of columns, and few rows.
    let private grid xLabel (grid: Grid) =
        seq {
            line (xLabel :: List.init (length grid.Y) (at grid.Y))
            for column in 0 .. length grid.X - 1 do
                line (at grid.X column :: [ for row in grid.Cells -> number row[column] ])
        }

    /// The data of all traces: series, x, y, low, high; or, for a heat map, one line for each column.
    let figure (figure: Figure) =
        let header = line [ "series"; figure.XAxis.Label; figure.YAxis.Label; "low"; "high" ]
        let rows =
            figure.Traces
            |> Seq.collect (function
                | Line s | Points s | Bars s -> series s
                | HeatMap g -> grid figure.XAxis.Label g)
        let gridOnly = figure.Traces |> List.forall (function HeatMap _ -> true | _ -> false)
        (if gridOnly then "" else header) + String.concat "" rows
