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

let private addAbout (mean: float32[]) (sums: LayerSums) (x: float32[]) (reconstruction: float32[]) (latents: float32[]) =
    sums.AddVector(x, reconstruction, latents, 1e-3f, mean)

let private add sums x = addAbout [||] sums x

let private sumsOfAbout mean (reconstruct: float32[] -> float32[]) (xs: float32[][]) =
    let sums = LayerSums dimension
    for x in xs do
        addAbout mean sums x (reconstruct x) [| 0.5f; 0f; -0.25f; 1e-4f |]
    sums

let private sumsOf reconstruct xs = sumsOfAbout (Array.create dimension 1f) reconstruct xs

let private value name (sums: LayerSums) =
    (LayerMetrics.All |> Seq.append LayerMetrics.WithMeans |> Seq.find (fun metric -> metric.Name = name)).Of.Invoke sums

/// Metrics of reconstruction: those that vectors alone determine.
let private ofVectors =
    [ "fvu"; "fvu_mlsae"; "explained_variance"; "frac_variance_explained"; "mse"; "cosine"; "l2_ratio"; "relative_reconstruction_bias"; "explained_variance_legacy" ]

[<Fact>]
let ``A perfect reconstruction has errors of 0, and 1 where 1 is best`` () =
    let sums = sumsOf id (vectors 50)
    for name in [ "fvu"; "fvu_mlsae"; "mse" ] do
        Assert.Equal(0.0, value name sums)
    for name in [ "explained_variance"; "frac_variance_explained"; "explained_variance_legacy" ] do
        Assert.Equal(1.0, value name sums)
    for name in [ "cosine"; "l2_ratio"; "relative_reconstruction_bias" ] do
        assertClose 1e-12 name 1.0 (value name sums)

[<Fact>]
let ``Predicting the mean has FVU 1 and explains no variance`` () =
    let xs = vectors 200
    let mean = meanOf xs
    let sums = sumsOfAbout mean (fun _ -> mean) xs
    assertClose 1e-6 "FVU" 1.0 (Fvu.Of sums)
    for name in [ "explained_variance"; "frac_variance_explained"; "explained_variance_legacy" ] do
        assertClose 1e-6 name 0.0 (value name sums)

[<Fact>]
let ``A reconstruction of zeros has norm ratio and cosine 0, and a bias that is not defined`` () =
    let sums = sumsOf (Array.map (fun _ -> 0f)) (vectors 20)
    Assert.Equal(0.0, value "l2_ratio" sums)
    Assert.Equal(0.0, value "cosine" sums)
    Assert.True(Double.IsNaN(value "relative_reconstruction_bias" sums))

[<Fact>]
let ``Half of the vectors is half as long, of the same direction, and would gain from doubling`` () =
    let sums = sumsOf (Array.map (fun v -> v / 2f)) (vectors 60)
    for name, expected in [ "l2_ratio", 0.5; "relative_reconstruction_bias", 0.5; "cosine", 1.0; "frac_variance_explained", 0.75 ] do
        assertClose 1e-6 name expected (value name sums)

[<Fact>]
let ``An error that is the same for all vectors costs dictionary_learning's metric nothing`` () =
    let sums = sumsOf (Array.map (fun v -> v + 0.5f)) (vectors 60)
    assertClose 1e-6 "centred" 1.0 (value "frac_variance_explained" sums)
    Assert.True(value "explained_variance" sums < 0.999)

[<Fact>]
let ``FVU, explained variance and cosine do not change with scale, FVU not with a shift`` () =
    let xs = vectors 100
    let noise = xs |> Array.map (Array.map (fun v -> v + 0.1f))
    let sums scale shift =
        let change = Array.map (fun v -> scale * v + shift)
        let sums = LayerSums dimension
        Array.iter2 (fun x y -> addAbout (change (meanOf xs)) sums (change x) (change y) [||]) xs noise
        sums
    let plain, scaled = sums 1f 0f, sums 4f 0f
    for name in List.except [ "mse" ] ofVectors do
        assertClose 1e-5 name (value name plain) (value name scaled)
    assertClose 1e-5 "MSE" (16.0 * value "mse" plain) (value "mse" scaled)
    assertClose 1e-4 "shifted" (Fvu.Of plain) (Fvu.Of(sums 1f 16f))

