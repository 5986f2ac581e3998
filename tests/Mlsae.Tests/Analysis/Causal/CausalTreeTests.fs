/// Causes of latents: attribution against exact ablation, exact ablation against whole passes, and trees against both.
module Mlsae.Tests.Analysis.Causal.CausalTreeTests

open System
open System.Collections.Generic
open Xunit
open Mlsae
open Mlsae.Analysis.Causal
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Causal.CausalSamples

let private kinds = [ "topk"; "relu"; "relu raw"; "jumprelu" ]

let private subject name = CausalSubject(model, hooks, shared name, text name false, null)

let private places name latent = [| for place in (text name false).Places(1, latent) do if place.Position > 2 then struct (contexts[place.Context], place.Position) |]

let private live name = [ for latent in 0 .. latents - 1 do if (places name latent).Length > 2 then latent ] |> List.truncate 3

let private step name latent = CausalStep(subject name, 1, latent, places name latent)

[<Fact>]
let ``attribution is exact ablation to first order: of small parts of each step`` () =
    for name in [ "topk"; "relu"; "jumprelu"; "tied-relu raw" ] do
        let mutable compared = 0
        for latent in live name do
            let step = step name latent
            let attributions = step.Attributions()
            let candidates = [| for candidate in attributions.Keys -> [| candidate |] |]
            // Central differences of two widths: what is left of third order is taken off, too.
            let wide, narrow = (step.Falls(candidates, 0.005), step.Falls(candidates, -0.005)), (step.Falls(candidates, 0.0025), step.Falls(candidates, -0.0025))
            let slope (forth: TargetState[][], back: TargetState[][]) i c width = (forth.[i].[c].PreActivation - back.[i].[c].PreActivation) / (2.0 * width)
            candidates |> Array.iteri (fun i candidate ->
                for c in 0 .. step.Places.Count - 1 do
                    let foretold = attributions[candidate[0]][c]
                    let found = (4.0 * slope narrow i c 0.0025 - slope wide i c 0.005) / 3.0
                    compared <- compared + 1
                    assertClose (3e-3 * (1.0 + abs foretold)) $"{name}, target {latent}, candidate {candidate[0]}, context {c}" foretold found)
        Assert.True(compared > 50, $"{name}: {compared}")

/// The target's value and pre-activation at its token in a whole pass over the context in which vectors of the layer before are changed.
let private whole name latent (change: Matrix -> int -> unit) (ids: int[]) position =
    let at = DictionaryAtLayer(shared name, 1)
    let edit = Action<Matrix>(fun x -> for row in 0 .. position do change x row)
    let after = (model.Forward(TokenBatch.Of [| ids |], ForwardOptions(Edits = Dictionary(dict [ (hooks[0], edit) ]), Captures = [| hooks[1] |])))[hooks[1]]
    let values = DictionaryAtLayer.ValuesOf(at.Encode after, latent)
    float values[position], at.PreActivation(after.Row position, latent)

[<Fact>]
let ``exact falls are those of whole passes with the latent taken away at every token`` () =
    for name in kinds do
        let before = DictionaryAtLayer(shared name, 0)
        for latent in live name do
            let step = step name latent
            let candidates = [| for candidate in Seq.truncate 4 (step.Attributions().Keys) -> candidate |]
            let sets = [| yield! [ for candidate in candidates -> [| candidate |] ]; candidates[..0] |]
            let falls = step.Falls sets
            for i in 0 .. candidates.Length - 1 do
                for c in 0 .. step.Places.Count - 1 do
                    let struct (ids, position) = step.Places[c]
                    let direction = before.Direction(candidates[i]).ToArray()
                    let away (x: Matrix) row =
                        let values = DictionaryAtLayer.ValuesOf(before.Encode(Matrix(1, width, x.Row(row).ToArray())), candidates[i])
                        if values[0] > 0f then
                            let distance = (before.StepTo(x.Row row, candidates[i])).GetValueOrDefault()
                            for j in 0 .. width - 1 do
                                x[row, j] <- float32 (float x[row, j] - distance * float direction[j])
                    let value, preActivation = whole name latent (fun _ _ -> ()) ids position
                    let valueWithout, without = whole name latent away ids position
                    assertClose 1e-4 "untouched" value step.Values[c]
                    assertClose 2e-3 $"{name} {latent} {candidates[i]}" (preActivation - without) falls[i].[c].PreActivation
                    assertClose 2e-3 $"{name} {latent} {candidates[i]}" (value - valueWithout) falls[i].[c].Value
            Assert.Equal<TargetState[]>(falls[0], falls[falls.Length - 1])

