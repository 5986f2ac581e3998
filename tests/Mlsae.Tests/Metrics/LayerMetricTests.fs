module Mlsae.Tests.Metrics.LayerMetricTests

open System
open Xunit
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Tests.Assertions

let private dimension = 6
let private random = Philox(11UL, "metric tests")

/// Vectors with unequal means and scales in their dimensions, so that definitions that confuse them differ.
let private vectors count =
    Array.init count (fun _ -> Array.init dimension (fun i -> float32 (3.0 * float i + (1.0 + float i) * random.NextGaussian())))

let private meanOf (xs: float32[][]) = Array.init dimension (fun i -> xs |> Array.averageBy (fun x -> float x[i]) |> float32)

let private add (sums: LayerSums) (x: float32[]) (reconstruction: float32[]) (latents: float32[]) =
    sums.AddVector(x, reconstruction, latents, 1e-3f)

let private sumsOf (reconstruct: float32[] -> float32[]) (xs: float32[][]) =
    let sums = LayerSums dimension
    for x in xs do
        add sums x (reconstruct x) [| 0.5f; 0f; -0.25f; 1e-4f |]
    sums

[<Fact>]
let ``A perfect reconstruction has FVU and MSE 0`` () =
    let sums = sumsOf id (vectors 50)
    Assert.Equal(0.0, Fvu.Of sums)
    Assert.Equal(0.0, FvuMlsae.Of sums)
    Assert.Equal(0.0, MeanSquaredError.Of sums)

[<Fact>]
let ``Predicting the mean has FVU 1`` () =
    let xs = vectors 200
    let mean = meanOf xs
    assertClose 1e-6 "FVU" 1.0 (Fvu.Of(sumsOf (fun _ -> mean) xs))

[<Fact>]
let ``FVU does not change with scale or shift`` () =
    let xs = vectors 100
    let noise = xs |> Array.map (Array.map (fun v -> v + 0.1f))
    let fvu scale shift =
        let change = Array.map (fun v -> scale * v + shift)
        let sums = LayerSums dimension
        Array.iter2 (fun x y -> add sums (change x) (change y) [||]) xs noise
        Fvu.Of sums
    assertClose 1e-5 "scaled" (fvu 1f 0f) (fvu 4f 0f)
    assertClose 1e-4 "shifted" (fvu 1f 0f) (fvu 1f 16f)

[<Fact>]
let ``Sums do not depend on how the vectors are split`` () =
    let xs = vectors 97
    let halve = Array.map (fun v -> v / 2f)
    let whole = sumsOf halve xs
    let parts = LayerSums.Total(xs |> Array.chunkBySize 10 |> Array.map (sumsOf halve), dimension)
    for metric in [ Fvu.Of; FvuMlsae.Of; MeanSquaredError.Of; L0.Of; L1.Of ] do
        assertClose 1e-10 "metric" (metric whole) (metric parts)

[<Fact>]
let ``The pooled variance of two vectors worked by hand gives 1.25, the variance of each dimension 5`` () =
    let sums = LayerSums 2
    for x in [ [| 1f; 0f |]; [| 3f; 0f |] ] do
        add sums x [| 0f; 0f |] [||]
    assertClose 1e-12 "MSE" 2.5 (MeanSquaredError.Of sums)
    assertClose 1e-12 "pooled" 1.25 (FvuMlsae.Of sums)
    assertClose 1e-12 "per dimension" 5.0 (Fvu.Of sums)

[<Fact>]
let ``L0 counts what exceeds the threshold and L1 adds absolute values`` () =
    let sums = sumsOf id (vectors 4)
    assertClose 1e-12 "L0" 1.0 (L0.Of sums)
    assertClose 1e-6 "L1" 0.7501 (L1.Of sums)

let private logSumExp (logits: float32[]) = KlDivergence.LogSumExp logits

[<Fact>]
let ``KL of the worked pair is 0.143841 in the direction original to patched`` () =
    let original, patched = [| 0f; 0f |], [| float32 (log 3.0); 0f |]
    let kl (p: float32[]) (q: float32[]) = KlDivergence.Between(p, logSumExp p, q, logSumExp q)
    assertClose 1e-6 "KL(original || patched)" 0.143841 (kl original patched)
    assertClose 1e-6 "the other way" 0.130812 (kl patched original)
    Assert.Equal(0.0, kl original original)

[<Fact>]
let ``Log-sum-exp of large logits neither overflows nor underflows`` () =
    assertClose 1e-9 "large" (1000.0 + log 2.0) (logSumExp [| 1000f; 1000f |])
    Assert.True(Double.IsNaN(logSumExp [| nanf; 1f |]))

[<Fact>]
let ``A latent is dead where it was never active, and overall where it was active at no layer`` () =
    let dead = DeadLatents(2, 4)
    dead.Add(0, ReadOnlySpan [| 1 |], ReadOnlySpan [| 0.5f |])
    dead.Add(0, ReadOnlySpan [| 2 |], ReadOnlySpan [| 1e-4f |])
    dead.Add(1, ReadOnlySpan [| 3 |], ReadOnlySpan [| 2f |])
    Assert.Equal(0.75, dead.FractionAt(0, struct (0, 4)))
    Assert.Equal(0.75, dead.FractionAt(1, struct (0, 4)))
    Assert.Equal(0.5, dead.FractionAt(0, struct (1, 2)))
    Assert.Equal(0.5, dead.Fraction())

[<Fact>]
let ``A bootstrap interval holds the mean, narrows with n, and is the same again`` () =
    let interval count =
        let values = Array.init count (fun i -> float ((i * 7919) % 101))
        Bootstrap.Estimates(count, 5UL, fun drawn -> [| drawn |> Array.averageBy (fun i -> values[i]) |])[0]
    let width (e: Estimate) = e.High.Value - e.Low.Value
    let small, large = interval 20, interval 2000
    Assert.InRange(small.Mean, small.Low.Value, small.High.Value)
    // The standard error falls with the root of n: tenfold here.
    Assert.InRange(width small / width large, 6.0, 16.0)
    Assert.Equal(small, interval 20)

[<Fact>]
let ``A single sequence has no interval`` () =
    let estimate = Bootstrap.Estimates(1, 5UL, fun _ -> [| 3.0 |])[0]
    Assert.Equal(Estimate(3.0, Nullable(), Nullable(), 1), estimate)
