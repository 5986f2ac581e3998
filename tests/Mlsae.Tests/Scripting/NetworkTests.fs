module Mlsae.Tests.Scripting.NetworkTests

open System
open System.Text.Json.Nodes
open Xunit
open Mlsae.Numerics
open Mlsae.Scripting
open Mlsae.Tests.Assertions

/// Nodes a0, a1 ..., b0 ... with their column as first letter.
let private nodes (columns: (char * int) list) = [ for letter, count in columns do for i in 0 .. count - 1 -> Network.node $"{letter}{i}" $"label {letter}{i}" ]

let private column (node: Node) = int node.Id[0] - int 'a'

let private edges pairs = [ for from, to' in pairs -> Network.edge from to' 1.0 ]

let private traces figure = [ for trace in (Figure.json figure).["data"].AsArray() -> trace ]

let private shuffled (seed: int) items =
    let items = Array.ofSeq items
    Philox(uint64 seed, "shuffle").Shuffle(items.AsSpan())
    items

let private refusal (work: unit -> 'a) = Assert.Throws<ArgumentException>(fun () -> work () |> ignore).Message

// A ladder whose rungs all cross in the order of the names, a tree, and two columns that only a longer way untangles.
let private ladder = edges [ "a0", "b3"; "a1", "b2"; "a2", "b1"; "a3", "b0" ], nodes [ 'a', 4; 'b', 4 ]
let private tree =
    edges [ "a0", "b0"; "a0", "b1"; "a0", "b2"; "b0", "c5"; "b0", "c1"; "b1", "c0"; "b1", "c3"; "b2", "c2"; "b2", "c4" ], nodes [ 'a', 1; 'b', 3; 'c', 6 ]
let private chains = edges [ "a0", "b2"; "b2", "c0"; "a1", "b0"; "b0", "c2"; "a2", "b1"; "b1", "c1" ], nodes [ 'a', 3; 'b', 3; 'c', 3 ]

[<Fact>]
let ``layered networks that can be drawn without crossings have none`` () =
    for edges, nodes in [ ladder; tree; chains ] do
        Assert.Equal(0, Network.crossings edges (Network.layered column edges nodes))

[<Fact>]
let ``crossings are counted: four edges that all cross make six, edges that meet at a node none`` () =
    let placed = nodes [ 'a', 4; 'b', 4 ] |> List.map (fun node -> { node with X = float (column node); Y = float (int node.Id[1]) })
    Assert.Equal(6, Network.crossings (fst ladder) placed)
    Assert.Equal(0, Network.crossings (edges [ "a0", "b0"; "a0", "b1"; "a0", "b3"; "a1", "b3" ]) placed)

[<Fact>]
let ``layered places do not depend on the order of nodes and edges`` () =
    let random = Philox(3UL, "edges")
    let nodes = nodes [ 'a', 5; 'b', 6; 'c', 5; 'd', 4 ]
    let edges = [ for a in nodes do for b in nodes do if column a < column b && random.NextInt32 5 = 0 then Network.edge a.Id b.Id (random.NextDouble()) ]
    let expected = Network.layered column edges nodes
    for seed in 1..5 do
        Assert.Equal<Node list>(expected, Network.layered column (shuffled seed edges) (shuffled (seed + 100) nodes))

[<Fact>]
let ``sweeps leave no more crossings than the order of names has`` () =
    for seed in 1..10 do
        let random = Philox(uint64 seed, "edges")
        let nodes = nodes [ 'a', 4; 'b', 5; 'c', 4 ]
        let edges = [ for a in nodes do for b in nodes do if column b = column a + 1 && random.NextInt32 3 = 0 then Network.edge a.Id b.Id 1.0 ]
        let byName = nodes |> List.map (fun node -> { node with X = float (column node); Y = -float (int node.Id[1]) })
        Assert.True(Network.crossings edges (Network.layered column edges nodes) <= Network.crossings edges byName)

[<Fact>]
let ``layered nodes stand in their columns, one apart around the middle`` () =
    let placed = Network.layered column (fst tree) (snd tree)
    for letter, count in [ 'a', 1; 'b', 3; 'c', 6 ] do
        let own = placed |> List.filter (fun node -> node.Id[0] = letter)
        Assert.Equal<float list>([ for i in 0 .. count - 1 -> float (count - 1) / 2.0 - float i ], own |> List.map _.Y)
        Assert.True(own |> List.forall (fun node -> node.X = float (int letter - int 'a')))

[<Fact>]
let ``what cannot be drawn is refused with a sentence`` () =
    let nodes = nodes [ 'a', 2 ]
    let one edge = refusal (fun () -> Figure.network "t" ("", "") [ edge ] nodes)
    Assert.Contains("names 'x', but no node has this identifier", one (Network.edge "a0" "x" 1.0))
    Assert.Contains("names 'x'", refusal (fun () -> Network.layered column (edges [ "x", "a0" ]) nodes))
    Assert.Contains("leads to itself", one (Network.edge "a0" "a0" 1.0))
    Assert.Contains("must be finite", one (Network.edge "a0" "a1" nan))
    Assert.Contains("2 nodes have the identifier 'a0'", refusal (fun () -> Network.layered column [] (nodes @ [ nodes.Head ])))
    Assert.Contains("has no place", refusal (fun () -> Figure.network "t" ("", "") [] [ { nodes.Head with Y = nan } ]))
    Assert.Contains("between 0 and 1", refusal (fun () -> Figure.network "t" ("", "") [] [ { nodes.Head with Size = 1.5 } ]))

let private signed =
    let grouped = nodes [ 'a', 2; 'b', 2 ] |> List.map (fun node -> { node with Colour = NodeColour.Group(string node.Id[0]) })
    let edges = [ Network.edge "a0" "b0" 1.0; Network.edge "a1" "b1" -0.25; { Network.edge "a0" "b1" 0.5 with Hover = "<strong>" } ]
    Network.layered column edges grouped |> Figure.network "Signs" ("group", "effect") edges

[<Fact>]
let ``an edge's width and opacity follow its weight, and its colour the sign`` () =
    let shafts = traces signed |> List.filter (fun trace -> string trace["mode"] = "lines" && not (isNull trace["opacity"]))
    let look (trace: JsonNode) = trace["line"].["width"].GetValue<float>(), trace["opacity"].GetValue<float>(), string (trace["line"].["color"])
    let widths, opacities, colours = shafts |> List.map look |> List.unzip3
    Assert.True(widths[0] < widths[1] && widths[1] < widths[2])
    Assert.True(opacities[0] < opacities[1] && opacities[1] < opacities[2])
    Assert.True(colours[0] <> colours[1] && colours[1] = colours[2])
    Assert.Contains(traces signed, fun trace -> string trace["name"] = "effect below 0")

[<Fact>]
let ``arrows end at the discs' rims with a head`` () =
    let heads = traces signed |> List.find (fun trace -> not (isNull trace["marker"]) && string (trace["marker"].["symbol"]) = "arrow")
    Assert.Equal(6, heads["x"].AsArray().Count)
    Assert.Equal("previous", string (heads["marker"].["angleref"]))
    let discs = traces signed |> List.filter (fun trace -> string trace["mode"] = "markers+text")
    let points (trace: JsonNode) = [ for x, y in Seq.zip (trace["x"].AsArray()) (trace["y"].AsArray()) -> x.GetValue<float>(), y.GetValue<float>() ]
    for tipX, tipY in points heads |> List.indexed |> List.filter (fun (i, _) -> i % 2 = 1) |> List.map snd do
        let nearest = discs |> List.collect points |> List.map (fun (x, y) -> sqrt ((x - tipX) ** 2.0 + (y - tipY) ** 2.0)) |> List.min
        Assert.InRange(nearest, 10.0, 20.0)

[<Fact>]
let ``an arrow does not run through a node that it does not join`` () =
    let nodes = nodes [ 'a', 1; 'b', 1; 'c', 1 ]
    let edges = edges [ "a0", "c0" ]
    let figure = Network.layered column edges nodes |> Figure.network "t" ("", "") edges
    let shaft = traces figure |> List.find (fun trace -> string trace["mode"] = "lines")
    let middle = traces figure |> List.find (fun trace -> string trace["mode"] = "markers+text") |> fun trace -> trace["x"].[1].GetValue<float>(), trace["y"].[1].GetValue<float>()
    for x, y in Seq.zip (shaft["x"].AsArray()) (shaft["y"].AsArray()) do
        let away = sqrt ((x.GetValue<float>() - fst middle) ** 2.0 + (y.GetValue<float>() - snd middle) ** 2.0)
        Assert.True(away > 13.0, $"{away}")

[<Fact>]
let ``groups have an entry in the legend each, numbers a colour bar, and no axes are shown`` () =
    let names = [ for trace in traces signed do if string trace["mode"] = "markers+text" then string trace["name"] ]
    Assert.Equal<string list>([ "a"; "b" ], names)
    Assert.False((Figure.json signed).["layout"].["xaxis"].["visible"].GetValue<bool>())
    let numbered = nodes [ 'a', 3 ] |> List.mapi (fun i node -> { node with Y = float i; Colour = NodeColour.Number(float i) }) |> Figure.network "t" ("depth", "") []
    let trace = (traces numbered).Head
    Assert.Equal("[0,1,2]", trace["marker"].["color"].ToJsonString())
    Assert.Equal("depth", string ((Figure.json numbered).["layout"].["coloraxis"].["colorbar"].["title"].["text"]))

[<Fact>]
let ``the CSV of a network holds its nodes, then its edges`` () =
    let edges = [ Network.edge "a0" "b0" -0.5 ]
    let csv = Network.layered column edges (nodes [ 'a', 1; 'b', 1 ]) |> Figure.network "t" ("group", "effect") edges |> Figure.csv
    Assert.Equal("kind,id,label,x,y,size,group,from,to,effect\nnode,a0,label a0,0,0,0.5,,,,\nnode,b0,label b0,1,0,0.5,,,,\nedge,,,,,,,a0,b0,-0.5\n", csv)

[<Fact>]
let ``labels of forty nodes are drawn, escaped, and two networks can stand side by side`` () =
    let evil = "</script><b>\"&'\u0001"
    let random = Philox(9UL, "edges")
    let nodes = nodes [ for letter in 'a' .. 'h' -> letter, 5 ] |> List.map (fun node -> { node with Label = evil + " " + node.Id; Hover = evil })
    let edges = [ for _ in 1..80 -> Network.edge nodes[random.NextInt32 20].Id nodes[20 + random.NextInt32 20].Id (random.NextGaussian()) ]
    let figure = Network.layered column edges nodes |> Figure.network evil (evil, evil) edges
    let both = [ figure; figure ] |> Figure.multiples "Two" 2
    JsonNode.Parse((Figure.json both).ToJsonString()) |> ignore
    let labels = traces figure |> List.filter (fun trace -> string trace["mode"] = "markers+text") |> List.collect (fun trace -> [ for text in trace["text"].AsArray() -> string text ])
    Assert.Equal(40, labels.Length)
    Assert.All(labels, fun label -> Assert.DoesNotContain("<b>", label))
    Assert.DoesNotContain(evil, Figure.html both)
