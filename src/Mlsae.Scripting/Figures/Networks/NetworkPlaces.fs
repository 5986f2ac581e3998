namespace Mlsae.Scripting

/// A node as it is drawn: a disc in pixels, y upwards.
type internal Disc =
    { Node: Node
      X: float
      Y: float
      Radius: float }

/// From the places of a network's nodes to pixels of its panel.
module internal NetworkPlaces =

    let private radius (node: Node) = 5.0 + 11.0 * sqrt node.Size

    /// From a range of given places into a stretch of pixels; what has no range goes into the middle.
    let private into (low: float, high: float) (places: float[]) =
        let least, most = Array.min places, Array.max places
        places |> Array.map (fun place -> if most > least then low + (place - least) / (most - least) * (high - low) else (low + high) / 2.0)

    // Room around the outermost nodes for themselves and their labels.
    let private marginX = 64.0
    let private marginY = 40.0

    /// The discs of all nodes within a panel of this size.
    let discs width height (nodes: Node[]) =
        if nodes.Length = 0 then
            [||]
        else
            let x = nodes |> Array.map _.X |> into (min marginX (width / 4.0), width - min marginX (width / 4.0))
            let y = nodes |> Array.map _.Y |> into (min marginY (height / 4.0), height - min marginY (height / 4.0))
            nodes |> Array.mapi (fun i node -> { Node = node; X = x[i]; Y = y[i]; Radius = radius node })
