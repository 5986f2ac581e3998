module Mlsae.Tests.Numerics.RotaryTests

open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

[<Fact>]
let ``Rotation matches its definition for every number of rotary dimensions`` () =
    let heads, headDim, positions = 2, 66, 3
    for rotaryDims in 0..2..headDim do
        let x, outer = guarded (matrix "x" (2 * positions) (heads * headDim))
        let before = rows x
        Kernels.Rotate(x, headDim, RotaryTable(20, rotaryDims, 500.0), positions, 7)
        Assert.Equal(outer.Values.Length - x.Rows * x.Columns, sentinels outer)
        for row in 0 .. x.Rows - 1 do
            let expected =
                before[row]
                |> Array.chunkBySize headDim
                |> Array.collect (fun head -> Reference.Rotate(head, rotaryDims, 7 + row % positions, 500.0))
            Array.iter2 (fun e a -> assertClose 5e-6 $"{rotaryDims}" e (float a)) expected (x.Row(row).ToArray())

[<Fact>]
let ``The inverse turns back, and keeps what is not rotated to the bit`` () =
    let before = matrix "x" 40 48
    let x = before.Copy()
    let table = RotaryTable(40, 8)
    Kernels.Rotate(x, 16, table, 20)
    Assert.NotEqual<float32[]>(before.Values, x.Values)
    Kernels.Rotate(x, 16, table, 20, inverse = true)
    assertAllClose 2e-6 "there and back" before.Values x.Values
    Assert.Equal(before[33, 40], x[33, 40])

[<Fact>]
let ``Heads may stand apart, and the last need not fill its stride`` () =
    let fused = matrix "x" 6 36
    let dense = Matrix(6, 12)
    for head in 0..2 do
        fused.ColumnWindow(head * 12, 4).CopyTo(dense.ColumnWindow(head * 4, 4))
    let before = fused.Copy()
    let table = RotaryTable(6, 4)
    Kernels.Rotate(fused.ColumnWindow(0, 28), 12, table, 6)
    Kernels.Rotate(dense, 4, table, 6)
    for head in 0..2 do
        Assert.Equal<int32[]>(bits (dense.ColumnWindow(head * 4, 4)), bits (fused.ColumnWindow(head * 12, 4)))
        Assert.Equal<int32[]>(bits (before.ColumnWindow(head * 12 + 4, 8)), bits (fused.ColumnWindow(head * 12 + 4, 8)))

[<Fact>]
let ``The gradient is the inverse rotation, by central differences`` () =
    let x, g = vector "x" 0 10, Matrix(1, 10, vector "g" 0 10)
    let expected = centralDifferences (fun x -> weighted g.Values (Reference.Rotate(x, 6, 5))) (doubles x)
    let dx = g.Copy()
    Kernels.Rotate(dx, 10, RotaryTable(6, 6), 1, 5, inverse = true)
    Array.iter2 (fun e a -> assertClose 2e-6 "gradient" e (float a)) expected dx.Values

[<Fact>]
let ``The same on any number of threads, and NaN stays`` () =
    sameOnAnyThreads (fun () ->
        let x = matrix "x" 600 64
        x[500, 3] <- nanf
        Kernels.Rotate(x, 32, RotaryTable(300, 32), 300)
        Assert.True(System.Single.IsNaN x[500, 3] && System.Single.IsNaN x[500, 19])
        [ x ])

[<Fact>]
let ``Sizes that do not fit are refused`` () =
    refused (fun () -> RotaryTable(4, 3) |> ignore)
    refused (fun () -> Kernels.Rotate(matrix "x" 4 8, 4, RotaryTable(4, 6), 4))
    refused (fun () -> Kernels.Rotate(matrix "x" 4 9, 4, RotaryTable(4, 4), 4))
    refused (fun () -> Kernels.Rotate(matrix "x" 4 8, 4, RotaryTable(4, 4), 3))
    refused (fun () -> Kernels.Rotate(matrix "x" 4 8, 4, RotaryTable(4, 4), 4, 1))
