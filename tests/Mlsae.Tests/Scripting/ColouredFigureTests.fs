module Mlsae.Tests.Scripting.ColouredFigureTests

open System
open System.Text.Json.Nodes
open Xunit
open Mlsae.Numerics
open Mlsae.Scripting
open Mlsae.Tests.Assertions

let private numbers (node: JsonNode) = [ for n in node.AsArray() -> if isNull n then nan else n.GetValue<float>() ]

let private first figure = (Figure.json figure).["data"].[0]

let private bar figure = (Figure.json figure).["layout"].["coloraxis"]

let private points count = [ for i in 0 .. count - 1 -> float i, float (i % 7), float (i % 3) ]

let private cloud count = Figure.cloud "A cloud" ("x", "y") "layer" (points count)

let private map cells = Figure.heatMap "t" ("x", "y") (Numbers [| 0.0; 1.0 |]) (Labels [| "a"; "b" |]) "value" cells

[<Fact>]
let ``a small cloud draws every point with its number and text`` () =
    let trace = first (cloud 20 |> Figure.hover [ for i in 0..19 -> $"latent <{i}>" ])
    Assert.Equal<float list>([ for x, _, _ in points 20 -> x ], numbers trace["x"])
    Assert.Equal<float list>([ for _, _, v in points 20 -> v ], numbers (trace["marker"].["color"]))
    Assert.Equal("latent &lt;3&gt;", string (trace["text"].[3]))
    Assert.Equal("layer", string ((bar (cloud 20)).["colorbar"].["title"].["text"]))

[<Fact>]
let ``of a large cloud 5,000 points are drawn, all are in the CSV, and the caption says so`` () =
    let figure = cloud 12_345 |> Figure.caption "n = 12,345."
    Assert.Equal(5000, (numbers (first figure).["x"]).Length)
    Assert.Equal(12_346, (Figure.csv figure).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length)
    Assert.Contains("n = 12,345. 5,000 of the 12,345 points are drawn, one of every 2.5 neighbours; the data file holds all.", Figure.html figure)
    Assert.DoesNotContain("points are drawn", Figure.html (cloud 5000))

[<Fact>]
let ``the points that are drawn are spread over all, the same each time, and show every class of an alternating order`` () =
    let drawn = numbers (first (cloud 60_000)).["x"]
    Assert.Equal<float list>(drawn, numbers (first (cloud 60_000)).["x"])
    for i, x in List.indexed drawn do
        Assert.InRange(x, 12.0 * float i, 12.0 * float i + 11.0)
    for layer in 0..5 do
        let share = float (drawn |> List.filter (fun x -> int x % 6 = layer)).Length / 5000.0
        assertClose 0.03 $"layer {layer}" (1.0 / 6.0) share

[<Fact>]
let ``the CSV of a cloud holds coordinates, number and text`` () =
    let figure = Figure.cloud "t" ("x", "y") "layer" [ 0.5, 1.0 / 3.0, 2.0; nan, 1.0, nan ] |> Figure.hover [ "a, b"; "c" ]
    Assert.Equal("x,y,layer,text\n0.5,0.3333333333333333,2,\"a, b\"\n,1,,c\n", Figure.csv figure)

[<Fact>]
let ``hover texts must be as many as a cloud's points`` () =
    Assert.Throws<ArgumentException>(fun () -> cloud 3 |> Figure.hover [ "one" ] |> ignore) |> ignore

[<Fact>]
let ``a histogram of points counts every point within its range, the upper ends too`` () =
    let points = [ 0.0, 0.0; 0.9, 0.9; 2.0, 1.0; 2.0, 0.0; 2.1, 0.5; nan, 0.5; 0.5, nan ]
    let figure = Figure.histogram2d "t" ("x", "y") (2, 0.0, 2.0) (2, 0.0, 1.0) "points" points
    Assert.Equal("x,0.25,0.75\n0.5,1,1\n1.5,1,1\n", Figure.csv figure)

[<Fact>]
let ``counts are drawn upwards by the logarithm of the count, cells without counts stay empty, and the mouse shows the count`` () =
    let figure = Figure.counts2d "t" ("x", "y") (0.0, 2.0) (0.0, 2.0) "tokens" [| [| 1L; 0L |]; [| 1_234_567L; 10L |] |]
    let trace = first figure
    Assert.Equal<float list>([ 0.0; nan ], numbers (trace["z"].[0]))
    assertClose 1e-4 "z" (log10 1234567.0) (numbers (trace["z"].[1])).[0]
    Assert.Equal("[[1,0],[1234567,10]]", trace["customdata"].ToJsonString())
    Assert.Contains("tokens: %{customdata:,.12~g}", string trace["hovertemplate"])
    Assert.Null((Figure.json figure).["layout"].["yaxis"].["autorange"])
    Assert.Equal<float list>([ 0.5; 1.5 ], numbers trace["y"])

