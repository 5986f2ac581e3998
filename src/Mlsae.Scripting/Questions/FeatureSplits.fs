namespace Mlsae.Scripting

open System
open Mlsae.Analysis.Splitting
open Mlsae.Analysis.Units

/// How latents are called in networks and tables.
[<RequireQualifiedAccess>]
module internal LatentNames =

    /// A concept is named where the latent's firing tells it at least so well.
    let private namedFrom = 0.5

    /// The tokens with most of its activation.
    let tokens (label: LatentLabel) = label.Tokens |> Seq.truncate 2 |> Seq.map (fun token -> $"“{token.Token}”") |> String.concat " "

    /// The concept that a latent tells with at least this F1, or otherwise the tokens with most of its activation.
    let shortFrom f1 (label: LatentLabel) = if label.F1.HasValue && label.F1.Value >= f1 then label.Concept else tokens label

    /// The concept that a latent tells well, or otherwise the tokens with most of its activation.
    let short label = shortFrom namedFrom label

    /// All that is known of it.
    let whole (label: LatentLabel) =
        let tokens = label.Tokens |> Seq.map (fun token -> $"“{token.Token}” {Table.text (Cell.Percent token.Share)}") |> String.concat ", "
        let concept = if isNull label.Concept then "" else $"; {label.Concept}, F1 {Table.format label.F1.Value}"
        $"latent {label.Latent}, on {Table.text (Cell.Percent label.Density)} of tokens: {tokens}{concept}"

