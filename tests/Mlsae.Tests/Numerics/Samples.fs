/// Seeded operands for tests of matrix kernels, some of them windows with guarded surroundings.
module Mlsae.Tests.Numerics.Samples

open Mlsae.Numerics

/// Normal numbers from a stream of its own.
let vector (purpose: string) (index: int) (length: int) =
    let values = Array.zeroCreate<float32> length
    Philox(11UL, purpose, uint64 index).FillGaussian(values, 1f)
    values

/// A contiguous matrix of normal numbers.
let matrix (purpose: string) (rows: int) (columns: int) =
    Matrix(rows, columns, vector purpose (rows * 1009 + columns) (rows * columns))

/// What surrounds a guarded window.
let sentinel = 12345.678f

/// A copy of the matrix as a window into a larger one filled with the sentinel, and that larger one.
let guarded (inner: Matrix) =
    let outer = Matrix(inner.Rows + 3, inner.Columns + 5)
    outer.Fill sentinel
    let window = outer.Window(1, inner.Rows, 2, inner.Columns)
    inner.CopyTo window
    window, outer

/// How many elements of the larger matrix still are the sentinel; unchanged surroundings keep it at what it was.
let sentinels (outer: Matrix) =
    outer.Values |> Array.sumBy (fun value -> if value = sentinel then 1 else 0)

/// The bits of every element of a window, so that equality is to the last bit and NaN equals itself.
let bits (matrix: Matrix) =
    matrix.Copy().Values |> Array.map System.BitConverter.SingleToInt32Bits

/// Runs with so many threads, then restores the number.
let withThreads count (body: unit -> 'T) =
    let before = Workers.Count
    Workers.Count <- count
    try
        body ()
    finally
        Workers.Count <- before

/// All pre-activations of an encoder by the plain product, bias added.
let preActivations (x: Matrix) (encoder: Matrix) (bias: float32[] option) =
    let all = Matrix(x.Rows, encoder.Rows)
    Kernels.MatMulTransposedB(x, encoder, all)
    Array.init x.Rows (fun row ->
        match bias with
        | Some bias -> Array.map2 (+) (all.Row(row).ToArray()) bias
        | None -> all.Row(row).ToArray())
