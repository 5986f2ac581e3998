/// The orders in which features are patched, against their slow definitions.
module Mlsae.Tests.Analysis.Patching.FeatureOrderTests

open System
open Xunit
open Mlsae.Analysis.Patching
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Patching.PatchingCases

let private divergencesAt (patch: FeaturePatch) set share (divergence: int -> float32[] -> float) =
    [| for pair in 0 .. pairs.Count - 1 do
           let ids = TokenBatch.Of [ pairs.Base.Ids[pair * pairs.Length .. (pair + 1) * pairs.Length - 1] ]
           let residual = patch.PatchedResidual(PatchedRun(pair, set), share)
           let logits = patch.Task.Model.Forward(ids, ForwardOptions(StartLayer = 0, StartResidual = residual)).Logits
           divergence pair (logits.Row(pairs.Lengths[pair] - 1).ToArray()) |]

/// KL(target ‖ patched) by its definition; the other way round is the task's own.
let private fromTarget (task: PatchingTask) pair (logits: float32[]) =
    let target = task.Model.Forward(task.Pairs.Target).Logits.Row(task.Pairs.LastRows[pair]).ToArray()
    let probabilities (values: float32[]) =
        let exponentials = values |> Array.map (fun value -> exp (float value))
        exponentials |> Array.map (fun value -> value / Array.sum exponentials)
    Array.map2 (fun q p -> q * log (q / p)) (probabilities target) (probabilities logits) |> Array.sum

[<Fact>]
let ``A feature's attribution is its effect to first order, for either divergence`` () =
    for model in [ "neox sequential"; "gpt2"; "llama" ] do
        let task = taskOf model
        for name, _, patch in patchesOf task do
            for direction, divergence in
                [ DivergenceDirection.PatchedFromTarget, (fun pair (logits: float32[]) -> task.Divergence(pair, ReadOnlySpan logits))
                  DivergenceDirection.TargetFromPatched, fromTarget task ] do
                let effects = AttributionOrder.Effects(patch, direction)
                for feature in patch.Candidates |> Seq.truncate 6 do
                    let only = toggled (patch.None()) [ feature ]
                    let mean share = Array.average (divergencesAt patch only share divergence)
                    let slope step = (mean step - mean -step) / (2.0 * float step)
                    // Without the error of second order in the step.
                    let expected = (4.0 * slope 0.004f - slope 0.008f) / 3.0
                    assertClose (3e-3 * (1.0 + abs expected)) $"{model} {name} {direction} {feature}" expected effects[feature]

[<Fact>]
let ``Half the edit misses the attribution a quarter as far`` () =
    let task = taskOf "gpt2"
    for name, _, patch in patchesOf task do
        let effects = AttributionOrder.Effects(patch, DivergenceDirection.PatchedFromTarget)
        let all = patch.All()
        let miss (share: float32) =
            let moved = divergencesAt patch all share (fun pair logits -> task.Divergence(pair, ReadOnlySpan logits))
            Array.average moved - Seq.average task.Unpatched - float share * Array.sum effects
        let whole, half = miss 0.01f, miss 0.005f
        Assert.InRange(whole / half, 3.0, 5.5)

[<Fact>]
let ``Integrated gradients add up to what all features do together`` () =
    for model in [ "neox parallel"; "gpt2" ] do
        let task = taskOf model
        for name, _, patch in patchesOf task do
            let change = Array.average (patch.Divergences(patch.All())) - Seq.average task.Unpatched
            assertClose (5e-3 * (1.0 + abs change)) $"{model} {name}" change (Array.sum (AttributionOrder.IntegratedEffects(patch, 160)))
            let order = AttributionOrder.ByIntegratedGradients patch
            Assert.Equal<int[]>(Array.sort (Array.ofSeq patch.Candidates), Array.sort (Array.ofSeq order.Features))

