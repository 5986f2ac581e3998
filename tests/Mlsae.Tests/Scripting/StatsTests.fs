module Mlsae.Tests.Scripting.StatsTests

open System
open FsCheck.FSharp
open Xunit
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Scripting
open Mlsae.Tests.Assertions
open Mlsae.Tests.Text

let private gaussians (name: string) count = let random = Philox(21UL, name) in Array.init count (fun _ -> random.NextGaussian())

let private refusal (work: unit -> 'a) = Assert.Throws<ArgumentException>(fun () -> work () |> ignore).Message

let private holds value (estimate: Estimate) = estimate.Low.Value <= value && value <= estimate.High.Value

let private width (estimate: Estimate) = estimate.High.Value - estimate.Low.Value

// --- the bootstrap ---

[<Fact>]
let ``a bootstrap of the mean has the mean, and about the interval of the normal distribution`` () =
    let values = gaussians "values" 400
    let estimate = Stats.bootstrap 1UL Array.average values
    assertClose 1e-12 "mean" (Array.average values) estimate.Mean
    // Two times 1.96 standard errors of 1/20 each.
    assertClose 0.03 "width" 0.196 (width estimate)
    Assert.True(holds 0.0 estimate)
    Assert.Equal(estimate, Stats.bootstrap 1UL Array.average values)
    Assert.NotEqual(estimate, Stats.bootstrap 2UL Array.average values)

[<Fact>]
let ``pairs are drawn together`` () =
    let x = gaussians "x" 50
    let estimate = Stats.bootstrapPairs 1UL (fun x y -> Array.average (Array.map2 (-) y x)) x (x |> Array.map (fun x -> x + 0.25))
    assertClose 1e-12 "low" 0.25 estimate.Low.Value
    assertClose 1e-12 "high" 0.25 estimate.High.Value

[<Fact>]
let ``a statistic that has no value on some resample has no interval`` () =
    let estimate = Stats.pearson 0UL [| 1.0; 2.0; 3.0 |] [| 1.0; 2.0; 4.0 |]
    Assert.Equal(Estimate.Exact(estimate.Mean, 3), estimate)

// --- correlations and lines ---

[<Fact>]
let ``Pearson's correlation of a worked case, of a line and of a falling line`` () =
    // Less their mean 2: (-1, 0, 1) and (-1, 1, 0), products 1, squares 2 and 2.
    assertClose 1e-12 "worked" 0.5 (Stats.pearson 0UL [| 1.0; 2.0; 3.0 |] [| 1.0; 3.0; 2.0 |]).Mean
    let x = gaussians "x" 30
    assertClose 1e-12 "rising" 1.0 (Stats.pearson 0UL x (x |> Array.map (fun x -> 3.0 * x + 1.0))).Mean
    assertClose 1e-12 "falling" -1.0 (Stats.pearson 0UL x (x |> Array.map (fun x -> 5.0 - x))).Mean

[<Fact>]
let ``Spearman's correlation is Pearson's of ranks, equal values sharing theirs`` () =
    // Ranks (1, 2, 3, 4) and (1.5, 1.5, 4, 3), less their mean 2.5: products 3.5, squares 5 and 4.5.
    assertClose 1e-12 "ties" (3.5 / sqrt 22.5) (Stats.spearman 0UL [| 1.0; 2.0; 3.0; 4.0 |] [| 7.0; 7.0; 9.0; 8.0 |]).Mean
    let x = gaussians "x" 40
    assertClose 1e-12 "any rising function" 1.0 (Stats.spearman 0UL x (x |> Array.map exp)).Mean

[<Fact>]
let ``the interval of a correlation holds the true one, and excludes 0 where it is large`` () =
    let x, noise = gaussians "x" 300, gaussians "noise" 300
    let y = Array.map2 (fun x e -> 0.6 * x + 0.8 * e) x noise
    for estimate in [ Stats.pearson 0UL x y; Stats.spearman 0UL x y ] do
        Assert.True(estimate.Low.Value > 0.4 && estimate.High.Value < 0.75)
    Assert.True(holds 0.6 (Stats.pearson 0UL x y))
    Assert.True(holds 0.0 (Stats.pearson 0UL x noise))

[<Fact>]
let ``a fitted line is the worked one: slope 1.2, intercept 0.7, r squared 0.8`` () =
    let fit = Stats.linearFit 0UL [| 0.0; 1.0; 2.0; 3.0 |] [| 1.0; 1.0; 4.0; 4.0 |]
    // Less the means 1.5 and 2.5: products 6, squares 5 and 9.
    assertClose 1e-12 "slope" 1.2 fit.Slope.Mean
    assertClose 1e-12 "intercept" 0.7 fit.Intercept.Mean
    assertClose 1e-12 "r squared" 0.8 fit.RSquared.Mean

[<Fact>]
let ``the intervals of a fitted line hold the true line, and have no width where points lie on it`` () =
    let x, noise = gaussians "x" 200, gaussians "noise" 200
    let fit = Stats.linearFit 3UL x (Array.map2 (fun x e -> 2.0 * x - 1.0 + 0.5 * e) x noise)
    Assert.True(holds 2.0 fit.Slope && holds -1.0 fit.Intercept)
    Assert.True(width fit.Slope < 0.3)
    let exact = Stats.linearFit 3UL x (x |> Array.map (fun x -> 2.0 * x - 1.0))
    assertClose 1e-9 "width" 0.0 (width exact.Slope)
    assertClose 1e-12 "r squared" 1.0 exact.RSquared.Mean

[<Fact>]
let ``quantiles are linear between neighbours`` () =
    Assert.Equal<float list>([ 1.0; 1.75; 2.5; 4.0 ], Stats.quantiles [ 0.0; 0.25; 0.5; 1.0 ] [| 4.0; 1.0; 3.0; 2.0 |])

[<Fact>]
let ``correlations do not change with scale, place and exchange, and lie between -1 and 1`` () =
    let isConstant values = (Array.distinct values).Length = 1
    let holds (x: float[]) y =
        let value = (Stats.spearman 0UL x y).Mean
        let isSame x y = abs (value - (Stats.spearman 0UL x y).Mean) < 1e-9
        isSame y x && isSame (x |> Array.map (fun v -> 2.0 * v + 3.0)) y && abs value <= 1.0 + 1e-9
    let pairs = Gen.zip (Gen.choose (-50, 50)) (Gen.choose (-50, 50)) |> Gen.nonEmptyListOf |> Arb.fromGen
    Prop.forAll pairs (fun pairs ->
        let x, y = pairs |> List.map (fun (a, b) -> float a, float b) |> Array.ofList |> Array.unzip
        isConstant x || isConstant y || holds x y)
    |> Texts.check

// --- permutations ---

[<Fact>]
let ``a permutation test of three against three has the p values of all 20 splits`` () =
    // The given split is the most extreme of 20 on its side, and one of two in both.
    let test = Stats.permutation 1UL 20_000 [| 4.0; 5.0; 6.0 |] [| 1.0; 2.0; 3.0 |]
    assertClose 1e-12 "statistic" 3.0 test.Statistic
    assertClose 0.01 "greater" 0.05 test.Greater
    assertClose 0.01 "two-sided" 0.1 test.TwoSided
    assertClose 1e-12 "less" 1.0 test.Less

[<Fact>]
let ``a permutation p value counts the data themselves, so it is never 0`` () =
    let test = Stats.permutation 1UL 99 (gaussians "a" 60 |> Array.map (fun x -> x + 5.0)) (gaussians "b" 60)
    assertClose 1e-15 "p" 0.01 test.TwoSided
    Assert.Equal(99, test.Permutations)

[<Fact>]
let ``permutation p values are about uniform where there is no difference`` () =
    let p trial =
        let random = Philox(uint64 trial, "no difference")
        let draw count = Array.init count (fun _ -> random.NextGaussian())
        (Stats.permutation (uint64 trial) 199 (draw 12) (draw 9)).TwoSided
    let values = [| for trial in 1..400 -> p trial |]
    for bound in [ 0.05; 0.1; 0.25; 0.5; 0.75; 0.9 ] do
        let share = float (values |> Array.filter (fun value -> value <= bound + 1e-9)).Length / 400.0
        // Three standard errors of a share of 400.
        assertClose (3.0 * sqrt (bound * (1.0 - bound) / 400.0)) $"share below {bound}" bound share

[<Fact>]
let ``samples of equal values differ by chance always`` () =
    let test = Stats.permutation 1UL 99 [| 0.1; 0.1; 0.1 |] [| 0.1; 0.1 |]
    Assert.Equal<float list>([ 1.0; 1.0; 1.0 ], [ test.Greater; test.Less; test.TwoSided ])

[<Fact>]
let ``any statistic and shuffler can be tested: a correlation by shuffling one side`` () =
    let x = gaussians "x" 40
    let correlation (x: float[], y: float[]) = MathNet.Numerics.Statistics.Correlation.Pearson(x, y)
    let shuffle random (x, y) = x, Stats.shuffled random y
    let related = Stats.permutationOf 1UL 499 correlation shuffle (x, Array.map2 (+) x (gaussians "noise" 40))
    assertClose 1e-12 "p" 0.002 related.Greater
    Assert.True((Stats.permutationOf 1UL 499 correlation shuffle (x, gaussians "other" 40)).TwoSided > 0.05)
    Assert.Equal(related, Stats.permutationOf 1UL 499 correlation shuffle (x, Array.map2 (+) x (gaussians "noise" 40)))

// --- the dip ---

[<Fact>]
let ``the dip test tells two humps from one`` () =
    let one = gaussians "one" 200
    let two = one |> Array.mapi (fun i x -> if i % 2 = 0 then x else x + 6.0)
    Assert.True((Stats.dip 1UL 499 one).P > 0.2)
    assertClose 1e-12 "p" 0.002 (Stats.dip 1UL 499 two).P
    assertClose 1e-15 "dip" (HartigansDip.Of one) (Stats.dip 1UL 499 one).Dip

[<Fact>]
let ``dip p values of uniform samples are about uniform`` () =
    let chance = Stats.dipNull 5UL 999 60
    let p trial = let random = Philox(uint64 trial, "uniform") in (Stats.dipAgainst chance (Array.init 60 (fun _ -> 7.0 * random.NextDouble()))).P
    let values = [| for trial in 1..300 -> p trial |]
    for bound in [ 0.1; 0.5; 0.9 ] do
        let share = float (values |> Array.filter (fun value -> value <= bound)).Length / 300.0
        assertClose (4.0 * sqrt (bound * (1.0 - bound) / 300.0)) $"share below {bound}" bound share

// --- refusals ---

[<Fact>]
let ``NaN and infinity are refused with a sentence that says where they are`` () =
    let fine, broken = [| 1.0; 2.0; 3.0 |], [| 1.0; nan; 3.0 |]
    for message in
        [ refusal (fun () -> Stats.bootstrap 0UL Array.average broken)
          refusal (fun () -> Stats.bootstrapPairs 0UL (fun _ _ -> 0.0) fine broken)
          refusal (fun () -> Stats.pearson 0UL broken fine)
          refusal (fun () -> Stats.spearman 0UL fine broken)
          refusal (fun () -> Stats.linearFit 0UL fine broken)
          refusal (fun () -> Stats.quantiles [ 0.5 ] broken)
          refusal (fun () -> Stats.permutation 0UL 9 fine broken)
          refusal (fun () -> Stats.dip 0UL 9 broken) ] do
        Assert.Contains("Value 1 is NaN, but statistics need finite numbers.", message)
    Assert.Contains("Value 0 is Infinity", refusal (fun () -> Stats.bootstrap 0UL Array.average [| infinity |]))

[<Fact>]
let ``a statistic without a value is refused with a sentence`` () =
    for message in
        [ refusal (fun () -> Stats.bootstrap 0UL (fun _ -> nan) [| 1.0; 2.0 |])
          refusal (fun () -> Stats.pearson 0UL [| 0.1; 0.1; 0.1 |] [| 1.0; 2.0; 3.0 |])
          refusal (fun () -> Stats.linearFit 0UL [| 0.1; 0.1; 0.1 |] [| 1.0; 2.0; 3.0 |])
          refusal (fun () -> Stats.permutationOf 0UL 9 (fun _ -> nan) (fun _ data -> data) ()) ] do
        Assert.Contains("it has no value there", message)
    let isFirst = Stats.permutationOf 0UL 9 (fun (values: float[]) -> if values[0] = 1.0 then 1.0 else nan) Stats.shuffled
    Assert.Contains("permuted data", refusal (fun () -> isFirst [| 1.0; 2.0; 3.0 |]))

[<Fact>]
let ``what cannot be measured is refused with a sentence`` () =
    Assert.Contains("at least one value", refusal (fun () -> Stats.bootstrap 0UL Array.average [||]))
    Assert.Contains("cannot be paired", refusal (fun () -> Stats.pearson 0UL [| 1.0; 2.0 |] [| 1.0 |]))
    Assert.Contains("between 0 and 1", refusal (fun () -> Stats.quantiles [ 1.5 ] [| 1.0 |]))
    Assert.Contains("between 0 and 1", refusal (fun () -> Stats.quantiles [ nan ] [| 1.0 |]))
    Assert.Contains("at least one permutation", refusal (fun () -> Stats.permutation 0UL 0 [| 1.0 |] [| 2.0 |]))
    Assert.Contains("cannot be compared with uniform samples of 5", refusal (fun () -> Stats.dipAgainst (Stats.dipNull 0UL 9 5) [| 1.0; 2.0 |]))
