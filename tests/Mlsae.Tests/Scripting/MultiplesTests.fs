module Mlsae.Tests.Scripting.MultiplesTests

open System
open System.Text.Json.Nodes
open Xunit
open Mlsae.Scripting
open Mlsae.Tests.Assertions

let private traces figure = [ for trace in (Figure.json figure).["data"].AsArray() -> trace ]

let private layout figure = (Figure.json figure)["layout"]

let private numbers (node: JsonNode) = [ for n in node.AsArray() -> n.GetValue<float>() ]

let private flag (node: JsonNode) = not (isNull node) && node.GetValue<bool>()

let private panel i = Figure.line $"Layer {i}" ("step", "loss") [ "a", [ 1.0, float i ]; "b", [ 2.0, float i ] ]

let private figure = [ for i in 0..4 -> panel i ] |> Figure.multiples "All layers" 3

let private domain figure (name: string) = let pair = numbers ((layout figure).[name].["domain"]) in pair[0], pair[1]

let private heat i meaning = Figure.heatMap $"Map {i}" ("x", "y") (Numbers [| 0.0; 1.0 |]) (Numbers [| 0.0 |]) meaning [| [| float i; 1.0 |] |]

[<Fact>]
let ``every panel has axes of its own, whose stretches do not overlap`` () =
    let suffixes = [ ""; "2"; "3"; "4"; "5" ]
    Assert.Equal<string list>([ for s in suffixes do for _ in 1..2 -> "x" + s ], [ for trace in traces figure -> if isNull trace["xaxis"] then "x" else string trace["xaxis"] ])
    let areas = [ for s in suffixes -> domain figure ("xaxis" + s), domain figure ("yaxis" + s) ]
    let isApart (a0, a1) (b0, b1) = a1 < b0 || b1 < a0
    for (x, y), (x', y') in List.allPairs areas areas |> List.filter (fun (a, b) -> a <> b) do
        Assert.True(isApart x x' || isApart y y', $"{x}, {y} and {x'}, {y'}")
    for (x0, x1), (y0, y1) in areas do
        Assert.True(0.0 <= x0 && x0 < x1 && x1 <= 1.0 && 0.0 <= y0 && y0 < y1 && y1 <= 1.0)

[<Fact>]
let ``panels stand row by row from the top left`` () =
    let left name = fst (domain figure ("xaxis" + name))
    let bottom name = fst (domain figure ("yaxis" + name))
    Assert.True(left "" < left "2" && left "2" < left "3" && left "4" = left "")
    Assert.True(bottom "" > bottom "4" && bottom "" = bottom "3")

[<Fact>]
let ``titles of the figures become the panels' titles, and the whole has its own`` () =
    Assert.Equal<string list>([ for i in 0..4 -> $"Layer {i}" ], [ for note in (layout figure).["annotations"].AsArray() -> string note["text"] ])
    Assert.Contains("<h3>All layers</h3>", Figure.html figure)

[<Fact>]
let ``a name has one entry in the legend and one colour in all panels`` () =
    for name in [ "a"; "b" ] do
        let own = traces figure |> List.filter (fun trace -> string trace["name"] = name)
        Assert.Equal<bool list>([ true; false; false; false; false ], [ for trace in own -> flag trace["showlegend"] ])
        Assert.Equal(1, (own |> List.map (fun trace -> string (trace["line"].["color"])) |> List.distinct).Length)
        Assert.Equal<string list>([ name ], own |> List.map (fun trace -> string trace["legendgroup"]) |> List.distinct)
    Assert.Equal(2, (traces figure |> List.map (fun trace -> string (trace["line"].["color"])) |> List.distinct).Length)

[<Fact>]
let ``a name keeps its colour where a panel lacks the names before it`` () =
    let only = Figure.line "Only b" ("step", "loss") [ "b", [ 1.0, 1.0 ] ]
    let colours = [ for trace in traces ([ panel 0; only ] |> Figure.multiples "t" 2) -> string (trace["line"].["color"]) ]
    Assert.Equal(colours[1], colours[2])

[<Fact>]
let ``shared axes follow the first panel's, others do not`` () =
    let matched figure (name: string) = string ((layout figure).[name].["matches"])
    let shared = Figure.shareX figure
    Assert.Equal<string list>([ ""; "x"; "x"; "" ], [ matched shared "xaxis"; matched shared "xaxis2"; matched shared "xaxis5"; matched shared "yaxis2" ])
    Assert.Equal("y", matched (Figure.shareY figure) "yaxis3")
    Assert.Equal("", matched figure "xaxis2")

[<Fact>]
let ``labels that all panels share stand at the outer panels only`` () =
    let label (name: string) = string ((layout figure).[name].["title"].["text"])
    Assert.Equal<string list>([ ""; ""; "step"; "step"; "step" ], [ for s in [ ""; "2"; "3"; "4"; "5" ] -> label ("xaxis" + s) ])
    Assert.Equal<string list>([ "loss"; ""; ""; "loss"; "" ], [ for s in [ ""; "2"; "3"; "4"; "5" ] -> label ("yaxis" + s) ])
    let other = [ panel 0; Figure.line "t" ("step", "error") [ "a", [ 1.0, 2.0 ] ] ] |> Figure.multiples "t" 2
    Assert.Equal("error", string ((layout other).["yaxis2"].["title"].["text"]))

