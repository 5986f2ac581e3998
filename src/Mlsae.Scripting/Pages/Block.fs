namespace Mlsae.Scripting

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

/// Parts of pages as HTML, and the data in them.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Block =

    let rec private render identifier block =
        match block with
        | Block.Paragraph text -> Html.element "p" "" (Html.escape text)
        | Block.Drawing figure -> Page.figure identifier figure
        | Block.Tabular table -> Table.html table
        | Block.Markup html -> html
        | Block.Columns blocks -> html identifier blocks |> Html.element "div" "columns"
        | Block.Missing(what, command) ->
            Html.element "p" "missing" (Html.escape what + " This command makes it: " + Html.element "code" "" (Html.escape command))

    /// Blocks below each other; the identifier must be their own within the page.
    and html identifier blocks = blocks |> List.mapi (fun i block -> render $"{identifier}-{i}" block) |> String.concat "\n"

    let rec private leaves block = match block with Block.Columns blocks -> List.collect leaves blocks | other -> [ other ]

    /// Whether a page of these needs the plotting bundle.
    let hasFigures blocks = blocks |> List.collect leaves |> List.exists _.IsDrawing

    let private named block =
        match block with
        | Block.Drawing figure -> Some(figure.Name, Figure.csv figure)
        | Block.Tabular table -> Some((if table.Title = "" then "table" else Html.anchor table.Title), Table.csv table)
        | _ -> None

    // The second of a name is called name-2, so that no data are lost.
    let private distinct (all: (string * string) list) =
        let number i name = all |> List.take i |> List.filter (fun (other, _) -> other = name) |> List.length
        all |> List.mapi (fun i (name, csv) -> (match number i name with 0 -> name | before -> $"{name}-{before + 1}"), csv)

    /// For each figure and each table its name and its data as comma-separated text.
    let data blocks = blocks |> List.collect leaves |> List.choose named |> distinct
