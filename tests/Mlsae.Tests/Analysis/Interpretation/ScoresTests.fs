/// Scores and what is summarised of them.
module Mlsae.Tests.Analysis.Interpretation.ScoresTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Analysis.Interpretation
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Interpretation.Planted

let private record seed =
    let random = Philox(uint64 seed, "record", 0UL)
    FragmentRecord(fragmentOf (int64 seed) [ "a" ], Array.init 64 (fun _ -> float32 (max 0.0 (random.NextGaussian()))))

let private splits = RecordSplits([| for i in 0..4 -> record i |], [| for i in 5..9 -> record i |], [| for i in 10..14 -> record i |])

let private truth (records: FragmentRecord seq) = [| for record in records -> Array.map float record.Values |]

/// The definition: the mean product of standard scores.
let private correlation (x: float[]) (y: float[]) =
    let standard (values: float[]) =
        let mean = Array.average values
        let deviation = sqrt (values |> Array.averageBy (fun value -> (value - mean) ** 2.0))
        values |> Array.map (fun value -> (value - mean) / deviation)
    Array.map2 (*) (standard x) (standard y) |> Array.average

[<Fact>]
let ``A perfect simulation scores 1, whatever its scale, and its negative -1`` () =
    for scale, shift, expected in [ 1.0, 0.0, 1.0; 0.03, 5.0, 1.0; -2.0, 1.0, -1.0 ] do
        let scores = UnitScores.Of(splits, truth splits.Scored |> Array.map (Array.map (fun value -> scale * value + shift)))
        for score in [ scores.TopRandom; scores.Top; scores.Random ] do
            assertClose 1e-12 "score" expected score
        Assert.False scores.IsConstant

[<Fact>]
let ``Scores are the definition's correlations over the tokens of all fragments, of the first five, and of the last five`` () =
    let random = Philox(1UL, "simulation", 0UL)
    let simulated = [| for _ in 1..10 -> Array.init 64 (fun _ -> float (random.NextInt32 11)) |]
    let actual = truth splits.Scored
    let scores = UnitScores.Of(splits, simulated)
    assertClose 1e-12 "top and random" (correlation (Array.concat simulated) (Array.concat actual)) scores.TopRandom
    assertClose 1e-12 "top" (correlation (Array.concat simulated[0..4]) (Array.concat actual[0..4])) scores.Top
    assertClose 1e-12 "random" (correlation (Array.concat simulated[5..9]) (Array.concat actual[5..9])) scores.Random

[<Fact>]
let ``A simulation that is the same everywhere scores 0 and is counted as constant`` () =
    for value in [ 0.0; 0.1; 7.0 ] do
        Assert.Equal(UnitScores(0.0, 0.0, 0.0, true), UnitScores.Of(splits, Array.init 10 (fun _ -> Array.create 64 value)))

[<Fact>]
let ``A simulation that varies on random fragments alone scores 0 on the top ones`` () =
    let simulated = Array.append (Array.init 5 (fun _ -> Array.zeroCreate 64)) (truth splits.Random)
    let scores = UnitScores.Of(splits, simulated)
    Assert.Equal(0.0, scores.Top)
    assertClose 1e-12 "random" 1.0 scores.Random
    Assert.False scores.IsConstant

[<Fact>]
let ``NaN in a simulation is NaN in the score, and sizes that do not fit are refused`` () =
    let simulated = truth splits.Scored
    simulated[2][7] <- nan
    Assert.True(Double.IsNaN (UnitScores.Of(splits, simulated)).TopRandom)
    Assert.Throws<ArgumentException>(fun () -> UnitScores.Of(splits, simulated[0..8]) |> ignore) |> ignore

let private unitOf layer index shared score =
    InterpretedUnit(UnitAddress("d", layer, index, shared), 30, LatentMoments(0.0, 1.0, score, 0.0), InterpretationOutcome.Scored, "words", UnitScores(score, score / 2.0, -score, false))

let private skipped layer index = InterpretedUnit(UnitAddress("d", layer, index), 3, LatentMoments(9.0, 9.0, 9.0, 9.0), InterpretationOutcome.Skipped, "few", null)