[<Fact>]
let ``modifiers apply to every panel`` () =
    let changed = layout (figure |> Figure.logX |> Figure.rangeY 0.0 5.0 |> Figure.referenceY 2.0 "chance")
    for s in [ ""; "2"; "5" ] do
        Assert.Equal("log", string (changed["xaxis" + s].["type"]))
        Assert.Equal<float list>([ 0.0; 5.0 ], numbers (changed["yaxis" + s].["range"]))
    Assert.Equal<string list>([ "y"; "y2"; "y3"; "y4"; "y5" ], [ for shape in changed["shapes"].AsArray() -> string shape["yref"] ])

[<Fact>]
let ``heat maps of one meaning share a colour bar, those of another have their own`` () =
    let figure = [ heat 0 "share"; heat 1 "share"; heat 2 "cosine" ] |> Figure.multiples "t" 3
    Assert.Equal<string list>([ "coloraxis"; "coloraxis"; "coloraxis2" ], [ for trace in traces figure -> string trace["coloraxis"] ])
    Assert.Equal("share", string ((layout figure).["coloraxis"].["colorbar"].["title"].["text"]))
    Assert.Equal("cosine", string ((layout figure).["coloraxis2"].["colorbar"].["title"].["text"]))
    Assert.Null((layout figure).["coloraxis3"])

[<Fact>]
let ``the CSV of several panels names the panel first`` () =
    let csv = Figure.csv ([ panel 0; panel 1 ] |> Figure.multiples "t" 2)
    Assert.Equal("panel,series,step,loss,low,high\nLayer 0,a,1,0,,\nLayer 0,b,2,0,,\nLayer 1,a,1,1,,\nLayer 1,b,2,1,,\n", csv)

[<Fact>]
let ``panels of different kinds share one header in the CSV, with empty fields where a panel lacks a column`` () =
    let csv = Figure.csv ([ heat 7 "share"; panel 1 ] |> Figure.multiples "t" 2)
    Assert.Equal("panel,x,0,series,step,loss,low,high\nMap 7,0,7,,,,,\nMap 7,1,1,,,,,\nLayer 1,,,a,1,1,,\nLayer 1,,,b,2,1,,\n", csv)

[<Fact>]
let ``a caption that all figures share is kept once; different ones keep their titles`` () =
    let captioned text figure = Figure.caption text figure
    Assert.Equal("n = 2.", ([ panel 0 |> captioned "n = 2."; panel 1 |> captioned "n = 2." ] |> Figure.multiples "t" 2).Caption)
    Assert.Equal("Layer 0: n = 2. Layer 1: n = 3.", ([ panel 0 |> captioned "n = 2."; panel 1 |> captioned "n = 3." ] |> Figure.multiples "t" 2).Caption)

[<Fact>]
let ``the height follows the rows and can be set`` () =
    let height columns = ([ for i in 0..5 -> panel i ] |> Figure.multiples "t" columns).Height
    Assert.True(height 3 < height 2 && height 2 < height 1)
    Assert.Equal("777", (layout (figure |> Figure.height 777)).["height"].ToJsonString())

[<Fact>]
let ``long panel titles are broken into lines, and escaped`` () =
    let long = String.replicate 12 "a <b> & " + "end"
    let title = string ((layout ([ panel 0; { panel 1 with Title = long } ] |> Figure.multiples "t" 2)).["annotations"].[1].["text"])
    Assert.Contains("<br>", title)
    Assert.Contains("a &lt;b&gt; &amp;", title)

[<Fact>]
let ``no columns and no figures are refused with a sentence`` () =
    Assert.Contains("at least one column", Assert.Throws<ArgumentException>(fun () -> Figure.multiples "t" 0 [ panel 0 ] |> ignore).Message)
    Assert.Contains("at least one figure", Assert.Throws<ArgumentException>(fun () -> Figure.multiples "t" 2 [] |> ignore).Message)

[<Fact>]
let ``reference lines carry their labels, and stand in the CSV of series`` () =
    let figure = panel 0 |> Figure.referenceX 1.5 "warm-up <ends>" |> Figure.referenceY 0.25 "chance"
    let shapes = (layout figure).["shapes"].AsArray()
    Assert.Equal("warm-up &lt;ends&gt;", string (shapes[0].["label"].["text"]))
    Assert.Equal<float list>([ 1.5; 1.5 ], [ shapes[0].["x0"].GetValue<float>(); shapes[0].["x1"].GetValue<float>() ])
    assertClose 0.0 "y" 0.25 (shapes[1].["y0"].GetValue<float>())
    Assert.EndsWith("warm-up <ends>,1.5,,,\nchance,,0.25,,\n", Figure.csv figure)
