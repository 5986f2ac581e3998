/// Areas and crossings of curves, by hand.
module Mlsae.Tests.Analysis.Patching.PatchingCurveTests

open System
open Xunit
open Mlsae.Analysis.Patching
open Mlsae.Tests.Assertions

/// Two pairs; means 8, 6, 4, 1 at 0, 1, 2 and 4 features, edits 0, 1, 3, 2.
let private curve =
    PatchingCurve([ 0; 1; 2; 4 ], [ [| 10.0; 6.0 |]; [| 8.0; 4.0 |]; [| 6.0; 2.0 |]; [| 2.0; 0.0 |] ], [ [| 0.0; 0.0 |]; [| 1.0; 1.0 |]; [| 2.0; 4.0 |]; [| 2.0; 2.0 |] ])

let private both = [| 0; 1 |]

[<Fact>]
let ``The area over the number of features is on a logarithmic axis from one, and level after the last`` () =
    assertClose 1e-12 "to 4" ((5.0 + 2.5) / 2.0) (curve.AreaByCount(both, 4))
    assertClose 1e-12 "to 2" 5.0 (curve.AreaByCount(both, 2))
    assertClose 1e-12 "to 16" ((5.0 + 2.5 + 1.0 + 1.0) / 4.0) (curve.AreaByCount(both, 16))
    assertClose 1e-12 "one pair, drawn twice" ((7.0 + 4.0) / 2.0) (curve.AreaByCount([| 0; 0 |], 4))

[<Fact>]
let ``The area over the edit takes an edit that grew smaller where it was`` () =
    // From (0, 8) to (1, 6) to (3, 4), then straight down to 1.
    assertClose 1e-12 "to 3" ((7.0 + 2.0 * 5.0) / 3.0) (curve.AreaByEdit(both, 3.0))
    assertClose 1e-12 "to 5" ((7.0 + 10.0 + 2.0 * 1.0) / 5.0) (curve.AreaByEdit(both, 5.0))
    assertClose 1e-12 "to 2" ((7.0 + 5.5) / 2.0) (curve.AreaByEdit(both, 2.0))

[<Fact>]
let ``What brings the divergence down to a share lies between the points on either side`` () =
    assertClose 1e-12 "half" 2.0 (curve.CountToReach(both, 0.5))
    assertClose 1e-12 "five eighths" (sqrt 2.0) (curve.CountToReach(both, 0.625))
    Assert.True(Double.IsNaN(curve.CountToReach(both, 0.1)))
    assertClose 1e-12 "edit" 3.0 (curve.EditToReach(both, 0.5))
    assertClose 1e-12 "edit of seven eighths" 0.5 (curve.EditToReach(both, 0.875))
    Assert.True(Double.IsNaN(curve.EditToReach(both, 0.1)))

[<Fact>]
let ``Curves are measured at halves of powers of two, and at all features`` () =
    Assert.Equal<int[]>([| 0; 1; 2; 3; 4; 6; 8; 12; 16; 17 |], PatchingCurve.CountsUpTo 17)
    Assert.Equal<int[]>([| 0; 1 |], PatchingCurve.CountsUpTo 1)
    Assert.Equal<int[]>([| 0 |], PatchingCurve.CountsUpTo 0)

[<Fact>]
let ``A measured curve begins unpatched and ends with all features`` () =
    let task = PatchingCases.taskOf "gpt2"
    for _, _, patch in PatchingCases.patchesOf task do
        let measured = PatchingCurve.Measure(patch, AttributionOrder.ByGradient patch)
        Assert.Equal<float[]>(Array.ofSeq task.Unpatched, measured.Divergences[0])
        Assert.Equal(patch.Candidates.Count, Seq.last measured.Counts)
        Assert.Equal<float[]>(patch.Divergences(patch.All()), Seq.last measured.Divergences)

[<Fact>]
let ``Where each pair has its own order, its curve is that of the pair alone`` () =
    let task = PatchingCases.taskOf "gpt2"
    for _, dictionary, patch in PatchingCases.patchesOf task do
        let orders = AttributionOrder.OfEachPair(patch, AttributionOrder.IntegratedEffectsByPair patch)
        let each = PatchingCurve.MeasureEach(patch, orders)
        for pair in 0 .. PatchingCases.pairs.Count - 1 do
            let length = PatchingCases.pairs.Lengths[pair]
            let ids (batch: Mlsae.Transformers.TokenBatch) = batch.Ids[pair * PatchingCases.pairs.Length .. pair * PatchingCases.pairs.Length + length - 1]
            let alone = PatchingTask(task.Model, PromptPairs [ PromptPair(ids PatchingCases.pairs.Base, ids PatchingCases.pairs.Target) ])
            let own = FeaturePatch(alone, 0, PatchingCases.decompositionOf "own" dictionary)
            let order = AttributionOrder.ByIntegratedGradients own
            Assert.Equal<int list>(List.ofSeq order.Features, List.ofSeq orders[pair].Features)
            for point in 0 .. each.Counts.Count - 1 do
                let set = order.First(own, each.Counts[point])
                assertClose 1e-6 "divergence" (own.Divergences(set)[0]) (each.Divergences[point][pair])
                assertClose 1e-6 "edit" (own.EditMagnitudes(set)[0]) (each.EditMagnitudes[point][pair])