[<Fact>]
let ``The published interval is 1.96 s / √N, skipped units left out`` () =
    let summary = ScoreSummary.Of(skipped 0 9 :: [ for i in 1..4 -> unitOf 0 i false (float i) ], ScoreKind.TopRandom, 0UL)
    assertClose 1e-12 "mean" 2.5 summary.Mean.Mean
    Assert.Equal(4, summary.Scores)
    assertClose 1e-12 "half width" (1.96 * sqrt (5.0 / 3.0) / 2.0) summary.PublishedHalfWidth.Value
    assertClose 1e-12 "top" 1.25 (ScoreSummary.Of([ for i in 1..4 -> unitOf 0 i false (float i) ], ScoreKind.Top, 0UL)).Mean.Mean
    Assert.Null(ScoreSummary.Of([ skipped 0 1 ], ScoreKind.TopRandom, 0UL))
    Assert.False((ScoreSummary.Of([ unitOf 0 1 false 0.5 ], ScoreKind.TopRandom, 0UL)).PublishedHalfWidth.HasValue)

[<Fact>]
let ``A latent that is the same at several layers counts once in the interval`` () =
    let score index = float (index * index % 7)
    let once = ScoreSummary.Of([ for i in 0..11 -> unitOf 0 i true (score i) ], ScoreKind.TopRandom, 3UL)
    let sixTimes = ScoreSummary.Of([ for layer in 0..5 do for i in 0..11 -> unitOf layer i true (score i) ], ScoreKind.TopRandom, 3UL)
    let alone = ScoreSummary.Of([ for layer in 0..5 do for i in 0..11 -> unitOf layer i false (score i) ], ScoreKind.TopRandom, 3UL)
    Assert.Equal(12, sixTimes.Mean.N)
    Assert.Equal(72, sixTimes.Scores)
    assertClose 1e-12 "low" once.Mean.Low.Value sixTimes.Mean.Low.Value
    assertClose 1e-12 "high" once.Mean.High.Value sixTimes.Mean.High.Value
    Assert.True(alone.Mean.High.Value - alone.Mean.Low.Value < 0.6 * (once.Mean.High.Value - once.Mean.Low.Value))

[<Fact>]
let ``A difference is the first less the second, and its interval holds a known one`` () =
    let random = Philox(2UL, "scores", 0UL)
    let units shift = [ for i in 0..99 -> unitOf 0 i false (shift + 0.1 * random.NextGaussian()) ]
    let difference = ScoreSummary.Difference(units 0.3, units 0.0, ScoreKind.TopRandom, 1UL)
    Assert.InRange(0.3, difference.Low.Value, difference.High.Value)
    Assert.True(difference.Low.Value > 0.2)
    Assert.Null(ScoreSummary.Difference([ skipped 0 1 ], units 0.0, ScoreKind.TopRandom, 1UL))

[<Fact>]
let ``Moments that scores follow correlate 1, moments that do not vary not at all`` () =
    let found = MomentCorrelations.Of(skipped 0 30 :: [ for i in 1..20 -> unitOf 0 i false (float i) ], ScoreKind.TopRandom, 0UL)
    assertClose 1e-12 "skew" 1.0 found.Skew.Mean
    Assert.Equal(20, found.Units)
    Assert.Null found.Mean
    Assert.Null found.Variance
    assertClose 1e-12 "negative" -1.0 (MomentCorrelations.Of([ for i in 1..20 -> unitOf 0 i false (float i) ], ScoreKind.Random, 0UL)).Skew.Mean

[<Fact>]
let ``Correlation has no value where one side does not vary, also where only rounding does`` () =
    let correlate (x: float[]) (y: float[]) = Correlation.Of(ReadOnlySpan x, ReadOnlySpan y)
    Assert.False((correlate [| 0.1; 0.1; 0.1 |] [| 1.0; 2.0; 3.0 |]).HasValue)
    Assert.False((correlate (Array.create 640 0.3) (Array.init 640 float)).HasValue)
    assertClose 1e-12 "line" 1.0 (correlate [| 1e6; 1e6 + 1.0; 1e6 + 2.0 |] [| 1.0; 2.0; 3.0 |]).Value
