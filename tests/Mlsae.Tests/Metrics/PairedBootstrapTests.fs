module Mlsae.Tests.Metrics.PairedBootstrapTests

open System
open Xunit
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Tests.Assertions

/// [seed][unit] a level of its own for each unit, which both arms share and which is far greater than the difference between them, and noise of each arm, seed and unit.
let private arm (name: string) shift seeds units =
    let level = Array.init units (fun u -> 10.0 * Philox(3UL, "level", uint64 u).NextGaussian())
    Array.init seeds (fun s ->
        let random = Philox(3UL, name, uint64 s)
        Array.init units (fun u -> level[u] + shift + 0.5 * random.NextGaussian()))

let private mean (values: float[][]) = Func<int, int[], float[]>(fun seed units -> [| units |> Array.averageBy (fun u -> values[seed][u]) |])

let private compare seeds units (first: float[][]) second =
    let design = PairedDesign(Seeds = seeds, Units = units, FamilySize = 20, Seed = 1UL)
    PairedBootstrap.Estimates(design, mean first, mean second)[0]

let private width (estimate: Estimate) = estimate.High.Value - estimate.Low.Value

let private shifted units shift =
    let first, second = arm "first" 0.0 3 units, arm "second" shift 3 units
    compare 3 units first second

[<Fact>]
let ``The interval holds a known difference and excludes 0`` () =
    let pair = shifted 100 0.3
    Assert.InRange(0.3, pair.Difference.Low.Value, pair.Difference.High.Value)
    Assert.True(pair.Difference.Low.Value > 0.0)
    assertClose 1e-12 "difference" (pair.Second.Mean - pair.First.Mean) pair.Difference.Mean

[<Fact>]
let ``What both arms share cancels: the difference is known better than either arm`` () =
    let pair = shifted 100 0.3
    Assert.True(width pair.Difference < 0.2 * width pair.First)

[<Fact>]
let ``Identical arms differ by exactly 0`` () =
    let values = arm "first" 0.0 3 50
    let pair = compare 3 50 values values
    Assert.Equal(Estimate(0.0, 0.0, 0.0, 50), pair.Difference)
    Assert.Equal(Estimate(0.0, 0.0, 0.0, 50), pair.Family)

[<Fact>]
let ``Arms swapped give the negated interval`` () =
    let first, second = arm "first" 0.0 3 40, arm "second" 0.1 3 40
    let pair, swapped = compare 3 40 first second, compare 3 40 second first
    assertClose 1e-12 "difference" -pair.Difference.Mean swapped.Difference.Mean
    assertClose 1e-12 "low" -pair.Difference.High.Value swapped.Difference.Low.Value
    assertClose 1e-12 "high" -pair.Difference.Low.Value swapped.Difference.High.Value

[<Fact>]
let ``More units give a shorter interval, about as the root of their number`` () =
    let ratio = width (shifted 25 0.3).Difference / width (shifted 400 0.3).Difference
    Assert.InRange(ratio, 2.0, 8.0)

[<Fact>]
let ``The family's interval is wider and holds the single one`` () =
    let pair = shifted 60 0.3
    Assert.True(pair.Family.Low.Value < pair.Difference.Low.Value && pair.Family.High.Value > pair.Difference.High.Value)

[<Fact>]
let ``A difference that only one of three seeds shows is not shown`` () =
    let units = 200
    let first = arm "first" 0.0 3 units
    let second = first |> Array.mapi (fun seed values -> if seed = 0 then values |> Array.map (fun v -> v + 5.0) else values |> Array.map (fun v -> v - 1.0))
    let pair = compare 3 units first second
    Assert.True(pair.Difference.Low.Value < 0.0 && pair.Difference.High.Value > 0.0)

[<Fact>]
let ``Of twenty draws of the data the interval holds the true difference in nearly all`` () =
    let holds trial =
        let units = 60
        let draw (name: string) shift = Array.init 3 (fun s -> let random = Philox(uint64 trial, name, uint64 s) in Array.init units (fun _ -> shift + random.NextGaussian()))
        let pair = compare 3 units (draw "a" 0.0) (draw "b" 0.2)
        pair.Difference.Low.Value <= 0.2 && 0.2 <= pair.Difference.High.Value
    let held = [ 1..20 ] |> List.filter holds |> List.length
    Assert.InRange(held, 16, 20)

[<Fact>]
let ``Units of one arm alone are drawn for it alone`` () =
    let count (dead: int) = Func<int, int[], float[]>(fun _ units -> [| float (units |> Array.filter (fun u -> u < dead) |> Array.length) / float units.Length |])
    let design = PairedDesign(Seeds = 2, Units = 400, UnitsOfSecond = 100, Seed = 1UL)
    let pair = PairedBootstrap.Estimates(design, count 40, count 10)[0]
    Assert.Equal(0.0, pair.Difference.Mean)
    Assert.Equal((400, 100), (pair.First.N, pair.Second.N))
    // The standard error of a share p of n is sqrt(p(1 - p)/n): 0.015 and 0.03.
    assertClose 0.15 "width" 1.0 (width pair.Second / (2.0 * 1.96 * 0.03))
    assertClose 0.15 "width of the difference" 1.0 (width pair.Difference / (2.0 * 1.96 * sqrt (0.03 ** 2.0 + 0.015 ** 2.0)))

[<Fact>]
let ``One unit has no interval`` () =
    let pair = compare 1 1 [| [| 1.0 |] |] [| [| 3.0 |] |]
    Assert.Equal(Estimate(2.0, Nullable(), Nullable(), 1), pair.Difference)
