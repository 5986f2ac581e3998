/// That figures and sentences of histograms, proxies, splitting, universality and chains show the numbers that were found.
module Mlsae.Tests.Scripting.UnitQuestionsTests

open System
open Xunit
open Mlsae.Analysis.Chains
open Mlsae.Analysis.Splitting
open Mlsae.Analysis.Tokens
open Mlsae.Analysis.Universality
open Mlsae.Analysis.Units
open Mlsae.Analysis.Proxies
open Mlsae.Metrics
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting

let private bars (figure: Figure) = figure.Traces |> List.choose (function Bars s -> Some s | _ -> None)

let private histogram points = TokenHistogram.Of([| for token, value in points -> TokenPoint(token, value) |], 1, string)

let private histograms =
    let latent = histogram [ for i in 0..9 -> (if i < 3 then 2 else 1), float32 i ]
    let direction = histogram [ for i in 0..9 -> (if i < 9 then 2 else 1), float32 i ]
    TokenHistogramResult("1", 100L, [| LatentHistogram(17, 2, 10L, TokenDetector(2, 17, 0.9, 0.8), latent, BasisHistogram(5, true, 4, true, [| "2"; "1" |], direction)) |])

[<Fact>]
let ``the histogram's bars stand on each other and count every point, beside those of the direction`` () =
    let figure = TokenHistograms.stacks histograms.Latents[0]
    Assert.True figure.Stacked
    Assert.Contains("\"barmode\":\"stack\"", (Figure.json figure).ToJsonString())
    Assert.Equal(20.0, bars figure |> List.sumBy (fun s -> Array.sum s.Y))
    Assert.Contains("−dimension 5", figure.Panels[1].Title)
    Assert.Contains("place 4", figure.Caption)
    let sentence = (TokenHistograms.findings histograms).Head
    Assert.Contains("latent 17 at layer 2: 100.0 %", sentence)
    Assert.Contains("−dimension 5 20.0 %", sentence)

[<Fact>]
let ``bars of other figures stand beside each other`` () =
    Assert.Contains("\"barmode\":\"group\"", (Figure.bar "" ("", "") [ "a" ] [ "b", [ 1.0 ] ] |> Figure.json).ToJsonString())

let private estimate value = Estimate(value, value - 0.1, value + 0.1, 4)

let private specificity =
    let unit index correlation =
        let range i = ProxyRange(float i, float i + 1.0, 4L, estimate 0.5, 0.1, 0.05)
        ProxySpecificity(ProxyUnit(1, index, false), estimate correlation, 40L, estimate 0.6, estimate 0.7, [| for i in 0..9 -> range i |])
    let finding name latent basis concept = ProxyFinding(name, "", 0.01, unit 3 latent, unit 4 basis, concept)
    SpecificityResult(1000L, 900L, 4, [| finding "DNA" 0.5 0.4 (ProxyAgreement("dna", estimate 0.9, estimate 0.8)); finding "base64" 0.8 0.2 null |], [| "Thai" |])

[<Fact>]
let ``the best told kinds of text come first, and only intervals apart are counted`` () =
    let sentences = Specificities.findings specificity
    Assert.StartsWith("For 1 of 2 kinds", sentences.Head)
    Assert.StartsWith("base64: latent 3, layer 1 correlates 0.8 [0.7, 0.9]", sentences[1])
    let activation = Specificities.expectedValues specificity |> bars |> List.sumBy (fun s -> Array.sum s.Y)
    Assert.Equal(2.0, activation, 9)
    Assert.Contains("Thai", (Specificities.table specificity).Caption)

let private label latent concept = LatentLabel(latent, 0.1, [| TokenShare("the", 0.9) |], concept, (if isNull concept then Nullable() else Nullable 0.8))

let private splitting =
    let shares = EdgeShares(estimate 0.5, estimate 0.1, estimate 0.4, estimate 1.2)
    FeatureSplittingResult(
        Parent = "n4", Child = "n8", Rows = 100L, Contexts = 2, Parents = UnitCensus(4, 1, 0, 3), Children = UnitCensus(8, 0, 2, 6),
        Nearest = [| SplitEdge(0, 1, 0.9, 20L); SplitEdge(0, 5, 0.6, 12L) |], Edges = 3, EdgesByChance = 1, NearestChildren = shares, ChildrenOfParents = shares, ParentsOfChildren = shares,
        ParentLabels = [| label 0 "dna"; label 1 null; label 2 null |], ChildLabels = [| for i in [ 1; 2; 3; 5; 6; 7 ] -> label i null |])

[<Fact>]
let ``the network holds a parent that splits and its children, called by concept or token`` () =
    match (FeatureSplits.network [ splitting ]).Traces with
    | [ Trace.Network graph ] ->
        Assert.Equal<string list>([ "n4/0"; "n8/1"; "n8/5" ], [ for node in graph.Nodes -> node.Id ] |> List.sort)
        Assert.Equal<string list>([ "dna"; "“the”"; "“the”" ], [ for node in graph.Nodes |> Seq.sortBy _.Id -> node.Label ])
        Assert.Equal(2, graph.Edges.Length)
    | other -> failwith $"{other}"
    Assert.Contains("40.0 % [30.0 %, 50.0 %] of 3 latents", (FeatureSplits.findings splitting).Head)
    Assert.Contains("3 edges in all where other tokens give 1", (FeatureSplits.findings splitting).Head)

