namespace Mlsae.Scripting

open System
open Mlsae.Analysis.Chains

/// Which latents promote the tokens on which others fire: the analysis token-chains.
[<RequireQualifiedAccess>]
module TokenChains =

    // More can hardly be read.
    let private systemDrawn, chainsDrawn, latentsOfChain = 8, 4, 3

    /// In figures a concept is named where a latent tells it at least so well: of what comes next latents of the last layer tell more than of what there is.
    let private namedFrom = 0.3

    let private called = $"Named: the concept (F1 at least {namedFrom}) or the two tokens with most activation; after the arrow two promoted tokens"

    let private definition =
        $"Edge: the second latent fires on at least {Table.text (Cell.Percent ChainGraph.EdgeFrom)} of the occurrences of the {PromotedTokens.Count} tokens that the first promotes most, in their mean"

    let private path (found: TokenChainsResult) =
        if found.IsOnlyPath then "the direct path to the logits is the only one from there"
        else "the direct path to the logits is one of several from there: later blocks may do otherwise"

    let private members (found: TokenChainsResult) = Map.ofSeq (found.Members |> Seq.map (fun member' -> member'.Latent, member'))

    let private tokens count (values: string seq) = values |> Seq.truncate count |> Seq.map (fun token -> $"“{token}”") |> String.concat " "

    let private whole (latent: ChainLatent) = $"{LatentNames.whole latent.Label}; promotes {tokens PromotedTokens.Count latent.Promoted}"

    let private other (edge: ChainLink) = edge.From <> edge.To

    let private loops (found: TokenChainsResult) = found.Edges |> Seq.filter (other >> not) |> Seq.map _.From |> Set.ofSeq

    /// Its name and, where it leads on, what it promotes.
    let private label leads (latent: ChainLatent) =
        let name = LatentNames.shortFrom namedFrom latent.Label
        if leads then $"{name} → {tokens 2 latent.Promoted}" else name

    let private node (found: TokenChainsResult) label (latent: ChainLatent) =
        let group = if (loops found).Contains latent.Latent then "promotes its own tokens too" else "promotes tokens of others"
        { Network.node (string latent.Latent) label with Colour = NodeColour.Group group; Hover = whole latent }

    let private arrow (edge: ChainLink) =
        { Network.edge (string edge.From) (string edge.To) edge.Weight with
            Hover = $"weight {Table.format edge.Weight}; in text {edge.To} follows {edge.From} at {Table.text (Cell.PercentInterval edge.Follows)}, anywhere at {Table.text (Cell.Percent edge.Anywhere)}" }

    /// Chains of several steps first, and of them those whose weakest step is strongest.
    let private chosen (found: TokenChainsResult) =
        let weights = Map.ofSeq (found.Edges |> Seq.map (fun edge -> (edge.From, edge.To), edge.Weight))
        let least chain = chain |> List.pairwise |> List.map (fun step -> weights[step]) |> List.min
        found.Chains |> Seq.map (Seq.truncate latentsOfChain >> List.ofSeq) |> Seq.sortByDescending (fun chain -> chain.Length, least chain) |> Seq.truncate chainsDrawn |> List.ofSeq

    /// Chains from left to right, one below the other.
    let network (found: TokenChainsResult) =
        let members, chains = members found, chosen found
        let steps = chains |> List.collect List.pairwise |> Set.ofList
        let nodes =
            [ for row, chain in List.indexed chains do
                  for column, latent in List.indexed chain ->
                      { node found (label (column < chain.Length - 1) members[latent]) members[latent] with X = float column; Y = -float row } ]
        let edges = found.Edges |> Seq.filter (fun edge -> steps.Contains((edge.From, edge.To))) |> Seq.map arrow
        nodes
        |> Figure.network "Each latent promotes tokens on which the next fires" ("latent", "share of the promoted tokens' occurrences with the next latent") edges
        |> Figure.height (90 + 96 * chains.Length)
        |> Figure.named "token-chains-network"
        |> Figure.caption (
            $"{definition}. {called}. Of {found.Chains.Count} chains of edges that are walked in text the {chains.Length} whose weakest step is strongest, those of {latentsOfChain} and more latents first; "
            + $"{found.Counts.Edges:N0} edges among n = {found.Latents.Kept:N0} latents at {found.Place}.")

    // Half a step turned, so that the labels of most nodes have the outside to themselves.
    let private onCircle count i = let angle = 2.0 * Math.PI * (float i + 0.5) / float count in sin angle, cos angle

    let private concepts' (latents: ChainLatent list) =
        match latents |> List.choose (fun latent -> if latent.Label.F1.HasValue && latent.Label.F1.Value >= namedFrom then Some latent.Label.Concept else None) |> List.distinct with
        | [] -> ""
        | names -> $""" ({String.Join(", ", names)})"""

    /// The largest closed system, on a circle.
    let system (found: TokenChainsResult) =
        let members = members found
        let latents = found.Systems |> Seq.head |> Seq.truncate systemDrawn |> Seq.map (fun latent -> members[latent]) |> List.ofSeq
        let drawn = latents |> List.map _.Latent |> Set.ofList
        let called (latent: ChainLatent) = $"{LatentNames.tokens latent.Label} → {tokens 2 latent.Promoted}"
        let nodes = [ for i, latent in List.indexed latents -> let x, y = onCircle latents.Length i in { node found (called latent) latent with X = x; Y = y } ]
        let edges = found.Edges |> Seq.filter (fun edge -> other edge && drawn.Contains edge.From && drawn.Contains edge.To) |> Seq.map arrow |> List.ofSeq
        let own = Set.intersect drawn (loops found)
        nodes
        |> Figure.network $"A closed system: {found.Systems[0].Count} latents of which each leads to each{concepts' latents}" ("latent", "share of the promoted tokens' occurrences with the next latent") edges
        |> Figure.height 480
        |> Figure.named "token-chains-system"
        |> Figure.caption (
            $"{definition}. {edges.Length} edges between different latents of {found.Place}; {own.Count} of the latents promote the tokens on which they fire themselves. Called by the two tokens with most activation and, after the arrow, two that they promote; "
            + $"""in the title: concepts that they tell (F1 at least {namedFrom}). Clockwise from the top: latents {String.Join(", ", [ for latent in latents -> latent.Latent ])}.""")

    let private numbers (chance: ChainNull) = [ chance.Edges; chance.SelfLoops; chance.TwoCycles; chance.InSystems; chance.LongestChain ]

    let private byChance (count: ChanceCount) = $"{Table.format (Math.Round(count.Mean, 2))} [{Table.format count.Low}, {Table.format count.High}], p = {Table.format (Math.Round(count.P, 3))}"

    /// The graph's numbers beside chance.
    let table (found: TokenChainsResult) =
        let counts = found.Counts
        let draws = match List.ofSeq found.Chance with [] -> 0 | first :: _ -> first.Draws
        [ Cell.Text "latents" :: [ for count in [ counts.Edges; counts.SelfLoops; counts.TwoCycles; counts.InSystems; counts.LongestChain ] -> Cell.Count(int64 count) ] ]
        @ [ for chance in found.Chance -> Cell.Text chance.Name :: [ for count in numbers chance -> Cell.Text(byChance count) ] ]
        |> Table.create "Numbers of the graph, and by chance" [ "directions"; "edges"; "self-loops"; "two-cycles"; "latents in closed systems"; "longest chain" ]
        |> Table.caption (
            $"{definition}; at {found.Place}, where {path found}. {found.Tokens:N0} tokens, {found.FrequentTokens:N0} different ones often enough to be promoted; {found.Latents.Kept:N0} latents, {found.Ends:N0} of them not too dense to be the end of an edge. "
            + $"By chance: mean over {draws} draws, in brackets the range of 95 %% of them; p: share of draws, the observed graph among them, that reach the observed number. Random directions point anywhere; permuted ones are other latents'; tokens are exchanged for others about as frequent.")

    /// Whether edges are walked in text.
    let walked (found: TokenChainsResult) =
        let lifts = found.Lifts
        [ [ Cell.Text "edges between different latents"; Cell.PercentInterval found.Walked; Cell.Interval lifts.Edges; Cell.Count(int64 lifts.Edges.N) ]
          [ Cell.Text "the same first latents with the end of another edge"; Cell.PercentInterval found.WalkedByChance; Cell.Interval lifts.OtherEnds; Cell.Count(int64 lifts.OtherEnds.N) ]
          [ Cell.Text "self-loops"; Cell.Text ""; Cell.Interval lifts.SelfLoops; Cell.Count(int64 lifts.SelfLoops.N) ]
          [ Cell.Text "latents without, after themselves"; Cell.Text ""; Cell.Interval lifts.OtherLatents; Cell.Count(int64 lifts.OtherLatents.N) ] ]
        |> Table.create "Are edges walked in text?" [ "pairs"; "walked"; "median lift"; "first latents" ]
        |> Table.caption (
            $"On {found.FollowedTokens:N0} tokens of other contexts. Lift: how many times likelier the second latent fires at the next token where the first fires than anywhere. Walked: the Wilson interval of that share lies above the share anywhere. "
            + "In brackets: 95 % bootstrap intervals over first latents.")

    /// Concepts whose latents have edges, those with most edges within first.
    let concepts (found: TokenChainsResult) =
        [ for row in found.Concepts |> Seq.filter (fun row -> row.SelfLoops + row.From + row.To > 0 || row.Concept = "base64" || row.Concept = "dna") |> Seq.sortByDescending (fun row -> row.Within, row.From + row.To) ->
              [ Cell.Code row.Concept; Cell.Count(int64 row.Latents); Cell.Count(int64 row.SelfLoops); Cell.Count(int64 row.From); Cell.Count(int64 row.To); Cell.Count(int64 row.Within); Cell.Number(Math.Round(row.WithinByChance, 2)) ] ]
        |> Table.create "Chains within concepts" [ "concept"; "latents that tell it"; "self-loops"; "edges from them"; "edges to them"; "within"; "within by chance" ]
        |> Table.caption $"Latents tell a concept with F1 of at least {ConceptChains.ToldFrom}. By chance: were the ends of all {found.Counts.Edges:N0} edges exchanged at random. {found.Concepts.Count} concepts have such a latent; those without edges are left out."

    /// The strongest edges, one of each first latent.
    let edges (found: TokenChainsResult) =
        let members = members found
        [ for edge in found.Edges |> Seq.sortByDescending (fun edge -> edge.Weight, -edge.From) |> Seq.distinctBy _.From |> Seq.truncate 20 ->
              let from, to' = members[edge.From], members[edge.To]
              [ Cell.Text $"{edge.From}: {LatentNames.shortFrom namedFrom from.Label}"; Cell.Code(String.concat " " from.Promoted); Cell.Text(if other edge then $"{edge.To}: {LatentNames.shortFrom namedFrom to'.Label}" else "itself")
                Cell.Percent edge.Weight; Cell.PercentInterval edge.Follows; Cell.Percent edge.Anywhere ] ]
        |> Table.create "The strongest edges" [ "latent"; "promotes"; "on which fires"; "weight"; "which follows it in text"; "and is anywhere" ]
        |> Table.caption $"Of each latent the strongest, twenty at most. Named: the concept with the highest F1 where that is at least {namedFrom}, or the two tokens with most activation. In brackets: 95 %% Wilson intervals over tokens."

    /// In sentences.
    let findings (found: TokenChainsResult) =
        let chance = found.Chance |> Seq.map (fun chance -> $"{Table.format (Math.Round(chance.Edges.Mean, 1))} with {chance.Name}") |> String.concat ", "
        let lifts = found.Lifts
        [ $"""{found.Counts.Edges:N0} edges among {found.Latents.Kept:N0} latents at {found.Place}{(if chance = "" then "" else $" ({chance})")}; {found.Counts.SelfLoops} self-loops, {found.Counts.TwoCycles} two-cycles, {found.Counts.InSystems} latents in closed systems."""
          if found.Counts.Edges > 0.0 then
              $"{Table.text (Cell.PercentInterval found.Walked)} of the edges are walked in other text, {Table.text (Cell.PercentInterval found.WalkedByChance)} with ends exchanged; the second latent is {Table.text (Cell.Interval lifts.Edges)} times likelier after the first than anywhere, {Table.text (Cell.Interval lifts.OtherEnds)} times with ends exchanged." ]
        @ [ for row in found.Concepts |> Seq.filter (fun row -> row.Within > 0) -> $"{row.Concept}: {row.Within} edges among its {row.Latents} latents ({Table.format (Math.Round(row.WithinByChance, 1))} by chance), {row.SelfLoops} self-loops." ]

    /// Figures and tables.
    let blocks (found: TokenChainsResult) =
        (if found.Chains.Count > 0 then [ Block.Drawing(network found) ] else [])
        @ (if found.Systems.Count > 0 then [ Block.Drawing(system found) ] else [])
        @ [ Block.Tabular(table found); Block.Tabular(walked found); Block.Tabular(edges found) ]
        @ (if found.Concepts.Count > 0 then [ Block.Tabular(concepts found) ] else [])

    /// The answer: sentences, figures, tables.
    let section (found: TokenChainsResult) : Section =
        { Title = "Chains of latents"; Blocks = [ for sentence in findings found -> Block.Paragraph sentence ] @ blocks found }
