namespace Mlsae.Scripting

open System
open Mlsae.Analysis.Causal
open Mlsae.Metrics
open Mlsae.Pipelines.Analyses

/// Which latents of earlier layers make a latent fire: the analysis causal-tree.
[<RequireQualifiedAccess>]
module Causes =

    /// A fact is shown beside a latent where it tells it at least so well, by F1.
    let private toldAbove = 0.3

    let private told (node: CausalNode) = Option.ofObj node.Told |> Option.filter (fun score -> score.F1 >= toldAbove) |> Option.map _.Concept

    let private label (node: CausalNode) = match told node with Some concept -> $"{node.Latent} {concept}" | None -> string node.Latent

    let private node (tree: CausalTree) layer latent = tree.Nodes |> Seq.find (fun node -> node.Layer = layer && node.Latent = latent)

    let private percent estimate = Table.text (Cell.PercentInterval estimate)

    let private identifier layer latent = $"{layer}:{latent}"

    let private hover (node: CausalNode) =
        let examples = [ for example in node.Examples -> String.concat "" example.Texts ]
        let causes = match Option.ofObj node.Causes with Some causes -> $", looked at in {causes.Contexts} contexts, mean value there {causes.MeanValue:F2}" | None -> ""
        $"latent {node.Latent} at layer {node.Layer}: largest value {node.Largest:F2}{causes}. " + (String.concat " / " examples)

    let private drawn (tree: CausalTree) (node: CausalNode) =
        let group = if node.Latent = tree.Target.Latent then "the target, and its earlier selves" else "other latents"
        { Network.node (identifier node.Layer node.Latent) (label node) with
            Colour = NodeColour.Group group; Size = (if node.Latent = tree.Target.Latent then 0.8 else 0.4); Hover = hover node }

    let private arrow (edge: CausalEdge) =
        { Network.edge (identifier edge.Layer edge.Cause) (identifier (edge.Layer + 1) edge.Effect) edge.Share.Mean with
            Hover = $"{edge.Effect} at layer {edge.Layer + 1} falls by {percent edge.Share} without {edge.Cause} at layer {edge.Layer}" }

    /// The tree as a network: layers are columns, an arrow's width is the share by which its end falls without its start.
    let network (result: CausalTreesResult) (tree: CausalTree) =
        let edges = tree.Edges |> Seq.map arrow |> List.ofSeq
        let joined = edges |> List.collect (fun edge -> [ edge.From; edge.To ]) |> Set.ofList
        let nodes = [ for node in tree.Nodes do if joined.Contains(identifier node.Layer node.Latent) || node.Latent = tree.Target.Latent && node.Layer = tree.Target.Layer then drawn tree node ]
        nodes
        |> Network.layered (fun node -> int (node.Id.Split(':')[0])) edges
        |> Figure.network $"What makes latent {LogitEffects.label tree.Target} fire at layer {tree.Target.Layer}" ("latents, by layer from left to right", "share of fall") edges
        |> Figure.named $"causes-of-{tree.Target.Latent}"
        |> Figure.caption (
            $"Columns are layers, from {tree.Nodes |> Seq.map _.Layer |> Seq.min} on the left to {tree.Target.Layer}. Width: by which share of its mean a latent falls when one of the layer before is taken away, less than rank one, at every token; "
            + $"mean over n = {result.Config.Contexts} contexts at most, where it has at least half of its largest value. At most {result.Config.Causes} causes of each, of at least {Table.text (Cell.Percent result.Config.SmallestShare)}, "
            + $"and {result.Config.NodesPerLayer} latents of a layer followed up. Named is the fact that a latent tells best at its layer, with F1 of at least {toldAbove}.")

    /// Attribution against the exact fall, of every candidate of each target.
    let check (result: CausalTreesResult) =
        [ for tree in result.Trees ->
              let correlation = Table.text (Cell.Interval tree.Check.RankCorrelation)
              Figure.scatter $"{LogitEffects.label tree.Target}: {correlation}" ("attribution", "exact fall")
                  [ "", [ for of' in tree.Check.Candidates -> of'.Attribution, of'.PreActivationFall ] ] ]
        |> Figure.multiples "Does attribution foretell what taking a latent away does?" 2
        |> Figure.named "attribution-and-ablation"
        |> Figure.caption (
            "A point for each latent of the layer before that is active in the contexts: the fall of the target's pre-activation to first order, and exactly, mean over contexts. In titles Spearman's correlation with its 95 % bootstrap interval over these latents: "
            + (String.concat "; " [ for tree in result.Trees -> $"latent {tree.Target.Latent} n = {tree.Check.Candidates.Count:N0} in {tree.Check.Contexts} contexts, {tree.Check.LargestTried} of the ten largest falls among the {result.Config.Tried} that attribution chose" ]) + ".")

    /// Every arrow with its numbers.
    let edges (tree: CausalTree) =
        [ for edge in tree.Edges ->
              [ Cell.Text(string (edge.Layer + 1)); Cell.Text(label (node tree (edge.Layer + 1) edge.Effect)); Cell.Text(label (node tree edge.Layer edge.Cause)); Cell.PercentInterval edge.Share
                Cell.Percent edge.Attribution; Cell.Count(int64 edge.ActiveContexts); Cell.Text(if edge.IsSelf then "yes" else "") ] ]
        |> Table.create $"Causes of latent {LogitEffects.label tree.Target}" [ "layer"; "latent"; "falls without, at the layer before"; "share of fall"; "by attribution"; "contexts"; "its earlier self" ]
        |> Table.caption "In brackets: 95 % bootstrap intervals over contexts. By attribution: of the pre-activation, to first order, as a share of the mean value. A TopK latent's value falls to 0 as soon as k others are larger, so that its share can be greater."

    /// Every node that was followed up: how much its causes explain.
    let nodes (tree: CausalTree) =
        [ for node in tree.Nodes do
              match Option.ofObj node.Causes with
              | Some causes ->
                  [ Cell.Text(string node.Layer); Cell.Text(label node); Cell.Count(int64 causes.Contexts); Cell.Number causes.MeanValue; Cell.Count(int64 causes.Candidates); Cell.Count(int64 causes.Tried)
                    Cell.PercentInterval causes.ByKept; Cell.PercentInterval causes.ByTried; Cell.Number causes.RankCorrelation; Cell.Count(int64 causes.Unsolved) ]
              | None -> () ]
        |> Table.create $"How much is explained: latent {LogitEffects.label tree.Target}"
            [ "layer"; "latent"; "contexts"; "mean value"; "candidates"; "tried"; "fall without all kept causes"; "fall without all tried"; "rank correlation"; "not stopped" ]
        |> Table.caption "In brackets: 95 % bootstrap intervals over contexts. Rank correlation: attribution with the exact fall of the pre-activation, over those that were tried."

    let private cause (tree: CausalTree) (edge: CausalEdge) =
        let name = if edge.IsSelf then "its own earlier self" else label (node tree edge.Layer edge.Cause)
        $"{name} ({percent edge.Share})"

    let private sentence (tree: CausalTree) =
        let target = tree.Nodes[0]
        let own = tree.Edges |> Seq.filter (fun edge -> edge.Layer = target.Layer - 1) |> List.ofSeq
        let falls = if own.IsEmpty then "no single latent makes it fall by enough" else "it falls without " + String.concat ", " [ for edge in own -> cause tree edge ]
        let selves = tree.Edges |> Seq.filter (fun edge -> edge.IsSelf && edge.Effect = target.Latent) |> Seq.length
        let contexts = match Option.ofObj target.Causes with Some causes -> causes.Contexts | None -> 0
        $"Latent {LogitEffects.label tree.Target} at layer {target.Layer}, n = {contexts} contexts: {falls}; its own earlier self is a cause at {selves} of {target.Layer} layers. "
        + $"Attribution and exact falls correlate by {Table.text (Cell.Interval tree.Check.RankCorrelation)} over {tree.Check.Candidates.Count:N0} candidates."

    /// In sentences, one for each tree.
    let findings (result: CausalTreesResult) = [ for tree in result.Trees -> sentence tree ]

    /// Figures and tables: the trees, the check of attribution, the numbers.
    let blocks (result: CausalTreesResult) =
        [ for tree in result.Trees do Block.Drawing(network result tree)
          Block.Drawing(check result)
          for tree in result.Trees do
              Block.Tabular(edges tree)
              Block.Tabular(nodes tree) ]

    /// The answer: sentences, figures, tables.
    let section (result: CausalTreesResult) : Section =
        { Title = "What makes latents fire"; Blocks = [ for sentence in findings result -> Block.Paragraph sentence ] @ blocks result }
