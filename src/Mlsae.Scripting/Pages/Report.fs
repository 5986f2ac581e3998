namespace Mlsae.Scripting

open System.IO

/// A part of a page with a title of its own.
type Section = { Title: string; Blocks: Block list }

/// Many figures and tables on one page.
[<RequireQualifiedAccess>]
module Report =

    let private section index (section: Section) =
        let blocks = Block.html $"figure-{index}" section.Blocks
        $"<section>\n<h2 id=\"section-{index}\">{Html.escape section.Title}</h2>\n{blocks}\n</section>\n"

    let private blocks (sections: Section list) = sections |> List.collect _.Blocks

    let private contents (sections: Section list) =
        let entry index (section: Section) = $"<li><a href=\"#section-{index}\">{Html.escape section.Title}</a></li>"
        Html.element "nav" "" (sections |> List.mapi entry |> String.concat "\n" |> Html.element "ol" "")

    /// A page with a table of contents; it holds the plotting bundle once and opens with no network.
    let page title subtitle (sections: Section list) =
        let head = Html.element "h1" "" (Html.escape title) + "\n" + Html.element "p" "subtitle" (Html.escape subtitle)
        Page.html title (Block.hasFigures (blocks sections)) (head + "\n" + contents sections + "\n" + (sections |> List.mapi section |> String.concat "\n"))

    /// Writes folder/index.html and, for each figure and table, its data as folder/data/<name>.csv.
    let save (folder: string) title subtitle sections =
        Page.write (Path.Combine(folder, "index.html")) (page title subtitle sections)
        for name, csv in Block.data (blocks sections) do
            Page.write (Path.Combine(folder, "data", name + ".csv")) csv
