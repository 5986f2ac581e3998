module Mlsae.Tests.Scripting.FigureTests

open System
open System.IO
open System.Text.Json.Nodes
open Xunit
open Mlsae.Metrics
open Mlsae.Scripting
open Mlsae.Tests.Assertions

let private numbers (node: JsonNode) = [ for n in node.AsArray() -> if isNull n then nan else n.GetValue<float>() ]

let private traces figure = (Figure.json figure).["data"].AsArray()

let private first figure = (traces figure)[0]

let private layout figure = (Figure.json figure)["layout"]

let private curve = Figure.line "Loss falls." ("step", "loss") [ "a", [ 1.0, 0.5; 2.0, 0.25 ]; "b", [ 1.0, 3.0 ] ]

[<Fact>]
let ``a line's data stand in the JSON`` () =
    let trace = first (curve)
    Assert.Equal<float list>([ 1.0; 2.0 ], numbers trace["x"])
    Assert.Equal<float list>([ 0.5; 0.25 ], numbers trace["y"])
    Assert.Equal("a", string trace["name"])
    Assert.Equal(2, (traces curve).Count)

[<Fact>]
let ``NaN and infinity become null`` () =
    let figure = Figure.line "t" ("x", "y") [ "", [ 0.0, nan; 1.0, infinity; 2.0, 3.0 ] ]
    Assert.Contains("[null,null,3]", (first figure).["y"].ToJsonString())
    JsonNode.Parse((Figure.json figure).ToJsonString()) |> ignore

[<Fact>]
let ``intervals become error bars around points and bars, and a band around a line`` () =
    let series = Figure.estimates "fvu" (Numbers [| 0.0; 1.0 |]) [ Estimate(0.5, 0.4, 0.7, 9); Estimate.Exact(0.2, 9) ]
    let bars = first (Figure.create "t" ("x", "y") [ Bars series ])
    List.iter2 (assertClose 1e-9 "above") [ 0.2; 0.0 ] (numbers bars["error_y"].["array"])
    List.iter2 (assertClose 1e-9 "below") [ 0.1; 0.0 ] (numbers bars["error_y"].["arrayminus"])
    let band = traces (Figure.create "t" ("x", "y") [ Line series ])
    Assert.Equal(3, band.Count)
    Assert.Equal<float list>([ 0.4; 0.2 ], numbers band[0].["y"])
    Assert.Equal<float list>([ 0.7; 0.2 ], numbers band[1].["y"])

[<Fact>]
let ``a histogram counts every value within its range, the upper end too`` () =
    let figure = Figure.histogram "t" "x" 4 (0.0, 2.0) [ 0.0; 0.4; 0.5; 2.0; 2.1; -0.1; nan ]
    let trace = first (figure)
    Assert.Equal<float list>([ 2.0; 1.0; 0.0; 1.0 ], numbers trace["y"])
    Assert.Equal<float list>([ 0.25; 0.75; 1.25; 1.75 ], numbers trace["x"])

[<Fact>]
let ``a heat map's first row is drawn at the top`` () =
    let figure = Figure.heatMap "t" ("latent", "layer") (Numbers [| 0.0; 1.0; 2.0 |]) (Numbers [| 0.0; 1.0 |]) "p" [| [| 1.0; 0.5; nan |]; [| 0.0; 0.5; nan |] |]
    Assert.Equal("[[1,0.5,null],[0,0.5,null]]", (first figure).["z"].ToJsonString())
    Assert.Equal("reversed", string ((layout figure).["yaxis"].["autorange"]))
    Assert.Equal("latent,0,1\n0,1,0\n1,0.5,0.5\n2,,\n", Figure.csv figure)

[<Fact>]
let ``a logarithmic axis takes its range in powers of ten`` () =
    let layout = curve |> Figure.logY |> Figure.rangeY 0.01 100.0 |> layout
    Assert.Equal("log", string layout["yaxis"].["type"])
    List.iter2 (assertClose 1e-9 "range") [ -2.0; 2.0 ] (numbers layout["yaxis"].["range"])

[<Fact>]
let ``hover texts must be as many as the points`` () =
    Assert.Throws<ArgumentException>(fun () -> curve |> Figure.hover [ "one" ] |> ignore) |> ignore

[<Fact>]
let ``labels, names and hover texts are escaped for Plotly and for the page`` () =
    let evil = "</script><b>\"&'\u0001"
    let figure =
        Figure.bar evil (evil, evil) [ evil ] [ evil, [ 1.0 ] ] |> Figure.caption evil |> Figure.hover [ evil ]
    Assert.Equal("&lt;/script&gt;&lt;b&gt;\"&amp;&#39;\u2401", string ((first figure).["x"].[0]))
    Assert.DoesNotContain(evil, Figure.html figure)
    Assert.DoesNotContain("<b>\"", Figure.html figure)

[<Fact>]
let ``the CSV holds series, coordinates and intervals in full precision`` () =
    let series = Figure.estimates "a,\"b\"" (Labels [| "x" |]) [ Estimate(1.0 / 3.0, 0.25, 0.5, 4) ]
    let csv = Figure.csv (Figure.create "t" ("layer", "FVU") [ Points series ])
    Assert.Equal("series,layer,FVU,low,high\n\"a,\"\"b\"\"\",x,0.3333333333333333,0.25,0.5\n", csv)

/// The page without the plotting bundle, whose SVG namespaces look like addresses.
let withoutBundle (html: string) =
    let start = html.IndexOf "<script>/**"
    if start < 0 then html else html.Remove(start, html.IndexOf("</script>", start) - start)

[<Fact>]
let ``a saved figure is a page without references to other files or hosts, with its data beside it`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "figure"
    Figure.write path curve
    let page = withoutBundle (File.ReadAllText(path + ".html"))
    for reference in [ "http:"; "https:"; "src="; "@import"; "url(" ] do
        Assert.DoesNotContain(reference, page)
    Assert.Contains("Loss falls.", page)
    Assert.True(File.Exists(path + ".csv"))
    Assert.Empty(Directory.GetFiles(folder.Path, "*.partial"))