[<Fact>]
let ``the colour bar of counts has its ticks at powers of ten`` () =
    let bar = (bar (Figure.counts2d "t" ("x", "y") (0.0, 1.0) (0.0, 1.0) "tokens" [| [| 1L; 40L; 3000L |] |])).["colorbar"]
    Assert.Equal<float list>([ 0.0; 1.0; 2.0; 3.0 ], numbers bar["tickvals"])
    Assert.Equal<string list>([ "1"; "10"; "100"; "1,000" ], [ for text in bar["ticktext"].AsArray() -> string text ])

[<Fact>]
let ``the mass of a histogram of points does not depend on the points' order`` () =
    let random = Philox(5UL, "points")
    let points = [ for _ in 1..500 -> random.NextGaussian(), random.NextGaussian() ]
    let histogram points = Figure.csv (Figure.histogram2d "t" ("x", "y") (9, -2.0, 2.0) (5, -2.0, 2.0) "points" points)
    Assert.Equal(histogram points, histogram (List.rev points))
    let within = points |> List.filter (fun (x, y) -> abs x <= 2.0 && abs y <= 2.0) |> List.length
    let counted = (histogram points).Split('\n', StringSplitOptions.RemoveEmptyEntries) |> Seq.skip 1 |> Seq.sumBy (fun line -> line.Split ',' |> Seq.skip 1 |> Seq.sumBy int)
    Assert.Equal(within, counted)

[<Fact>]
let ``logarithmic colours leave out what is not above zero`` () =
    let trace = first (map [| [| 100.0; 0.0 |]; [| -1.0; nan |] |] |> Figure.logColour)
    Assert.Equal("[[2,null],[null,null]]", trace["z"].ToJsonString())
    Assert.Equal("[[100,0],[-1,null]]", trace["customdata"].ToJsonString())

[<Fact>]
let ``a diverging scale has its white at zero`` () =
    let ends figure = [ (bar figure).["cmin"].GetValue<float>(); (bar figure).["cmax"].GetValue<float>() ]
    let figure = map [| [| 3.0; -1.0 |]; [| 0.5; nan |] |] |> Figure.diverging
    Assert.Equal<float list>([ -3.0; 3.0 ], ends figure)
    Assert.Equal<float list>([ -5.0; 5.0 ], ends (figure |> Figure.colourRange -5.0 1.0))
    let scale = (bar figure).["colorscale"].AsArray()
    Assert.Equal("[0.5,\"#FFFFFF\"]", scale[scale.Count / 2].ToJsonString())

[<Fact>]
let ``a colour range is what the scale covers, in powers of ten where colours are`` () =
    let covered figure = [ (bar figure).["cmin"].GetValue<float>(); (bar figure).["cmax"].GetValue<float>() ]
    let figure = map [| [| 1.0; 2.0 |]; [| 3.0; 4.0 |] |]
    Assert.Equal<float list>([ 0.0; 10.0 ], covered (figure |> Figure.colourRange 0.0 10.0))
    Assert.Equal<float list>([ -1.0; 2.0 ], covered (figure |> Figure.logColour |> Figure.colourRange 0.1 100.0))
    Assert.Contains("above zero", Assert.Throws<ArgumentException>(fun () -> figure |> Figure.colourRange 0.0 1.0 |> Figure.logColour |> ignore).Message)
    Assert.Contains("from low to high", Assert.Throws<ArgumentException>(fun () -> figure |> Figure.colourRange 1.0 1.0 |> ignore).Message)

[<Fact>]
let ``cells that do not fit their rows and columns are refused with a sentence`` () =
    for cells in [ [| [| 1.0 |]; [| 1.0; 2.0 |] |]; [| [| 1.0; 2.0 |] |] ] do
        Assert.Contains("2 rows of 2 cells", Assert.Throws<ArgumentException>(fun () -> map cells |> ignore).Message)
    Assert.Throws<ArgumentException>(fun () -> Figure.counts2d "t" ("x", "y") (0.0, 1.0) (0.0, 1.0) "n" [||] |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> Figure.histogram2d "t" ("x", "y") (2, 1.0, 1.0) (2, 0.0, 1.0) "n" [] |> ignore) |> ignore

[<Fact>]
let ``every kind of coloured figure is valid JSON, whatever its text`` () =
    let evil = "</script><b>\"&'\u0001%{x}"
    for figure in
        [ Figure.cloud evil (evil, evil) evil [ nan, infinity, 1.0 ] |> Figure.hover [ evil ]
          Figure.histogram2d evil (evil, evil) (2, 0.0, 1.0) (2, 0.0, 1.0) evil []
          Figure.heatMap evil (evil, evil) (Labels [| evil |]) (Labels [| evil |]) evil [| [| nan |] |] |> Figure.diverging |> Figure.logColour ] do
        let text = (Figure.json figure).ToJsonString()
        JsonNode.Parse text |> ignore
        Assert.DoesNotContain("<b>", string (first figure).["hovertemplate"])
        Assert.DoesNotContain(evil, Figure.html figure)
