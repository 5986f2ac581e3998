namespace Mlsae.Scripting

open System
open System.IO

/// A few figures and tables on one page, saved by a script.
[<RequireQualifiedAccess>]
module Sheet =

    /// The page, which opens with no network.
    let html (title: string) blocks =
        Page.html title (Block.hasFigures blocks) (Html.element "h1" "" (Html.escape title) + "\n" + Block.html "figure" blocks)

    /// Writes path.html, and the data of each figure and table as path-<name>.csv or, of a single one, path.csv.
    let write (path: string) title (blocks: Block list) =
        Page.write (path + ".html") (html title blocks)
        match Block.data blocks with
        | [ _, csv ] -> Page.write (path + ".csv") csv
        | several -> several |> List.iter (fun (name, csv) -> Page.write $"{path}-{name}.csv" csv)

    /// As write, and the whole page as path.png where Chromium is installed.
    let save path title blocks =
        write path title blocks
        Picture.beside path (Block.hasFigures blocks)

    /// Only a picture of blocks without a page's title, so many pixels wide, where Chromium is installed.
    let picture width (path: string) blocks =
        let page = Path.Combine(Path.GetTempPath(), $"mlsae-{Guid.NewGuid():N}.html")
        try
            Page.write page (Page.html "" (Block.hasFigures blocks) (Block.html "figure" blocks))
            Directory.CreateDirectory(Path.GetDirectoryName path) |> ignore
            Picture.save width page path |> ignore
        finally
            File.Delete page