/// Into which latents of larger dictionaries latents split: the analysis feature-splitting.
[<RequireQualifiedAccess>]
module FeatureSplits =

    // A network of more can hardly be read.
    let private parentsDrawn, childrenDrawn, grandchildrenDrawn = 3, 2, 1

    let private definition =
        $"Edges: pairs whose masked cosine is above {Mlsae.Analysis.Splitting.FeatureSplits.EdgeAbove}: the cosine of their activations over the tokens where the first fires or over those where the second fires, the larger"

    let private labels (found: FeatureSplittingResult) =
        Map.ofSeq (found.ParentLabels |> Seq.map (fun label -> label.Latent, label)), Map.ofSeq (found.ChildLabels |> Seq.map (fun label -> label.Latent, label))

    let private nearest = "Of each latent of the larger dictionary only the edge to its nearest parent counts"

    /// The children of each parent, the nearest first.
    let private families (found: FeatureSplittingResult) =
        found.Nearest |> Seq.groupBy _.Parent |> Seq.map (fun (parent, edges) -> parent, edges |> Seq.sortByDescending _.Cosine |> List.ofSeq) |> List.ofSeq

    /// Shares of latents with no, one, and several edges.
    let shares (found: FeatureSplittingResult list) =
        let x = Labels [| "no child"; "one child"; "two or more" |]
        [ for result in found ->
              let s = result.NearestChildren
              Bars(Figure.estimates $"{result.Parent} in {result.Child}" x [ s.None; s.One; s.Several ]) ]
        |> Figure.create "How many latents of the next larger dictionary a latent splits into" ("", "share of the smaller dictionary's latents")
        |> Figure.fromZero
        |> Figure.height 320
        |> Figure.named "feature-splitting-shares"
        |> Figure.caption (
            $"""{definition}. {nearest}. Whiskers: 95 %% bootstrap intervals over n = {found |> List.map (fun result -> $"{result.Parents.Kept:N0}") |> String.concat " and "} latents that fire often enough. """
            + $"{found.Head.Rows:N0} tokens.")

    /// Parents that split and can be named, one of each concept, the best told first.
    let private chosen (found: FeatureSplittingResult) =
        let parents, _ = labels found
        families found
        |> List.filter (fun (_, edges) -> edges.Length > 1 && edges.Length <= 12)
        |> List.sortByDescending (fun (parent, _) -> parents[parent].F1.GetValueOrDefault 0.0)
        |> List.distinctBy (fun (parent, _) -> match parents[parent].Concept with null -> string parent | concept -> concept)
        |> List.truncate parentsDrawn

    let private id name latent = $"{name}/{latent}"

    // Children of one concept are told apart by their tokens.
    let private node name called (label: LatentLabel) = { Network.node (id name label.Latent) (called label) with Colour = NodeColour.Group name; Hover = LatentNames.whole label }

    let private edge (found: FeatureSplittingResult) (edge: SplitEdge) =
        { Network.edge (id found.Parent edge.Parent) (id found.Child edge.Child) edge.Cosine with Hover = $"masked cosine {Table.format edge.Cosine}, both fire on {edge.Together:N0} tokens" }

    /// Edges of the next dictionary from latents that are drawn already.
    let private below (drawn: int Set) (found: FeatureSplittingResult) =
        families found |> List.filter (fun (parent, _) -> drawn.Contains parent) |> List.collect (snd >> List.truncate grandchildrenDrawn)

    /// Some latents, and what they split into: columns are dictionaries, the smallest on the left.
    let network (found: FeatureSplittingResult list) =
        let first = chosen found.Head |> List.collect (snd >> List.truncate childrenDrawn)
        let layers =
            (first, found.Tail) ||> List.scan (fun edges next -> below (edges |> List.map _.Child |> Set.ofList) next) |> List.zip found
        let names = (found.Head.Parent :: [ for result in found -> result.Child ]) |> List.indexed |> List.map (fun (i, name) -> name, i) |> Map.ofList
        let nodes =
            [ for result, edges in layers do
                  let parents, children = labels result
                  for latent in edges |> List.map _.Parent |> List.distinct -> node result.Parent (if result = found.Head then LatentNames.short else LatentNames.tokens) parents[latent]
                  for latent in edges |> List.map _.Child |> List.distinct -> node result.Child LatentNames.tokens children[latent] ]
            |> List.distinctBy _.Id
        let edges = [ for result, own in layers do for e in own -> edge result e ]
        let placed = nodes |> Network.layered (fun node -> names[node.Id.Substring(0, node.Id.IndexOf '/')]) edges
        Figure.network "Latents of a small dictionary and what they split into in larger ones" ("dictionary", "masked cosine") edges placed
        |> Figure.height 400
        |> Figure.named "feature-splitting-network"
        |> Figure.caption (
            $"Edges: masked cosine above {Mlsae.Analysis.Splitting.FeatureSplits.EdgeAbove} with the nearest parent. {(List.distinct [ for e in first -> e.Parent ]).Length} of the {found.Head.Parents.Kept:N0} latents of {found.Head.Parent}: of those with 2 to 12 children those that tell a concept best, with {childrenDrawn} children and "
            + $"of each the nearest child. Called by concept (F1 at least 0.5); on the right by the two tokens with most activation.")

    let private row (found: FeatureSplittingResult) =
        let s, all, up = found.NearestChildren, found.ChildrenOfParents, found.ParentsOfChildren
        [ Cell.Text $"{found.Parent} in {found.Child}"; Cell.Count(int64 found.Parents.Kept); Cell.Count(int64 (found.Parents.Dead + found.Parents.Rare)); Cell.Count(int64 found.Children.Kept)
          Cell.Count(int64 (found.Children.Dead + found.Children.Rare)); Cell.Count(int64 found.Edges); Cell.Count(int64 found.EdgesByChance)
          Cell.PercentInterval s.None; Cell.PercentInterval s.One; Cell.PercentInterval s.Several; Cell.Interval s.Mean; Cell.Interval all.Mean; Cell.Interval up.Mean; Cell.PercentInterval up.None ]

    /// A row for each pair of dictionaries.
    let table (found: FeatureSplittingResult list) =
        List.map row found
        |> Table.create "Splitting from size to size"
            [ "dictionaries"; "latents"; "left out"; "larger: latents"; "left out"; "edges"; "by chance"; "no child"; "one"; "several"; "children of a latent"; "by all edges"; "parents of a child"; "no parent" ]
        |> Table.caption (
            $"{definition}. No, one, several and children of a latent: {nearest.ToLowerInvariant()}. Left out: never fired, or on no more than 10 of {found.Head.Rows:N0} tokens, which is where a density of one in a million would be lost too. By chance: edges where the larger dictionary's codes are those of other tokens. "
            + "In brackets: 95 % bootstrap intervals over latents.")

    /// The parents that are drawn, with all their children.
    let splitTable (found: FeatureSplittingResult) =
        let parents, children = labels found
        [ for parent, edges in families found |> List.filter (fun (_, edges) -> edges.Length > 1) |> List.sortByDescending (fun (parent, _) -> parents[parent].F1.GetValueOrDefault 0.0) |> List.truncate 20 do
              [ Cell.Text(LatentNames.whole parents[parent]); Cell.Count(int64 edges.Length)
                Cell.Text(edges |> List.truncate 6 |> List.map (fun e -> $"{LatentNames.short children[e.Child]} ({Table.format (Math.Round(e.Cosine, 2))})") |> String.concat ", ") ] ]
        |> Table.create $"Latents of {found.Parent} that split" [ "latent"; "children"; "the nearest, with their masked cosines" ]
        |> Table.caption "Twenty at most, those first that tell a concept best."

    /// In sentences.
    let findings (found: FeatureSplittingResult) =
        [ $"{found.Parent} in {found.Child}: {Table.text (Cell.PercentInterval found.NearestChildren.Several)} of {found.Parents.Kept:N0} latents are the nearest parent of two or more, {Table.text (Cell.PercentInterval found.NearestChildren.None)} of none; {found.Edges:N0} edges in all where other tokens give {found.EdgesByChance:N0}." ]

    /// Figures and tables of a chain of dictionaries.
    let blocks (found: FeatureSplittingResult list) =
        (if chosen found.Head = [] then [] else [ Block.Drawing(network found) ])
        @ [ Block.Drawing(shares found); Block.Tabular(table found) ]
        @ [ for result in found -> Block.Tabular(splitTable result) ]

    /// The answer: sentences, figures, tables.
    let section (found: FeatureSplittingResult) : Section =
        { Title = $"Splitting of {found.Parent} in {found.Child}"; Blocks = [ for sentence in findings found -> Block.Paragraph sentence ] @ blocks [ found ] }
