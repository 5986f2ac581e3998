namespace Mlsae.Scripting

open System.IO
open Mlsae.Storage

/// HTML documents that hold everything they show: style, plotting bundle and data. They open from disk with no network.
module internal Page =

    let private document (title: string) (bundle: string) (body: string) =
        $"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{Html.escape title}</title>
<style>{Style.css}</style>
{bundle}
</head>
<body>
{body}
</body>
</html>
"""

    // A bundle that held "</script" would end the element early; none does, but a build must not depend on that.
    let private bundle (script: string) = "<script>" + script.Replace("</script", "<\\/script") + "</script>"

    /// A figure within a page; the identifier must be its own.
    let figure (identifier: string) (figure: Figure) =
        let caption = match Thinning.caption figure with "" -> "" | text -> Html.element "figcaption" "" (Html.escape text)
        let drawing =
            match PlottingBundle.script.Value with
            | None -> Html.element "p" "missing" (Html.escape PlottingBundle.missing)
            | Some _ ->
                let json = Plotly.json figure
                $"""<div class="plot" id="{identifier}" style="height:{figure.Height}px"></div>
<script>Plotly.newPlot("{identifier}", {json["data"].ToJsonString()}, {json["layout"].ToJsonString()}, {{responsive: true, displaylogo: false, displayModeBar: "hover", modeBarButtonsToRemove: ["lasso2d", "select2d"]}});</script>"""
        let title = Html.element "h3" "" (Html.escape figure.Title)
        $"<figure>\n{title}\n{drawing}\n{caption}</figure>\n"

    /// A whole document; the plotting bundle stands in it once, where a figure needs it.
    let html (title: string) (hasFigures: bool) (body: string) =
        let script = if hasFigures then PlottingBundle.script.Value |> Option.map bundle |> Option.defaultValue "" else ""
        document title script body

    /// Writes a file so that no reader sees half of it.
    let write (path: string) (text: string) =
        let path = Path.GetFullPath path
        Directory.CreateDirectory(Path.GetDirectoryName path) |> ignore
        AtomicFile.WriteText(path, text)
