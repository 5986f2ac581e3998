/// Chains of latents: promoted tokens, edges, loops and cycles against their slow definitions, and chains that are planted.
module Mlsae.Tests.Analysis.ChainsTests

open System
open Xunit
open Mlsae.Analysis.Chains
open Mlsae.Analysis.Units
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

let private random purpose = Philox(23UL, purpose)

let private edge (from, to', weight) = ChainEdge(from, to', weight)

let private edges steps = [| for from, to' in steps -> edge (from, to', 1.0) |]

let private gaussian purpose rows columns =
    let matrix = Matrix(rows, columns)
    (random purpose).FillGaussian(matrix.AsSpan(), 1f)
    matrix

[<Fact>]
let ``promoted are the tokens of the largest weights, of equal ones the first, and only frequent ones`` () =
    let weights = gaussian "weights" 9 40
    for i in 0..8 do
        weights[i, 7] <- 2f
        weights[i, 31] <- 2f
    let counts = [| for id in 0..39 -> if id % 4 = 1 then 9L else 10L |]
    let frequent = PromotedTokens.Frequent counts
    Assert.Equal<int[]>([| for id in 0..39 do if id % 4 <> 1 then id |], frequent)
    let promoted = PromotedTokens.Of(weights, frequent)
    for i in 0..8 do
        Assert.Equal<int[]>(frequent |> Array.sortBy (fun id -> -weights[i, id], id) |> Array.truncate 5, promoted[i])

[<Fact>]
let ``weights that are no numbers and texts without frequent tokens are refused`` () =
    let weights = gaussian "weights" 1 40
    weights[0, 3] <- nanf
    Assert.Contains("NaN", Assert.ThrowsAny<Exception>(fun () -> PromotedTokens.Of(weights, [| 0..39 |]) |> ignore).ToString())
    Assert.Contains("Only 4 tokens", Assert.Throws<ArgumentException>(fun () -> PromotedTokens.Frequent [| 10L; 10L; 3L; 10L; 11L |] |> ignore).Message)

let private vocabulary, latentCount = 30, 14

/// Labels of drawn codes on drawn tokens, with the codes and tokens.
let private drawn () =
    let rows, draw = 900, random "tokens"
    let ids = [| for _ in 1..rows -> draw.NextInt32 vocabulary |]
    // Latent i fires often on tokens i and i + 1, and at times anywhere: the last one is denser than an end may be.
    let codes = codesOf [ for id in ids -> [ for latent in 0 .. latentCount - 1 do if (latent = id || latent + 1 = id) && draw.NextInt32 4 > 0 || draw.NextInt32(if latent = 13 then 3 else 60) = 0 then latent, 1f + draw.NextSingle() ] ]
    let labels = LatentLabels(latentCount, vocabulary)
    labels.Add(codes, ids, null)
    labels, codes, ids

let private fires (codes: SparseRows) row latent = codes.RowIndices(row).Contains latent

/// The definition: the mean over promoted tokens of the share of rows of that token at which the latent fires.
let private weight codes (ids: int[]) promoted latent =
    promoted
    |> Array.averageBy (fun token ->
        let rows = [| for row in 0 .. ids.Length - 1 do if ids[row] = token then row |]
        float (rows |> Array.filter (fun row -> fires codes row latent) |> Array.length) / float rows.Length)

[<Fact>]
let ``edges are those of the definition, and none ends at a dense latent`` () =
    let labels, codes, ids = drawn ()
    let latents = [| 0 .. latentCount - 1 |]
    let graph = ChainGraph(labels, latents)
    let draw = random "promoted"
    // Tokens that go with one latent, the same token several times among them.
    let promoted = [| for i in latents -> [| for _ in 1..5 -> (i + draw.NextInt32 2 + 1) % latentCount |] |]
    let density latent = float (Seq.length (seq { for row in 0 .. ids.Length - 1 do if fires codes row latent then row })) / float ids.Length
    let expected = [ for i in latents do for j in latents do if density j <= 0.1 && weight codes ids promoted[i] j >= 0.5 then i, j, weight codes ids promoted[i] j ]
    let found = graph.Edges(latents, promoted)
    Assert.InRange(expected.Length, 4, 100)
    Assert.Equal<(int * int) list>([ for i, j, _ in expected -> i, j ], [ for e in found -> e.From, e.To ])
    Seq.iter2 (fun (_, _, w) (e: ChainEdge) -> assertClose 1e-12 "weight" w e.Weight) expected found
    Assert.All(graph.Ends, fun latent -> Assert.True(density latent <= 0.1))

