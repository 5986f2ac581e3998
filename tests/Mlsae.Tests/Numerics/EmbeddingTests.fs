module Mlsae.Tests.Numerics.EmbeddingTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

let private ids count vocabulary = Array.init count (fun i -> i * i % vocabulary)

[<Fact>]
let ``Gathered rows are the table's, and scattered rows add up at their ids`` () =
    for n in [ 0; 1; 7; 64; 65; 200 ] do
        let table, ids = fst (guarded (matrix "table" 11 n)), ids 50 11
        let gathered, outer = guarded (Matrix(50, n))
        Kernels.EmbeddingGather(table, ids, gathered)
        Assert.Equal(outer.Values.Length - 50 * n, sentinels outer)
        ids |> Array.iteri (fun row id -> Assert.Equal<float32[]>(table.Row(id).ToArray(), gathered.Row(row).ToArray()))
        let g, sums = matrix "g" 50 n, matrix "start" 11 n
        let start = rows sums
        Kernels.EmbeddingScatterAdd(g, ids, sums)
        for id in 0..10 do
            for column in 0 .. n - 1 do
                let terms = [ for row in 0..49 do if ids[row] = id then float g[row, column] ]
                assertClose 1e-5 "sum" (start[id][column] + List.sum terms) (float sums[id, column])

[<Fact>]
let ``A bias is added to every row, and its gradient is the sum of rows added to what is there`` () =
    for count, n in [ 0, 5; 1, 1; 63, 7; 64, 8; 200, 33 ] do
        let x, bias = matrix "x" count n, vector "bias" n n
        let sum, gradient, start = x.Copy(), vector "start" n n, vector "start" n n
        Kernels.AddBias(sum, bias)
        Kernels.BiasGradient(x, gradient)
        for column in 0 .. n - 1 do
            let terms = [ for row in 0 .. count - 1 -> float x[row, column] ]
            let scale = abs (float start[column]) + List.sumBy abs terms
            assertRelative 1e-6 "gradient" scale (float start[column] + List.sum terms) (float gradient[column])
            for row in 0 .. count - 1 do
                Assert.Equal(x[row, column] + bias[column], sum[row, column])

[<Fact>]
let ``Matrices are added element by element, windows too`` () =
    let x, y = matrix "x" 5 9, matrix "y" 5 9
    let sum, outer = guarded y
    Kernels.Add(x, sum)
    Assert.Equal<float32[]>(Array.map2 (+) y.Values x.Values, sum.Copy().Values)
    Assert.Equal(outer.Values.Length - 45, sentinels outer)

[<Fact>]
let ``Results are the same on any number of threads, and NaN is kept`` () =
    sameOnAnyThreads (fun () ->
        let g, sums, bias = matrix "g" 500 150, Matrix(13, 150), Array.zeroCreate 150
        g[499, 149] <- nanf
        Kernels.EmbeddingScatterAdd(g, ids 500 13, sums)
        Kernels.BiasGradient(g, bias)
        let sum = g.Copy()
        Kernels.AddBias(sum, bias)
        Assert.True(Single.IsNaN bias[149] && Single.IsNaN sums[499 * 499 % 13, 149] && not (Single.IsNaN bias[148]))
        [ sums; Matrix(1, 150, bias); sum ])

[<Fact>]
let ``Different sizes and ids outside the table are refused`` () =
    let table = matrix "table" 4 3
    refused (fun () -> Kernels.EmbeddingGather(table, [| 0; 4 |], Matrix(2, 3)))
    refused (fun () -> Kernels.EmbeddingGather(table, [| 0; -1 |], Matrix(2, 3)))
    refused (fun () -> Kernels.EmbeddingGather(table, [| 0 |], Matrix(2, 3)))
    refused (fun () -> Kernels.EmbeddingScatterAdd(Matrix(1, 2), [| 0 |], table))
    refused (fun () -> Kernels.AddBias(table, Array.zeroCreate 4))
    refused (fun () -> Kernels.BiasGradient(table, Array.zeroCreate 2))
    refused (fun () -> Kernels.Add(table, Matrix(4, 2)))
