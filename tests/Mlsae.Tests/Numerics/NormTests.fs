module Mlsae.Tests.Numerics.NormTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

let private epsilon = 1e-5f

/// Weights near 1 and activations with an offset, as in a model.
let private weight n = vector "weight" n n |> Array.map (fun value -> 1f + 0.2f * value)

let private offset (values: float32[]) = Array.map (fun value -> value + 3f) values

[<Fact>]
let ``LayerNorm and RmsNorm match their definitions at every length from 1 to 256 and write nothing else`` () =
    for n in 1..256 do
        let x, weight, bias = offset (vector "x" n n), weight n, vector "bias" n n
        let layer, rms = padded x, padded x
        Kernels.LayerNorm(x, weight, bias, epsilon, layer.AsSpan(1, n)) |> ignore
        Kernels.RmsNorm(x, weight, epsilon, rms.AsSpan(1, n)) |> ignore
        let expected = Reference.LayerNorm(doubles x, doubles weight, doubles bias, float epsilon)
        // One element alone has variance 0, and its rounding error is divided by the root of epsilon.
        Array.iter2 (fun e a -> assertClose (if n < 3 then 2e-4 else 5e-6) $"layer {n}" e (float a)) expected (unpadded n layer)
        let expected = Reference.RmsNorm(doubles x, doubles weight, float epsilon)
        Array.iter2 (fun e a -> assertClose 2e-6 $"rms {n}" e (float a)) expected (unpadded n rms)

/// Runs both passes on matrices that are windows; returns result, input gradient, weight gradient, bias gradient.
let private layerNorm rows n =
    let x, _ = guarded (matrix "x" rows n)
    let result, outer = guarded (Matrix(rows, n))
    let dx, dxOuter = guarded (Matrix(rows, n))
    let statistics, dWeight, dBias = NormStatistics rows, Array.zeroCreate n, Array.zeroCreate n
    Kernels.LayerNorm(x, weight n, vector "bias" n n, epsilon, result, statistics)
    Kernels.LayerNormBackward(matrix "g" rows n, x, weight n, statistics, dx, dWeight, dBias)
    for outer in [ outer; dxOuter ] do
        Assert.Equal(outer.Values.Length - rows * n, sentinels outer)
    [ result; dx; Matrix(1, n, dWeight); Matrix(1, n, dBias) ]

let private rmsNorm rows n =
    let x, _ = guarded (matrix "x" rows n)
    let result, dx = Matrix(rows, n), Matrix(rows, n)
    let statistics, dWeight = NormStatistics rows, Array.zeroCreate n
    Kernels.RmsNorm(x, weight n, epsilon, result, statistics)
    Kernels.RmsNormBackward(matrix "g" rows n, x, weight n, statistics, dx, dWeight)
    [ result; dx; Matrix(1, n, dWeight) ]

let private assertGradient what expected (actual: Matrix) =
    Array.iteri2 (fun i e a -> assertClose (2e-6 * (10.0 + abs e)) $"{what}[{i}]" e (float a)) expected (actual.Copy().Values)

/// The loss Σ g·norm(x), whose gradients are wanted; the definition is applied to each row of n.
let private loss (norm: float[] -> float[]) rows n (x: float[]) =
    weighted ((matrix "g" rows n).Values) (x |> Array.chunkBySize n |> Array.collect norm)

[<Theory>]
[<InlineData(3, 5)>]
[<InlineData(2, 8)>]
[<InlineData(1, 17)>]
[<InlineData(5, 33)>]
let ``The gradients are those of the definitions, by central differences`` (rows: int) (n: int) =
    let x, weight, bias = doubles (matrix "x" rows n).Values, doubles (weight n), doubles (vector "bias" n n)
    let layer weight bias x = loss (fun row -> Reference.LayerNorm(row, weight, bias, float epsilon)) rows n x
    let rms weight x = loss (fun row -> Reference.RmsNorm(row, weight, float epsilon)) rows n x
    match layerNorm rows n with
    | [ _; dx; dWeight; dBias ] ->
        assertGradient "layer x" (centralDifferences (layer weight bias) x) dx
        assertGradient "layer weight" (centralDifferences (fun weight -> layer weight bias x) weight) dWeight
        assertGradient "layer bias" (centralDifferences (fun bias -> layer weight bias x) bias) dBias
    | _ -> failwith "four results"
    match rmsNorm rows n with
    | [ _; dx; dWeight ] ->
        assertGradient "rms x" (centralDifferences (rms weight) x) dx
        assertGradient "rms weight" (centralDifferences (fun weight -> rms weight x) weight) dWeight
    | _ -> failwith "three results"

[<Fact>]
let ``Results and gradients are the same on any number of threads`` () =
    sameOnAnyThreads (fun () -> layerNorm 333 70 @ rmsNorm 333 70)

[<Fact>]
let ``Gradients are added to what is there`` () =
    let rows, n = 4, 9
    let x, g, statistics = matrix "x" rows n, matrix "g" rows n, NormStatistics rows
    Kernels.LayerNorm(x, weight n, vector "bias" n n, epsilon, Matrix(rows, n), statistics)
    let dx, dWeight, dBias = Matrix(rows, n), Array.zeroCreate n, Array.zeroCreate n
    let add () = Kernels.LayerNormBackward(g, x, weight n, statistics, dx, dWeight, dBias)
    add ()
    let once = [ dx.Copy().Values; Array.copy dWeight; Array.copy dBias ]
    add ()
    List.iter2 (fun o t -> assertAllClose 1e-5 "twice" (Array.map ((*) 2f) o) t) once [ dx.Values; dWeight; dBias ]

[<Fact>]
let ``NaN spreads over its row and no further`` () =
    for n in [ 1; 7; 8; 19 ] do
        for place in 0 .. n - 1 do
            let x = matrix "x" 3 n
            x[1, place] <- nanf
            let layer, rms = Matrix(3, n), Matrix(3, n)
            Kernels.LayerNorm(x, weight n, vector "bias" n n, epsilon, layer)
            Kernels.RmsNorm(x, weight n, epsilon, rms)
            for result in [ layer; rms ] do
                Assert.All(result.Row(1).ToArray(), fun value -> Assert.True(Single.IsNaN value))
                Assert.All(Array.append (result.Row(0).ToArray()) (result.Row(2).ToArray()), fun value -> Assert.False(Single.IsNaN value))

[<Fact>]
let ``Different sizes are refused`` () =
    let x, w, b = matrix "x" 3 4, weight 4, vector "bias" 4 4
    refused (fun () -> Kernels.LayerNorm(x, weight 5, b, epsilon, Matrix(3, 4)))
    refused (fun () -> Kernels.LayerNorm(x, w, weight 3, epsilon, Matrix(3, 4)))
    refused (fun () -> Kernels.LayerNorm(x, w, b, epsilon, Matrix(3, 5)))
    refused (fun () -> Kernels.LayerNorm(x, w, b, epsilon, Matrix(3, 4), NormStatistics 2))
    refused (fun () -> Kernels.RmsNorm(x, weight 5, epsilon, Matrix(3, 4)))
    refused (fun () -> Kernels.RmsNormBackward(x, x, w, NormStatistics 3, Matrix(3, 4), Array.zeroCreate 5))
    refused (fun () -> Kernels.LayerNormBackward(x, x, w, NormStatistics 3, Matrix(3, 4), Array.zeroCreate 4, Array.zeroCreate 5))
