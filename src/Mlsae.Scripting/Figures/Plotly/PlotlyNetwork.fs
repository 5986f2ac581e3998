namespace Mlsae.Scripting

open System.Text.Json.Nodes
open PlotlyText

/// Networks as Plotly's traces: arrows below, then discs with their labels.
module internal PlotlyNetwork =

    /// How an edge is drawn.
    type private Arrow = { Edge: Edge; Width: float; Opacity: float; Colour: string; Way: NetworkEdges.Way }

    /// A node's disc with its label: the lines, and where they stand.
    type private Labelled = { Disc: Disc; Lines: string list; Position: string }

    let private headLength width = 6.5 + 1.6 * width

    let private arrow (discs: Map<string, Disc>) (all: Disc[]) (edges: Edge[]) (edge: Edge) =
        let most = edges |> Seq.map (fun e -> abs e.Weight) |> Seq.max
        let share = if most > 0.0 then abs edge.Weight / most else 0.0
        let width = 1.0 + 4.0 * share
        let isReturned = edges |> Array.exists (fun e -> e.From = edge.To && e.To = edge.From)
        { Edge = edge
          Width = width
          Opacity = 0.3 + 0.55 * share
          Colour = if edge.Weight < 0.0 then Style.negative else Style.positive
          Way = NetworkEdges.way (headLength width) isReturned all discs[edge.From] discs[edge.To] }

    let private plot place mode fields =
        Json.object ([ "type", Json.text "scatter"; "mode", Json.text mode; "cliponaxis", Json.flag false ] @ fields @ axes place)

    let private points (points: (float * float) seq) =
        [ "x", points |> Seq.map (fst >> Json.numberTo 5) |> Json.array; "y", points |> Seq.map (snd >> Json.numberTo 5) |> Json.array ]

    let private edgeText (discs: Map<string, Disc>) meaning (edge: Edge) =
        let label id = Html.escape discs[id].Node.Label
        if edge.Hover <> "" then words edge.Hover else Json.text $"{label edge.From} → {label edge.To}<br>{Html.escape meaning}: {edge.Weight:G4}"

    let private shaft place discs meaning (arrow: Arrow) =
        plot place "lines" (
            points arrow.Way.Points
            @ [ "line", Json.object [ "color", Json.text arrow.Colour; "width", Json.number arrow.Width ]
                "opacity", Json.number arrow.Opacity
                "text", edgeText discs meaning arrow.Edge
                "hovertemplate", Json.text "%{text}<extra></extra>"
                "showlegend", Json.flag false ])

    // Each head needs a point before its tip, of no size, to be turned by.
    let private heads place (arrows: Arrow[]) =
        let twice value = Seq.collect (fun arrow -> [ value arrow; value arrow ]) arrows
        let marker =
            [ "symbol", Json.text "arrow"
              "angleref", Json.text "previous"
              "size", arrows |> Seq.collect (fun arrow -> [ 0.0; headLength arrow.Width ]) |> Json.numbers
              "color", twice _.Colour |> Json.texts
              "opacity", twice _.Opacity |> Json.numbers
              "line", Json.object [ "width", Json.number 0.0 ] ]
        let ends arrow = [ Array.last arrow.Way.Points; arrow.Way.Tip ]
        plot place "markers" (
            points (Seq.collect ends arrows)
            @ [ "marker", Json.object marker; "hoverinfo", Json.text "skip"; "showlegend", Json.flag false ])

    /// The legend's entry for one sign of the weights, which has no points of its own.
    let private sign place meaning words' colour =
        plot place "lines" (
            points [ nan, nan ]
            @ [ "name", words $"{meaning} {words'} 0"; "line", Json.object [ "color", Json.text colour; "width", Json.number 3.0 ]; "hoverinfo", Json.text "skip" ])

    /// Whether this is the figure's first network with this meaning of edges whose signs must be told apart: the legend names them once.
    let private namesSigns (figure: Figure) (graph: Graph) =
        figure.Traces
        |> List.tryPick (function Network other when Legend.hasSigns other && other.EdgeMeaning = graph.EdgeMeaning -> Some other | _ -> None)
        |> Option.exists (fun first -> obj.ReferenceEquals(first, graph))

    let private discs place fields marker (items: Labelled list) =
        let hover (node: Node) = words (if node.Hover = "" then node.Label else node.Hover)
        let look =
            [ "size", items |> Seq.map (fun item -> 2.0 * item.Disc.Radius) |> Json.numbers
              "opacity", Json.number 1.0
              "line", Json.object [ "color", Json.text "#ffffff"; "width", Json.number 1.5 ] ]
        plot place "markers+text" (
            points (items |> Seq.map (fun item -> item.Disc.X, item.Disc.Y))
            @ [ "text", items |> Seq.map (fun item -> lines item.Lines) |> Json.array
                "textposition", items |> Seq.map _.Position |> Json.texts
                // A white rim keeps a label readable over an edge.
                "textfont", Json.object [ "size", Json.number 12.0; "color", Json.text "#1c2128"; "shadow", Json.text Style.rim ]
                "hovertext", items |> Seq.map (fun item -> hover item.Disc.Node) |> Json.array
                "hovertemplate", Json.text "%{hovertext}<extra></extra>"
                "marker", Json.object (look @ marker) ]
            @ fields)

    let private groupOf item = match item.Disc.Node.Colour with NodeColour.Group group -> Some group | NodeColour.Number _ -> None

    let private numberOf item = match item.Disc.Node.Colour with NodeColour.Number value -> value | NodeColour.Group _ -> nan

    /// Discs of one group, or all that are coloured by number.
    let private group figure place (entries: Map<string, Legend.Entry>) (graph: Graph) (group: string option, items: Labelled list) =
        match group with
        | Some group ->
            let entry = entries[group]
            let colour = if group = "" then Style.neutral else Style.colour entry.Count entry.Index
            discs place (("name", words group) :: legend group entry) [ "color", Json.text colour ] items
        | None ->
            let colours =
                [ "color", items |> Seq.map (numberOf >> PlotlyColours.place graph.Colours) |> Json.numbers
                  "coloraxis", Json.text (PlotlyColours.axisOf figure graph.NodeMeaning graph.Colours) ]
            discs place [ "showlegend", Json.flag false ] colours items

    let private labelled (place: Arrangement.Place) (arrows: Arrow[]) (all: Disc[]) =
        let texts = all |> Array.map (fun disc -> NetworkLabels.lines all disc.Node.Label)
        let ways = arrows |> Array.collect (fun arrow -> NetworkEdges.dense arrow.Way)
        NetworkLabels.choose place.Width place.Height ways all texts
        |> Array.map3 (fun disc lines position -> { Disc = disc; Lines = lines; Position = position }) all texts
        |> List.ofArray

    /// All traces of a network within a panel.
    let traces figure (place: Arrangement.Place) entries (graph: Graph) : JsonNode list =
        let all = NetworkPlaces.discs place.Width place.Height graph.Nodes
        let byId = all |> Array.map (fun disc -> disc.Node.Id, disc) |> Map.ofArray
        let arrows = graph.Edges |> Array.map (arrow byId all graph.Edges) |> Array.sortBy _.Opacity
        [ if namesSigns figure graph then
              yield sign place graph.EdgeMeaning "above" Style.positive
              yield sign place graph.EdgeMeaning "below" Style.negative
          for arrow in arrows do yield shaft place byId graph.EdgeMeaning arrow
          if arrows.Length > 0 then yield heads place arrows
          for items in labelled place arrows all |> List.groupBy groupOf do yield group figure place entries graph items ]
