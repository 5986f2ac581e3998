module Mlsae.Tests.Numerics.AdamWTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

let private step t =
    AdamWStep(t, 1e-2f, Beta2 = 0.95f, WeightDecay = 0.1f, GradientScale = 0.5f)

let private zeros n : float32[] = Array.zeroCreate n

/// Parameters, mean and mean square after some steps on fixed gradients, within sentinels.
let private run n steps =
    let p, m, v = padded (vector "p" n n), padded (zeros n), padded (zeros n)
    let slice (values: float32[]) = Memory(values, 1, n)
    for t in 1..steps do
        Kernels.AdamW(slice p, ReadOnlyMemory(vector "g" (n + 1000 * t) n), slice m, slice v, step t)
    List.map (unpadded n) [ p; m; v ]

[<Fact>]
let ``Steps match the definition at every length from 0 to 256 and write nothing else`` () =
    for n in 0..256 do
        let steps = if n < 40 then 3 else 1
        let gradients = [ for t in 1..steps -> t, vector "g" (n + 1000 * t) n ]
        let advance i state (t, gradient: float32[]) = Reference.AdamW(state, float gradient[i], step t)
        let parameters = vector "p" n n
        match run n steps with
        | [ p; m; v ] ->
            for i in 0 .. n - 1 do
                let struct (parameter, mean, meanSquare) = List.fold (advance i) (struct (float parameters[i], 0.0, 0.0)) gradients
                assertClose 1e-6 $"parameter {n}" parameter (float p[i])
                assertClose 1e-7 $"mean {n}" mean (float m[i])
                assertClose 1e-7 $"mean square {n}" meanSquare (float v[i])
        | _ -> failwith "three results"

[<Fact>]
let ``The first step moves every parameter by the learning rate against its gradient`` () =
    let p, g = zeros 9, Array.init 9 (fun i -> float32 (i - 4))
    Kernels.AdamW(p, g, zeros 9, zeros 9, AdamWStep(1, 0.25f))
    Array.iter2 (fun gradient moved -> assertClose 1e-6 "step" (-0.25 * float (sign gradient)) (float moved)) g p

[<Fact>]
let ``Without a gradient, decay alone shrinks parameters, by learning rate times decay`` () =
    let p = Array.replicate 5 2f
    Kernels.AdamW(p, zeros 5, zeros 5, zeros 5, AdamWStep(1, 0.1f, WeightDecay = 0.5f))
    assertAllClose 1e-6 "decayed" (Array.replicate 5 1.9f) p

[<Fact>]
let ``The squared norm is that of the definition, in double`` () =
    for n in Seq.append (seq { 0..256 }) [ 70000; 200000 ] do
        let x = vector "x" n n
        let expected = Reference.Dot(x, x)
        assertRelative 1e-12 $"length {n}" expected expected (Kernels.SquaredNorm x)

[<Fact>]
let ``Steps and norms are the same on any number of threads, and NaN stays`` () =
    sameOnAnyThreads (fun () -> run 200001 1 |> List.map (fun values -> Matrix(1, values.Length, values)))
    let norm threads = withThreads threads (fun () -> Kernels.SquaredNorm(vector "x" 0 200001))
    Assert.Equal(norm 1, norm 3)
    let g = vector "g" 0 20
    g[17] <- nanf
    let p = vector "p" 0 20
    Kernels.AdamW(p, g, zeros 20, zeros 20, step 1)
    Assert.True(Single.IsNaN p[17] && not (Single.IsNaN p[16]) && Double.IsNaN(Kernels.SquaredNorm g))

[<Fact>]
let ``Different lengths and a step before the first are refused`` () =
    refused (fun () -> Kernels.AdamW(zeros 3, zeros 4, zeros 3, zeros 3, step 1))
    refused (fun () -> Kernels.AdamW(zeros 3, zeros 3, zeros 2, zeros 3, step 1))
    refused (fun () -> Kernels.AdamW(zeros 3, zeros 3, zeros 3, zeros 4, step 1))
    refused (fun () -> Kernels.AdamW(zeros 3, zeros 3, zeros 3, zeros 3, step 0))