let private config = CausalTreeConfig(Contexts = 6, Tried = 5, Causes = 2, NodesPerLayer = 3, CheckedContexts = 6)

let private grow name latent = CausalTreeGrower(subject name, config).Grow(ChosenLatent(latent, 1, null), string)

[<Fact>]
let ``a tree's arrows are the largest shares that reach the smallest, between nodes that are there, and own earlier selves are said`` () =
    for name in [ "topk"; "relu raw" ] do
        for latent in live name do
            let tree = grow name latent
            Assert.Equal((1, latent), (tree.Nodes[0].Layer, tree.Nodes[0].Latent))
            Assert.True(tree.Edges.Count <= 2)
            Assert.Equal<float list>([ for edge in tree.Edges -> edge.Share.Mean ] |> List.sortDescending, [ for edge in tree.Edges -> edge.Share.Mean ])
            for edge in tree.Edges do
                Assert.Equal((0, latent), (edge.Layer, edge.Effect))
                Assert.True(edge.Share.Mean >= config.SmallestShare)
                Assert.True(tree.Nodes |> Seq.exists (fun node -> node.Layer = 0 && node.Latent = edge.Cause))
                Assert.Equal((edge.Cause = latent), edge.IsSelf)
            let causes = tree.Nodes[0].Causes
            Assert.Equal(min 5 causes.Candidates, causes.Tried)
            Assert.True(causes.Contexts <= 6 && causes.MeanValue > 0.0)
            Assert.True(tree.Check.Candidates.Count = causes.Candidates && tree.Check.LargestTried <= 5)

[<Fact>]
let ``contexts are those where the latent has at least half of its largest value, one token of each`` () =
    let name = "topk"
    for latent in live name do
        let tree = grow name latent
        let places = (text name false).Places(1, latent)
        let largest = places |> Seq.map _.Value |> Seq.max
        let able = places |> Seq.filter (fun place -> place.Value >= largest / 2f) |> Seq.map _.Context |> Seq.distinct |> Seq.length
        Assert.Equal(able, tree.Nodes[0].Causes.Contexts)
        Assert.Equal(largest, tree.Nodes[0].Largest)
        Assert.True(float largest / 2.0 <= tree.Nodes[0].Causes.MeanValue + 1e-4)

[<Fact>]
let ``a tree does not depend on threads, and a target that is never active or at the first layer is refused`` () =
    let shares threads =
        Mlsae.Tests.Numerics.Samples.withThreads threads (fun () -> [ for edge in (grow "topk" (live "topk").Head).Edges -> edge.Cause, edge.Share.Mean, edge.Attribution ])
    Assert.Equal<(int * float * float) list>(shares 1, shares 3)
    let grower = CausalTreeGrower(subject "topk", config)
    let refused layer latent = Assert.Throws<ArgumentException>(fun () -> grower.Grow(ChosenLatent(latent, layer, null), string) |> ignore).Message
    Assert.Contains("layers 1 to 1", refused 0 (Seq.find (fun latent -> (text "topk" false).Places(0, latent).Count > 0) [ 0 .. latents - 1 ]))
    let other = Assert.Throws<ArgumentException>(fun () -> CausalSubject(model, [| HookPoint(HookKind.MlpOut, 0); HookPoint(HookKind.MlpOut, 1) |], shared "topk", text "topk" false, null) |> ignore)
    Assert.Contains("resid_post", other.Message)