[<Fact>]
let ``loops, two-cycles and systems of drawn graphs are those of the definition`` () =
    let draw = random "graphs"
    for count in [ 0; 3; 8; 14; 25; 60 ] do
        let steps = [ for _ in 1..count -> draw.NextInt32 12, draw.NextInt32 12 ] |> List.distinct
        let found = edges steps
        let has a b = List.contains (a, b) steps
        Assert.Equal(List.length [ for a in 0..11 do if has a a then a ], ChainPaths.SelfLoops found)
        Assert.Equal(List.length [ for a in 0..11 do for b in a + 1 .. 11 do if has a b && has b a then a ], ChainPaths.TwoCycles found)
        // Reachability by Warshall; a system is a class of latents that reach each other.
        let reach = Array2D.init 12 12 has
        for k in 0..11 do for i in 0..11 do for j in 0..11 do if reach[i, k] && reach[k, j] then reach[i, j] <- true
        let classOf i = [ for j in 0..11 do if j = i || reach[i, j] && reach[j, i] then j ]
        let expected = [ for i in 0..11 -> classOf i ] |> List.distinct |> List.filter (fun c -> c.Length > 1) |> List.sortBy (fun c -> -c.Length, c.Head)
        Assert.Equal<int list list>(expected, [ for system in ChainPaths.Systems found -> List.ofArray system ])

[<Fact>]
let ``a chain follows strongest edges and ends before a latent comes twice`` () =
    let found = [| edge (0, 1, 0.6); edge (0, 5, 0.9); edge (5, 2, 0.7); edge (2, 2, 1.0); edge (2, 0, 0.5); edge (8, 9, 1.0) |]
    // Of the ring's three beginnings that which leaves out its weakest step.
    Assert.Equal<int[]>([| 0; 5; 2 |], ChainPaths.LongestChain found)
    Assert.Equal<int list list>([ [ 0; 5; 2 ]; [ 8; 9 ] ], [ for chain in ChainPaths.DisjointChains found -> List.ofArray chain ])
    Assert.Empty(ChainPaths.LongestChain [||])
    // Of equally long chains that whose weakest step is strongest, of equal steps that to the lower latent.
    Assert.Equal<int[]>([| 3; 4 |], ChainPaths.LongestChain [| edge (1, 2, 0.6); edge (3, 7, 0.8); edge (3, 4, 0.8) |])

[<Fact>]
let ``tokens are exchanged for others about as frequent, rare ones stay, and none is lost`` () =
    let counts = [| for id in 0..49 -> int64 (id * id % 97) |]
    let exchange = TokenExchange.Draw(counts, 10L, random "exchange")
    Assert.Equal<int[]>([| 0..49 |], Array.sort exchange)
    let ranked = [| 0..49 |] |> Array.filter (fun id -> counts[id] >= 10L) |> Array.sortBy (fun id -> counts[id], id)
    let size = (ranked.Length + 9) / 10
    for id in 0..49 do
        if counts[id] < 10L then Assert.Equal(id, exchange[id])
        else Assert.Equal(Array.IndexOf(ranked, id) / size, Array.IndexOf(ranked, exchange[id]) / size)

[<Fact>]
let ``followed pairs are counted over neighbours of one context, in batches as by definition`` () =
    let codes = drawnCodes (random "follow") (1, 10, 3) 80 false
    let hasNext = [| for row in 0..79 -> row % 20 <> 19 |]
    let pairs = [ for i in 0..9 do for j in [ i; (i + 3) % 10 ] -> struct (i, j) ]
    let following = ChainFollowing(pairs, 10)
    for start in [ 0; 20; 60 ] do
        let rows = [| start .. (if start = 20 then 59 else start + 19) |]
        following.Add(codes.Select(ReadOnlySpan rows), [| for row in rows -> hasNext[row] |])
    let fires row latent = Seq.exists2 (fun i v -> i = latent && v <> 0f) (codes.RowIndices(row).ToArray()) (codes.RowValues(row).ToArray())
    let neighbours = [ for row in 0..78 do if hasNext[row] then row ]
    for found, struct (i, j) in Seq.zip (following.Result()) pairs do
        let fired = neighbours |> List.filter (fun row -> fires row i)
        Assert.Equal((int64 fired.Length, int64 (fired |> List.filter (fun row -> fires (row + 1) j) |> List.length)), (found.Fired, found.Followed))
        assertClose 1e-12 "anywhere" (float (neighbours |> List.filter (fun row -> fires (row + 1) j) |> List.length) / float neighbours.Length) found.Anywhere

