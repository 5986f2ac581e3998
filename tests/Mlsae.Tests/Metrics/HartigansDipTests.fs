module Mlsae.Tests.Metrics.HartigansDipTests

open System
open Xunit
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Tests.Assertions

/// Where a sample's distribution function steps: place, value below the step, value above it.
let private steps (values: float[]) =
    let count = float values.Length
    let edges = values |> Array.countBy id |> Array.sortBy fst
    let above = edges |> Array.map snd |> Array.scan (+) 0 |> Array.map (fun below -> float below / count)
    edges |> Array.mapi (fun i (x, _) -> x, above[i], above[i + 1])

/// The height at x of the line through two points.
let private along (x0: float, y0: float) (x1: float, y1: float) x = y0 + (y1 - y0) * ((x - x0) / (x1 - x0))

/// Whether a convex function runs within the bands low ≤ G ≤ high of these places, of which the last has no lower bound; and the least that it can come to there.
let private convex (bands: (float * float * float)[]) =
    let last = bands.Length - 1
    let end', _, _ = bands[last]
    let low i = let x, low, _ = bands[i] in x, low
    let high i = let x, _, high = bands[i] in x, high
    let before = [ 0 .. last - 1 ]
    let bends = [ for j in before do for i in 0 .. j - 1 do for h in j + 1 .. last -> snd (low j) <= along (high i) (high h) (fst (low j)) + 1e-12 ]
    let bandsHold = before |> List.forall (fun i -> snd (low i) <= snd (high i) + 1e-12)
    let least = [ for j in before do yield snd (low j); yield! [ for i in 0 .. j - 1 -> along (high i) (low j) end' ] ]
    bandsHold && List.forall id bends, List.fold max 0.0 least

/// Whether some unimodal function with its mode at step k stays within the distance: convex on the left, jumping up at the mode, concave on the right, which is the left one turned round.
let private fits distance (steps: (float * float * float)[]) k =
    let bands = steps |> Array.map (fun (x, below, above) -> x, above - distance, below + distance)
    let turned = bands |> Array.rev |> Array.map (fun (x, low, high) -> -x, 1.0 - high, 1.0 - low)
    let _, lowest, highest = bands[k]
    let leftFits, left = convex bands[..k]
    let rightFits, right = convex turned[.. bands.Length - 1 - k]
    leftFits && rightFits && left <= 1.0 - right + 1e-12 && left <= highest + 1e-12 && lowest <= 1.0 - right + 1e-12

/// The definition, slowly: the least distance within which some unimodal function stays, by bisection.
let private slowDip values =
    let steps = steps values
    let isEnough distance = Seq.exists (fits distance steps) [ 0 .. steps.Length - 1 ]
    let halve (low, high) _ =
        let middle = (low + high) / 2.0
        if isEnough middle then low, middle else middle, high
    if isEnough 0.0 then 0.0 else List.fold halve (0.0, 1.0) [ 1..45 ] |> snd

let private dip (values: float[]) = HartigansDip.Of values

/// Samples of up to 12 points: spread, in two clumps, skewed, and with many ties.
let private samples =
    [ for index in 0..599 ->
          let random = Philox(11UL, "dip samples", uint64 index)
          let draw =
              match index % 4 with
              | 0 -> fun () -> random.NextDouble()
              | 1 -> fun () -> float (random.NextInt32 2) + 0.2 * random.NextGaussian()
              | 2 -> fun () -> random.NextDouble() ** 4.0
              | _ -> fun () -> float (random.NextInt32 5)
          Array.init (1 + random.NextInt32 12) (fun _ -> draw ()) ]

[<Fact>]
let ``The dip is that of the slow definition on samples of up to 12 points, ties among them`` () =
    for values in samples do
        assertClose 1e-9 $"the dip of {List.ofArray values}" (slowDip values) (dip values)

[<Fact>]
let ``The dip of n evenly spaced points is 1/(2n)`` () =
    for n in 2..60 do
        assertClose 1e-12 $"n = {n}" (1.0 / float (2 * n)) (dip (Array.init n (fun i -> 0.3 * float i - 4.0)))

[<Fact>]
let ``The dip of two equal point masses is 1/4, and of one it is 0`` () =
    let masses n = Array.init (2 * n) (fun i -> if i < n then 0.0 else 7.0)
    for n in 1..20 do
        assertClose 1e-12 $"n = {n}" 0.25 (dip (masses n))
    Assert.Equal(0.0, dip [| 3.0; 3.0; 3.0 |])
    Assert.Equal(0.0, dip [| 3.0 |])

[<Fact>]
let ``The dip does not change with scale, place, reflection or order`` () =
    for values in samples |> List.filter (fun values -> values.Length > 1) do
        let expected = dip values
        assertClose 1e-12 "scaled and moved" expected (dip (values |> Array.map (fun x -> 3.5 * x + 11.0)))
        assertClose 1e-12 "reflected" expected (dip (values |> Array.map (fun x -> -x)))
        assertClose 0.0 "reversed" expected (dip (Array.rev values))

[<Fact>]
let ``The dip is between 1/(2n) and 1/4, large for two humps and small for one`` () =
    let random = Philox(12UL, "humps")
    let hump = Array.init 2000 (fun _ -> random.NextGaussian())
    let humps = hump |> Array.mapi (fun i x -> if i % 2 = 0 then x else x + 12.0)
    Assert.InRange(dip hump, 1.0 / 4000.0, 0.01)
    Assert.InRange(dip humps, 0.15, 0.25)

[<Fact>]
let ``Samples without values, or with one that is not finite, are refused with a sentence`` () =
    for values in [ [||]; [| 1.0; nan |]; [| infinity; 1.0 |]; [| Double.NegativeInfinity |]; [| Double.MinValue; Double.MaxValue |] ] do
        let problem = Assert.Throws<ArgumentException>(fun () -> dip values |> ignore)
        Assert.StartsWith("The dip needs", problem.Message)
