/// Gradients by central differences in double, for comparison with the kernels' backward passes.
module Mlsae.Tests.Numerics.Gradients

open System
open Mlsae.Numerics

let doubles (values: float32[]) = Array.map float values

/// The rows of a matrix in double.
let rows (matrix: Matrix) =
    Array.init matrix.Rows (fun row -> doubles (matrix.Row(row).ToArray()))

/// Σ weights·values: makes a scalar loss of any result, whose gradient in the result is the weights.
let weighted (weights: float32[]) (values: float[]) =
    Array.fold2 (fun sum weight value -> sum + float weight * value) 0.0 weights values

/// df/dx by central differences, good to some 1e-9 of f's scale.
let centralDifferences (f: float[] -> float) (x: float[]) =
    let h = 1e-5
    let at i shift = f (Array.mapi (fun j value -> if i = j then value + shift else value) x)
    Array.init x.Length (fun i -> (at i h - at i -h) / (2.0 * h))

/// A slice that begins off any alignment, within sentinels.
let padded (values: float32[]) =
    Array.concat [ [| Samples.sentinel |]; values; Array.replicate 20 Samples.sentinel ]

/// The slice within the sentinels, which must all still be there.
let unpadded (length: int) (padded: float32[]) =
    Xunit.Assert.Equal(Samples.sentinel, padded[0])
    Xunit.Assert.All(padded[length + 1 ..], fun value -> Xunit.Assert.Equal(Samples.sentinel, value))
    padded[1..length]

/// The call is refused as a bad argument.
let refused (call: unit -> unit) = Xunit.Assert.ThrowsAny<ArgumentException>(call) |> ignore

/// What the body leaves is the same, to the bit, on 1, 2 and 3 threads.
let sameOnAnyThreads (body: unit -> Matrix list) =
    let run threads = Samples.withThreads threads body |> List.map Samples.bits
    let alone = run 1
    for threads in [ 2; 3 ] do
        Xunit.Assert.Equal<int32[] list>(alone, run threads)