/// Three kinds of tokens, five of each, that follow each other in a ring; latent k fires on kind k and promotes kind k + 1. Latent 3 promotes what it fires on: kind 3, which comes three times in a row. Other tokens are between.
let private planted () =
    let kind k = [| 5 * k .. 5 * k + 4 |]
    let ids =
        [| for round in 0..59 do
               for _ in 1..2 do for k in 0..2 do (kind k)[(round + k) % 5]
               for _ in 1..3 do (kind 3)[round % 5]
               for i in 0..29 do 20 + i % 10 |]
    let weights = Matrix(5, 30)
    for k in 0..2 do for id in kind ((k + 1) % 3) do weights[k, id] <- 1f
    for id in kind 3 do weights[3, id] <- 1f
    for id in 20..29 do weights[4, id] <- 1f
    // Latent 4 fires on the tokens between: too dense to be an end.
    let codes = codesOf [ for id in ids -> [ (if id < 20 then id / 5 else 4), 1f ] ]
    ids, codes, weights

let private chains () =
    let ids, codes, weights = planted ()
    let labels = LatentLabels(5, 30)
    labels.Add(codes, ids, null)
    let chains = TokenChains(labels, weights, 1UL)
    chains.Follow(codes, [| for row in 0 .. ids.Length - 1 -> row + 1 < ids.Length |])
    chains, weights

[<Fact>]
let ``a planted ring of three and a planted loop are found, and are not there by chance`` () =
    let chains, weights = chains ()
    Assert.Equal<(int * int) list>([ 0, 1; 1, 2; 2, 0; 3, 3 ], [ for e in chains.Edges -> e.From, e.To ])
    let chance draw = [ for i in 0..49 -> draw i ]
    let nulls = [| ChainNull.Of(ChainNull.PermutedDirections, ChainCounts.Of chains.Edges, Array.ofList (chance chains.Permuted)); ChainNull.Of(ChainNull.ExchangedTokens, ChainCounts.Of chains.Edges, Array.ofList (chance chains.Exchanged)) |]
    let found = chains.Result(struct ("here", true), 1, nulls, string)
    Assert.Equal(ChainCounts(3.0, 1.0, 0.0, 3.0, 3.0), found.Counts)
    Assert.Equal<int list list>([ [ 0; 1; 2 ] ], [ for system in found.Systems -> List.ofSeq system ])
    Assert.Equal(4, found.Ends)
    // The ring is closed, so no chain is outside a system; every step of it is walked.
    Assert.Empty found.Chains
    for link in found.Edges do
        Assert.True(link.IsWalked)
    assertClose 1e-12 "kind 1 follows kind 0" 1.0 found.Edges[0].Follows.Mean
    assertClose 1e-12 "all walked" 1.0 found.Walked.Mean
    Assert.True(found.Lifts.Edges.Mean > 5.0 && found.Lifts.SelfLoops.Mean > 5.0 && found.Lifts.OtherLatents.Mean < 5.0)
    // Each of the four edges comes from its own end in a fifth of the permutations; tokens of one kind do not stay together where they are exchanged.
    Assert.InRange(nulls[0].SelfLoops.Mean, 0.3, 1.6)
    Assert.True(nulls[0].InSystems.Mean < 2.5 && nulls[1].Edges.Mean <= 3.0)

[<Fact>]
let ``other directions' weights give other edges: the same weights the same`` () =
    let chains, weights = chains ()
    Assert.Equal(ChainCounts.Of chains.Edges, chains.Random weights)
    let between = Matrix(5, 30)
    for k in 0..4 do for id in 20..29 do between[k, id] <- 1f
    Assert.Equal(ChainCounts(0.0, 0.0, 0.0, 0.0, 0.0), chains.Random(between))

[<Fact>]
let ``chance's p counts the observed graph among the draws`` () =
    let count = ChanceCount.Of(3.0, [| 0.0; 3.0; 5.0; 1.0 |])
    assertClose 1e-12 "mean" 2.25 count.Mean
    assertClose 1e-12 "p" 0.6 count.P
    Assert.Throws<ArgumentException>(fun () -> ChainNull.Of("none", ChainCounts(0.0, 0.0, 0.0, 0.0, 0.0), [||]) |> ignore) |> ignore

[<Fact>]
let ``edges within a concept are counted beside those by chance`` () =
    let label latent concept f1 = LatentLabel(latent, 0.1, [||], concept, Nullable f1)
    let labels = [ label 0 "dna" 0.9; label 1 "dna" 0.5; label 2 "base64" 0.7; label 3 "dna" 0.49 ]
    let rows = ConceptChains.Of(edges [ 0, 1; 1, 0; 0, 0; 0, 2; 3, 0 ], labels)
    let dna = rows |> Array.find (fun row -> row.Concept = "dna")
    Assert.Equal(ConceptChain("dna", 2, 1, 3, 3, 2, 9.0 / 4.0), dna)
    Assert.Equal(ConceptChain("base64", 1, 0, 0, 1, 0, 0.0), rows |> Array.find (fun row -> row.Concept = "base64"))