/// As published: every feature tried alone, one after the other, over all pairs.
let private slowElimination (patch: FeaturePatch) seed thresholds =
    let kept = patch.All()
    let mean (set: bool[]) = Array.average (patch.Divergences set)
    let removed = Collections.Generic.List<int>()
    let points =
        [ for i in 0 .. thresholds - 1 do
              let threshold = 10.0 ** (-5.0 + 5.0 * float i / float (thresholds - 1))
              let order = patch.Candidates |> Seq.filter (fun feature -> kept[feature]) |> Array.ofSeq
              Philox(seed, "elimination", uint64 i).Shuffle(Span order)
              for feature in order do
                  let before, without = mean kept, mean (toggled kept [ feature ])
                  if without - before < threshold then
                      kept[feature] <- false
                      removed.Add feature
              patch.Candidates |> Seq.filter (fun feature -> kept[feature]) |> Seq.length, mean kept, Array.average (patch.EditMagnitudes kept) ]
    List.ofSeq (Seq.rev removed), points

[<Fact>]
let ``Elimination is that of trying one feature after the other`` () =
    let task = taskOf "neox sequential"
    for name, _, patch in patchesOf task do
        let removed, points = slowElimination patch 4UL 7
        let result = EliminationOrder.Run(patch, 4UL, 7)
        let order = List.ofSeq result.Order.Features
        Assert.Equal<int list>(List.sort (List.ofSeq patch.Candidates), List.sort order)
        Assert.Equal<string * int list>((name, removed), (name, order |> List.skip (order.Length - removed.Length)))
        Assert.Equal<int list>([ for features, _, _ in points -> features ], [ for point in result.Points -> point.Features ])
        for (_, divergence, edit), point in Seq.zip points result.Points do
            assertClose 1e-12 $"{name} divergence" divergence point.Divergence
            assertClose 1e-12 $"{name} edit" edit point.EditMagnitude

[<Fact>]
let ``Greedy selection takes what lowers the divergence most, and stops where nothing does`` () =
    let task = taskOf "neox sequential"
    for name, _, patch in patchesOf task do
        let mean (set: bool[]) = Array.average (patch.Divergences set)
        let rec follow set order count =
            let left = patch.Candidates |> Seq.filter (fun feature -> not (List.contains feature order)) |> List.ofSeq
            if count = 0 || left.IsEmpty then List.rev order
            else
                let best = left |> List.minBy (fun feature -> mean (toggled set [ feature ]))
                if mean (toggled set [ best ]) - mean set >= -1e-15 then List.rev order
                else follow (toggled set [ best ]) (best :: order) (count - 1)
        Assert.Equal<int list>(follow (patch.None()) [] 6, List.ofSeq (GreedyOrder.Run(patch, 6)).Features)

[<Fact>]
let ``Orders of all features are compared with the elimination, which agrees with itself`` () =
    let _, _, patch = patchesOf (taskOf "gpt2") |> List.head
    let orders = OrderComparison.Measure(patch, 0UL)
    Assert.Equal<OrderMethod list>([ OrderMethod.Elimination; OrderMethod.Attribution; OrderMethod.AttributionOfDivergence; OrderMethod.IntegratedGradients; OrderMethod.Greedy ], [ for o in orders -> o.Method ])
    Assert.Equal(Nullable 1.0, orders[0].RankCorrelation)
    Assert.Equal(1.0, orders[0].SharedOfFirst)
    Assert.Equal(EliminationOrder.PublishedThresholds, orders[0].Points.Count)
    Assert.False orders[4].RankCorrelation.HasValue
    for order in orders |> Seq.truncate 4 do
        Assert.InRange(order.RankCorrelation.Value, -1.0, 1.0)
        Assert.Equal(5, order.AreaOfFirst.N)

[<Fact>]
let ``Work that is cancelled ends`` () =
    let _, _, patch = patchesOf (taskOf "gpt2") |> List.head
    use source = new Threading.CancellationTokenSource()
    source.Cancel()
    Assert.ThrowsAny<OperationCanceledException>(fun () -> EliminationOrder.Run(patch, cancellation = source.Token) |> ignore) |> ignore
    Assert.ThrowsAny<OperationCanceledException>(fun () -> GreedyOrder.Run(patch, 3, cancellation = source.Token) |> ignore) |> ignore