[<Fact>]
let ``Sums do not depend on how the vectors are split`` () =
    let xs = vectors 97
    let halve = Array.map (fun v -> v / 2f)
    let whole = sumsOf halve xs
    let parts = LayerSums.Total(xs |> Array.chunkBySize 10 |> Array.map (sumsOf halve), dimension)
    for name in "l0" :: "l1" :: ofVectors do
        assertClose 1e-10 name (value name whole) (value name parts)

[<Fact>]
let ``Every metric of reconstruction is its definition, computed plainly`` () =
    let xs = vectors 80
    let reconstruct (x: float32[]) = x |> Array.mapi (fun i v -> 0.8f * v + 0.1f * x[(i + 1) % dimension] + 0.3f)
    let mean = meanOf xs
    let sums = sumsOfAbout mean reconstruct xs
    let xs, ys = xs |> Array.map (Array.map float), xs |> Array.map (reconstruct >> Array.map float)
    let errors = Array.map2 (Array.map2 (-)) xs ys
    let squares v = v |> Array.sumBy (fun u -> u * u)
    let dot x y = Array.map2 (*) x y |> Array.sum
    let variance (vs: float[][]) =
        Array.init dimension (fun i -> let column = vs |> Array.map (fun v -> v[i]) in let m = Array.average column in column |> Array.averageBy (fun v -> (v - m) ** 2.0))
        |> Array.sum
    let meanSquare = Array.averageBy squares
    let meanNorm = squares (Array.init dimension (fun i -> xs |> Array.averageBy (fun x -> x[i])))
    let legacy = Array.map2 (fun x e -> 1.0 - squares e / squares (Array.mapi (fun i v -> v - float mean[i]) x)) xs errors |> Array.average
    for name, expected in
        [ "fvu", meanSquare errors / variance xs
          "explained_variance", 1.0 - meanSquare errors / (meanSquare xs - meanNorm)
          "frac_variance_explained", 1.0 - variance errors / variance xs
          "explained_variance_legacy", legacy
          "mse", meanSquare errors / float dimension
          "cosine", Array.map2 (fun x y -> dot x y / sqrt (squares x * squares y)) xs ys |> Array.average
          "l2_ratio", Array.map2 (fun x y -> sqrt (squares y / squares x)) xs ys |> Array.average
          "relative_reconstruction_bias", meanSquare ys / (Array.map2 dot xs ys |> Array.average) ] do
        assertClose 1e-10 name expected (value name sums)

[<Fact>]
let ``Loss recovered of the worked case is 79 %, and perplexity is the exponential of the mean cross-entropy`` () =
    let sums = LayerSums dimension
    // Bricken et al.: 3 nats, 3.21 reconstructed, 4 with zeros; the mean costs half as much as zeros.
    for noise in [ -0.5; 0.5 ] do
        sums.AddPrediction(3.0 + noise, 3.21 + noise, 4.0 + noise, 3.5 + noise)
    assertClose 1e-12 "zeros" 0.79 (value "loss_recovered_zero" sums)
    assertClose 1e-12 "mean" 0.58 (value "loss_recovered_mean" sums)
    assertClose 1e-12 "perplexity" (exp 3.21) (value "perplexity" sums)
    assertClose 1e-12 "delta CE" 0.21 (value "delta_ce" sums)
    sums.AddPrediction(3.0, 3.0)
    Assert.True(Double.IsNaN(value "loss_recovered_zero" sums), "an ablation that was not measured everywhere gives no number")

[<Fact>]
let ``Names and definitions differ, and each definition has a version`` () =
    let all = Seq.append LayerMetrics.All LayerMetrics.WithMeans |> Array.ofSeq
    Assert.Equal(all.Length, all |> Array.distinctBy _.Name |> Array.length)
    for metric in all do
        Assert.Matches(@"^[a-z0-9_]+/[0-9]+: ", metric.Definition)

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