let private universality =
    let units correlation pairs = UnitUniversality("a", "b", estimate correlation, estimate 0.6, estimate 0.6, estimate 0.5, estimate 0.05, estimate 0.0, pairs)
    let pair unit activation weights = UniversalPair(unit, unit + 1, 0.01, activation, 0.7, weights)
    UniversalityResult(
        First = "one", Second = "two", Tokens = 1000L, Contexts = 8, VocabularyCompared = 50, FirstLatents = UnitCensus(4, 1, 1, 2), SecondLatents = UnitCensus(4, 0, 0, 4),
        FirstNeurons = UnitCensus(2, 0, 0, 2), SecondNeurons = UnitCensus(2, 0, 0, 2), Latents = units 0.7 [| pair 0 0.9 -0.2; pair 1 0.5 0.9 |], Neurons = units 0.4 [| pair 0 0.4 0.2 |],
        LatentsToNeurons = units 0.3 [| pair 0 0.3 0.1 |])

[<Fact>]
let ``odd pairs are listed, and medians stand beside chance`` () =
    let sentences = Universalities.findings universality
    Assert.Contains("0.7 [0.6, 0.8]", sentences[0])
    Assert.Contains("1 pairs of latents are odd", sentences[1])
    let table = Universalities.oddTable universality
    Assert.Equal(1, table.Rows.Length)
    Assert.Contains("2 of 4 latents of one", (Universalities.table universality).Caption)
    let points = (Universalities.medians universality).Traces |> List.choose (function Points s -> Some s.Y | _ -> None)
    Assert.Equal<float list>([ 0.7; 0.6; 0.5; 0.05; 0.0 ], List.ofArray points.Head)

let private chains =
    let link from to' weight = ChainLink(from, to', weight, estimate 0.5, 0.01)
    let chance = ChanceCount(1.5, 0.0, 3.0, 0.02)
    TokenChainsResult(
        Place = "blocks.5.hook_resid_post", IsOnlyPath = true, Tokens = 1000L, FollowedTokens = 990L, Contexts = 8, FrequentTokens = 60, Latents = UnitCensus(8, 1, 0, 7), Ends = 6,
        Counts = ChainCounts(6.0, 1.0, 1.0, 2.0, 3.0), Chance = [| ChainNull(ChainNull.RandomDirections, 100, chance, chance, chance, chance, chance) |],
        Lifts = ChainLifts(estimate 12.0, estimate 1.0, estimate 20.0, estimate 2.0), Walked = estimate 0.9, WalkedByChance = estimate 0.2,
        Edges = [| link 0 0 0.9; link 0 1 0.8; link 1 0 0.7; link 2 3 0.6; link 3 4 0.55; link 5 6 1.0; link 5 3 0.5 |],
        Systems = [| [| 0; 1 |] |], Chains = [| [| 2; 3; 4 |]; [| 5; 6 |] |], Concepts = [| ConceptChain("dna", 2, 1, 2, 2, 2, 0.5) |],
        Members = [| for i in 0..6 -> ChainLatent(i, label i (if i < 2 then "dna" else null), [| "A"; "C"; "G"; "T"; "N" |]) |])

let private graph (figure: Figure) = match figure.Traces with [ Trace.Network graph ] -> graph | other -> failwith $"{other}"

[<Fact>]
let ``a closed system is drawn with its steps and without its loops, which are told by colour`` () =
    let drawn = graph (TokenChains.system chains)
    Assert.Equal<(string * string) list>([ "0", "1"; "1", "0" ], [ for edge in drawn.Edges -> edge.From, edge.To ])
    Assert.Equal<string list>([ "promotes its own tokens too"; "promotes tokens of others" ], [ for node in drawn.Nodes -> match node.Colour with NodeColour.Group name -> name | _ -> "" ])
    Assert.Equal("“the” → “A” “C”", drawn.Nodes[0].Label)
    Assert.Contains("(dna)", (TokenChains.system chains).Title)
    Assert.Contains("2 edges between different latents", (TokenChains.system chains).Caption)

[<Fact>]
let ``chains are drawn from left to right, those of several steps first`` () =
    let drawn = graph (TokenChains.network chains)
    Assert.Equal<string list>([ "2"; "3"; "4"; "5"; "6" ], [ for node in drawn.Nodes -> node.Id ])
    Assert.Equal<(float * float) list>([ 0.0, 0.0; 1.0, 0.0; 2.0, 0.0; 0.0, -1.0; 1.0, -1.0 ], [ for node in drawn.Nodes -> node.X, node.Y ])
    Assert.Equal<float list>([ 0.6; 0.55; 1.0 ], [ for edge in drawn.Edges -> edge.Weight ])
    Assert.Equal<string list>([ "“the” → “A” “C”"; "“the”" ], [ drawn.Nodes[0].Label; drawn.Nodes[2].Label ])

[<Fact>]
let ``numbers of chains stand beside chance, and a concept with edges within is told`` () =
    let sentences = TokenChains.findings chains
    Assert.Contains("6 edges among 7 latents at blocks.5.hook_resid_post (1.5 with random directions)", sentences[0])
    Assert.Contains("90.0 % [80.0 %, 100.0 %] of the edges are walked", sentences[1])
    Assert.StartsWith("dna: 2 edges among its 2 latents (0.5 by chance), 1 self-loops", sentences[2])
    Assert.Contains("p = 0.02", Table.text ((TokenChains.table chains).Rows.[1].[1]))
    Assert.Equal(5, (TokenChains.edges chains).Rows.Length)
    Assert.Contains("only one", (TokenChains.table chains).Caption)
