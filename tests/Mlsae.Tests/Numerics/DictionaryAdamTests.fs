module Mlsae.Tests.Numerics.DictionaryAdamTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

let private step t = AdamStep(1e-2, 0.9, 0.999, 1e-8, t)

let private doubles (values: float32 array) = Array.map float values

[<Fact>]
let ``Adam matches its definition at every length from 0 to 70 over five steps`` () =
    for n in 0..70 do
        let w, m, v = vector "weights" n n, Array.zeroCreate<float32> n, Array.zeroCreate<float32> n
        let ew, em, ev = doubles w, Array.zeroCreate<float> n, Array.zeroCreate<float> n
        for t in 1L .. 5L do
            // The fourth gradient is zero: the weights move on by what the moments remember.
            let g = if t = 4L then Array.zeroCreate<float32> n else vector "gradient" (int t * 100 + n) n
            Kernels.AdamRow(g, step t, w, m, v)
            let dg = doubles g
            Reference.AdamRow(dg, step t, ew, em, ev)
        for i in 0 .. n - 1 do
            assertClose 1e-6 $"w {n}[{i}]" ew[i] (float w[i])
            assertClose 1e-6 $"m {n}[{i}]" em[i] (float m[i])
            assertClose 1e-6 $"v {n}[{i}]" ev[i] (float v[i])

[<Fact>]
let ``Moments that a latent without uses lets decay reach zero, not subnormal numbers`` () =
    let w, m, v = Array.create 19 1f, Array.create 19 1e-3f, Array.create 19 1e-30f
    let g = Array.zeroCreate<float32> 19
    for t in 1L .. 40_000L do
        Kernels.AdamRow(g, step t, w, m, v)
    Assert.All(m, fun value -> Assert.Equal(0f, value))
    Assert.All(v, fun value -> Assert.Equal(0f, value))

[<Fact>]
let ``A NaN gradient makes the weight NaN`` () =
    let w, m, v = Array.create 11 1f, Array.zeroCreate<float32> 11, Array.zeroCreate<float32> 11
    let g = Array.zeroCreate<float32> 11
    g[3] <- Single.NaN
    g[10] <- Single.NaN
    Kernels.AdamRow(g, step 1L, w, m, v)
    Assert.True(Single.IsNaN w[3] && Single.IsNaN w[10] && w[4] = 1f)

let private norm (x: float32 array) = sqrt (Array.sumBy (fun value -> float value * float value) x)

let private dot (x: float32 array) (y: float32 array) = Array.fold2 (fun sum a b -> sum + float a * float b) 0.0 x y

[<Fact>]
let ``Normalising leaves a row of norm 1 and its direction`` () =
    for n in 1..70 do
        let row = vector "row" n n
        let before = Array.copy row
        Kernels.NormalizeRow row
        for i in 0 .. n - 1 do
            assertClose 1e-6 $"row {n}[{i}]" (float before[i] / norm before) (float row[i])

[<Fact>]
let ``Projecting takes the part along a row of norm 1 away and nothing else`` () =
    for n in 1..70 do
        let row, gradient = vector "row" n n, vector "gradient" n n
        Kernels.NormalizeRow row
        let before = Array.copy gradient
        Kernels.ProjectRow(row, gradient)
        let along = dot before row
        for i in 0 .. n - 1 do
            assertClose (2e-6 * norm before) $"{n}[{i}]" (float before[i] - along * float row[i]) (float gradient[i])

[<Fact>]
let ``A row of zeros is not divided by its norm`` () =
    let row = Array.zeroCreate<float32> 9
    Kernels.NormalizeRow row
    Assert.All(row, fun value -> Assert.Equal(0f, value))

[<Fact>]
let ``Adam refuses arrays of different lengths`` () =
    let a, b = Array.zeroCreate<float32> 3, Array.zeroCreate<float32> 4
    Assert.Throws<ArgumentException>(fun () -> Kernels.AdamRow(a, step 1L, b, a, a)) |> ignore
    Assert.Throws<ArgumentException>(fun () -> Kernels.AdamRow(a, step 1L, a, b, a)) |> ignore
    Assert.Throws<ArgumentException>(fun () -> Kernels.AdamRow(a, step 1L, a, a, b)) |> ignore
