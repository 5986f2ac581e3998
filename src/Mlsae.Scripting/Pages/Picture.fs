namespace Mlsae.Scripting

open System.IO
open System.Text.RegularExpressions

/// Pictures of whole pages: as high as what the page holds, and as wide as its widest table.
module internal Picture =

    // What a page gets on its way into a picture: no frame that could hide a part of it, and a script that says how large it came out, and how much of the window it saw.
    let private style = "body { max-width: none; padding: 14px 32px 12px; } body > :last-child { margin-bottom: 0; } .scroll { overflow: visible; }"

    let private script =
        """<script>
addEventListener("load", () => setTimeout(() => {
  const root = document.documentElement;
  root.dataset.size = [root.scrollWidth, Math.ceil(document.body.getBoundingClientRect().height), innerHeight].join("x");
}, 500));
</script>
"""

    let private prepared (html: string) =
        let html = html.Insert(html.LastIndexOf "</body>", script)
        html.Insert(html.IndexOf "</style>", style)

    /// The usual width of a page, in pixels.
    let width = 1000

    let private border = 32

    let private windowHeight = 400

    /// How wide and high a page comes out in a window of this width, and how much higher the window must be: Chromium's own frame takes some, which stays white.
    let private measure page width =
        let found = Browser.document (width, windowHeight) page |> Option.map (fun html -> Regex.Match(html, "data-size=\"([0-9]+)x([0-9]+)x([0-9]+)\""))
        match found with
        | Some size when size.Success ->
            let number (group: int) = int size.Groups[group].Value
            Some(number 1, number 2, windowHeight - number 3)
        | _ -> None

    /// The size of the whole page: of this width, or wider where a table is.
    let private sizeOf wanted page =
        match measure page wanted with
        | Some(width, _, _) when width > wanted -> measure page (width + border)
        | usual -> usual

    /// Draws a page, all of it; false where there is no Chromium.
    let save width (page: string) (picture: string) =
        File.Delete picture
        let folder = Directory.CreateTempSubdirectory "mlsae-picture-"
        try
            let copy = Path.Combine(folder.FullName, "page.html")
            File.WriteAllText(copy, prepared (File.ReadAllText page))
            match sizeOf width copy with
            | Some(width, height, frame) when Browser.picture (width, height + frame) copy picture ->
                Crop.rows height picture
                true
            | _ -> false
        finally
            folder.Delete true

    /// Draws path.html into path.png where Chromium is installed. Without the plotting bundle there are no figures to draw.
    let beside (path: string) hasFigures =
        if not hasFigures || PlottingBundle.script.Value.IsSome then
            save width (path + ".html") (path + ".png") |> ignore
