module Mlsae.Tests.Numerics.NonNegativeSweepsTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

/// G = H Hᵀ and t = H x of random H and x, and a start that is not negative.
let private problem n width rows =
    let h, x = matrix "h" n width, matrix "x" rows width
    let gram, targets, start = Matrix(n, n), Matrix(rows, n), matrix "start" rows n
    Kernels.MatMulTransposedB(h, h, gram)
    Kernels.MatMulTransposedB(x, h, targets)
    for i in 0 .. start.Values.Length - 1 do
        start.Values[i] <- abs start.Values[i]
    gram, targets, start

[<Fact>]
let ``Sweeps match their definition for every small size`` () =
    for n in 1..20 do
        let gram, targets, values = problem n (n + 3) 5
        let before = values.Copy()
        Kernels.NonNegativeSweeps(gram, targets, values, 3)
        for row in 0..4 do
            let expected = Reference.NonNegativeSweeps(gram, Span.op_Implicit (targets.Row row), Span.op_Implicit (before.Row row), 3)
            for j in 0 .. n - 1 do
                // Three sweeps pass rounding on from coordinate to coordinate.
                assertClose (1e-3 * (1.0 + abs expected[j])) $"{n}: ({row}, {j})" expected[j] (float values[row, j])

[<Fact>]
let ``After many sweeps no coordinate can be improved: the gradient is 0 where a value is positive, and not positive where it is 0`` () =
    let n = 12
    let gram, targets, values = problem n 30 20
    Kernels.NonNegativeSweeps(gram, targets, values, 500)
    let mutable zeros = 0
    for row in 0..19 do
        for j in 0 .. n - 1 do
            let gradient = float targets[row, j] - Seq.sum (seq { for i in 0 .. n - 1 -> float gram[j, i] * float values[row, i] })
            Assert.True(values[row, j] >= 0f)
            if values[row, j] = 0f then
                zeros <- zeros + 1
                Assert.True(gradient <= 1e-3, $"gradient {gradient} at 0")
            else
                assertClose 1e-3 $"gradient ({row}, {j})" 0.0 gradient
    Assert.True(zeros > 20, $"{zeros} zeros")

[<Fact>]
let ``A coordinate without curvature is 0, NaN stays, and threads do not matter`` () =
    let gram, targets, start = problem 6 9 30
    for i in 0..5 do
        gram[2, i] <- 0f
        gram[i, 2] <- 0f
    targets[4, 3] <- Single.NaN
    let run threads =
        let values = start.Copy()
        withThreads threads (fun () -> Kernels.NonNegativeSweeps(gram, targets, values, 4))
        values
    let values = run 1
    Assert.Equal(0f, values[7, 2])
    Assert.True(Single.IsNaN values[4, 3])
    Assert.Equal<int[]>(bits values, bits (run 3))
