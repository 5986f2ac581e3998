namespace Mlsae.Scripting

open System

/// Networks: nodes, the arrows between them, and places for nodes that come in columns.
[<RequireQualifiedAccess>]
module Network =

    /// A node of middle size and no group, to be placed.
    let node id label : Node = { Id = id; Label = label; X = 0.0; Y = 0.0; Size = 0.5; Colour = NodeColour.Group ""; Hover = "" }

    /// An arrow from one node to another, by their identifiers.
    let edge from to' weight : Edge = { From = from; To = to'; Weight = weight; Hover = "" }

    let private refuse (sentence: string) : unit = raise (ArgumentException sentence)

    let private checkNode (node: Node) =
        if not (Double.IsFinite node.X && Double.IsFinite node.Y) then
            refuse $"Node '{node.Id}' has no place: ({node.X}, {node.Y})."
        if not (node.Size >= 0.0 && node.Size <= 1.0) then
            refuse $"Node '{node.Id}' has size {node.Size}, which must lie between 0 and 1."

    let private checkEdge (known: Set<string>) (edge: Edge) =
        for id in [ edge.From; edge.To ] do
            if not (known.Contains id) then
                refuse $"The edge from '{edge.From}' to '{edge.To}' names '{id}', but no node has this identifier."
        if edge.From = edge.To then
            refuse $"The edge from '{edge.From}' leads to itself, which cannot be drawn."
        if not (Double.IsFinite edge.Weight) then
            refuse $"The edge from '{edge.From}' to '{edge.To}' has weight {edge.Weight}, which must be finite."

    /// Refuses nodes that share an identifier, edges to nodes that are not there, and numbers that cannot be drawn, each with a sentence.
    let check (edges: Edge seq) (nodes: Node seq) =
        match nodes |> Seq.countBy _.Id |> Seq.tryFind (fun (_, count) -> count > 1) with
        | Some(id, count) -> refuse $"{count} nodes have the identifier '{id}', but each needs its own."
        | None -> ()
        nodes |> Seq.iter checkNode
        let known = nodes |> Seq.map _.Id |> Set.ofSeq
        edges |> Seq.iter (checkEdge known)

    /// On which side of the line from a to b the point c lies: positive on the left, 0 on the line.
    let private side (a: Node) (b: Node) (c: Node) = sign ((b.X - a.X) * (c.Y - a.Y) - (b.Y - a.Y) * (c.X - a.X))

    let private cross (a: Node, b: Node) (c: Node, d: Node) =
        let areApart = a.Id <> c.Id && a.Id <> d.Id && b.Id <> c.Id && b.Id <> d.Id
        areApart && side a b c * side a b d < 0 && side c d a * side c d b < 0

    /// How many pairs of edges cross, drawn as straight lines; edges that meet at a node do not cross.
    let crossings (edges: Edge seq) (nodes: Node seq) =
        let byId = nodes |> Seq.map (fun node -> node.Id, node) |> Map.ofSeq
        let lines = edges |> Seq.map (fun edge -> byId[edge.From], byId[edge.To]) |> Array.ofSeq
        Seq.sum (seq { for i in 0 .. lines.Length - 1 -> lines |> Seq.take i |> Seq.filter (cross lines[i]) |> Seq.length })

    /// Nodes of a column below each other, one apart, around the middle.
    let private spread (column: Node list) =
        let middle = float (column.Length - 1) / 2.0
        column |> List.mapi (fun place node -> { node with Y = middle - float place })

    /// A column in the order of the mean heights of its nodes' neighbours that count; nodes without any stay where they are, and so do equals.
    let private reorder (neighbours: Map<string, Set<string>>) counts (all: Node list) (column: Node list) =
        let byId = all |> List.filter counts |> List.map (fun node -> node.Id, node.Y) |> Map.ofList
        let height (node: Node) =
            match neighbours[node.Id] |> Seq.choose byId.TryFind |> List.ofSeq with
            | [] -> node.Y
            | heights -> List.average heights
        column |> List.sortByDescending (fun node -> Math.Round(height node, 9)) |> spread

    let private replace (nodes: Node list) (all: Node list) =
        let byId = nodes |> List.map (fun node -> node.Id, node) |> Map.ofList
        all |> List.map (fun node -> byId |> Map.tryFind node.Id |> Option.defaultValue node)

    /// One pass over the columns, each ordered by the columns before it.
    let private sweep neighbours (isBefore: float -> float -> bool) columns (nodes: Node list) =
        let step (all: Node list) column =
            let own = all |> List.filter (fun node -> node.X = column) |> List.sortByDescending _.Y
            replace (reorder neighbours (fun node -> isBefore node.X column) all own) all
        List.fold step nodes columns

    /// Every exchange of two nodes below each other that makes edges cross less, taken one after the other.
    let private exchange edges (nodes: Node list) =
        let pairs = [ for a in nodes do for b in nodes do if a.X = b.X && a.Id < b.Id then a.Id, b.Id ]
        let step (all: Node list) (a, b) =
            let height id = (all |> List.find (fun node -> node.Id = id)).Y
            let exchanged = all |> List.map (fun node -> if node.Id = a then { node with Y = height b } elif node.Id = b then { node with Y = height a } else node)
            if crossings edges exchanged < crossings edges all then exchanged else all
        List.fold step nodes pairs

    let private sweeps = 8

    /// Places nodes by their column, which becomes X, so that edges cross little: a few sweeps forth and back order each column by the mean height of its neighbours (Sugiyama, Tagawa
    /// and Toda 1981), and the best is kept. The result depends on nothing but identifiers, columns and edges.
    let layered (column: Node -> int) (edges: Edge seq) (nodes: Node seq) : Node list =
        check edges nodes
        let edges = edges |> Seq.sortBy (fun edge -> edge.From, edge.To) |> List.ofSeq
        let start = nodes |> Seq.map (fun node -> { node with X = float (column node) }) |> Seq.sortBy (fun node -> node.X, node.Id) |> List.ofSeq
        let neighbours =
            start |> List.map (fun node -> node.Id, set [ for e in edges do if e.From = node.Id then e.To elif e.To = node.Id then e.From ]) |> Map.ofList
        let columns = start |> List.map _.X |> List.distinct
        let step nodes _ = nodes |> sweep neighbours (<) columns |> sweep neighbours (>) (List.rev columns)
        start
        |> List.groupBy _.X
        |> List.collect (snd >> spread)
        |> fun first -> List.scan step first [ 1..sweeps ]
        |> List.minBy (crossings edges)
        |> exchange edges
        |> List.sortBy (fun node -> node.X, -node.Y)
