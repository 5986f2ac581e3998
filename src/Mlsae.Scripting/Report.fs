namespace Mlsae.Scripting

open System
open System.IO

/// A part of a page.
[<RequireQualifiedAccess>]
type Block =
    | Paragraph of string
    | Drawing of Figure
    | Tabular of Table
    /// Side by side in pairs, where there is room.
    | Columns of Block list
    /// HTML that is escaped where it must be.
    | Markup of string
    /// What is missing, and the command that makes it.
    | Missing of what: string * command: string

/// A part of a page with a title of its own.
type Section = { Title: string; Blocks: Block list }

/// Many figures and tables on one page.
[<RequireQualifiedAccess>]
module Report =

    let rec private render identifier block =
        match block with
        | Block.Paragraph text -> Html.element "p" "" (Html.escape text)
        | Block.Drawing figure -> Page.figure identifier figure
        | Block.Tabular table -> Table.html table
        | Block.Markup html -> html
        | Block.Columns blocks ->
            blocks |> List.mapi (fun i b -> render $"{identifier}-{i}" b) |> String.concat "\n" |> Html.element "div" "columns"
        | Block.Missing(what, command) ->
            Html.element "p" "missing" (Html.escape what + " This command makes it: " + Html.element "code" "" (Html.escape command))

    let private section index (section: Section) =
        let blocks = section.Blocks |> List.mapi (fun i b -> render $"figure-{index}-{i}" b) |> String.concat "\n"
        $"<section>\n<h2 id=\"section-{index}\">{Html.escape section.Title}</h2>\n{blocks}\n</section>\n"

    let rec private flat block = match block with Block.Columns blocks -> List.collect flat blocks | other -> [ other ]

    let private leaves (sections: Section list) = sections |> List.collect _.Blocks |> List.collect flat

    let private contents (sections: Section list) =
        let entry index (section: Section) = $"<li><a href=\"#section-{index}\">{Html.escape section.Title}</a></li>"
        Html.element "nav" "" (sections |> List.mapi entry |> String.concat "\n" |> Html.element "ol" "")

    /// A page with a table of contents; it holds the plotting bundle once and opens with no network.
    let page title subtitle (sections: Section list) =
        let head = Html.element "h1" "" (Html.escape title) + "\n" + Html.element "p" "subtitle" (Html.escape subtitle)
        let hasFigures = leaves sections |> List.exists (function Block.Drawing _ -> true | _ -> false)
        Page.html title hasFigures (head + "\n" + contents sections + "\n" + (sections |> List.mapi section |> String.concat "\n"))

    let private data block =
        match block with
        | Block.Drawing figure -> Some(figure.Name, Figure.csv figure)
        | Block.Tabular table when table.Title <> "" -> Some(Html.anchor table.Title, Table.csv table)
        | _ -> None

    /// Writes folder/index.html and, for each figure and table, its data as folder/data/<name>.csv.
    let save (folder: string) title subtitle sections =
        Page.write (Path.Combine(folder, "index.html")) (page title subtitle sections)
        for name, csv in leaves sections |> List.choose data do
            Page.write (Path.Combine(folder, "data", name + ".csv")) csv
