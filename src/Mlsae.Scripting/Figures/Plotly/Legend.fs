namespace Mlsae.Scripting

/// Which colour a series or a group of nodes has: the same wherever the same name comes in a figure.
module internal Legend =

    /// What a trace has colours for: its name, or the groups of its nodes.
    let private names trace =
        match trace with
        | Line s | Points s | Bars s -> [ s.Name ]
        | Network graph -> [ for node in graph.Nodes do match node.Colour with NodeColour.Group group -> group | NodeColour.Number _ -> () ] |> List.distinct
        | HeatMap _ | Cloud _ -> []

    /// A name, and how many times it came before in the same panel: series that share a panel do not share a colour.
    type private Key = string * int

    let private number (before: Key list) name : Key = name, before |> List.filter (fun (other, _) -> other = name) |> List.length

    let private keys (panel: Panel) =
        let extend (before, all) trace =
            let own = names trace |> List.map (fun name -> name, number before name)
            before @ List.map snd own, all @ [ own ]
        panel.Traces |> List.fold extend ([], []) |> snd

    /// An entry: the place of its colour among all, and whether its panel is the first that has it.
    type Entry = { Index: int; Count: int; IsFirst: bool }

    let private distinctKeys (figure: Figure) = figure.Panels |> List.collect keys |> List.concat |> List.map snd |> List.distinct

    /// For each panel and each of its traces, the entries of its names.
    let entries (figure: Figure) =
        let places = distinctKeys figure |> List.mapi (fun index key -> key, index) |> Map.ofList
        let all = figure.Panels |> List.map keys
        let first = all |> List.mapi (fun panel keys -> keys |> List.concat |> List.map (fun (_, key) -> key, panel)) |> List.concat |> List.rev |> Map.ofList
        let entry panel (name, key) = name, { Index = places[key]; Count = places.Count; IsFirst = first[key] = panel }
        all |> List.mapi (fun panel keys -> keys |> List.map (List.map (entry panel) >> Map.ofList))

    /// Whether edges of both signs may come, so that their colours must be told apart.
    let hasSigns (graph: Graph) = graph.Edges |> Array.exists (fun edge -> edge.Weight < 0.0)

    /// Whether there is more than one name to tell apart, or a sign.
    let isShown (figure: Figure) =
        (distinctKeys figure |> List.filter (fun (name, _) -> name <> "")).Length > 1
        || figure.Traces |> List.exists (function Network graph -> hasSigns graph | _ -> false)
