module Mlsae.Tests.Numerics.MatrixTests

open System
open Xunit
open Mlsae.Numerics

let private numbered rows columns = Matrix(rows, columns, Array.init (rows * columns) float32)

[<Fact>]
let ``A window of a window shows the right elements and writes through`` () =
    let matrix = numbered 5 7
    let window = matrix.Window(1, 3, 2, 4).Window(1, 2, 1, 2)
    Assert.Equal<float32[]>([| 17f; 18f |], window.Row(0).ToArray())
    window[1, 0] <- -1f
    Assert.Equal(-1f, matrix[3, 3])

[<Fact>]
let ``Windows outside the matrix and spans over gaps are refused`` () =
    let matrix = numbered 3 4
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> matrix.RowWindow(2, 2) |> ignore) |> ignore
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> matrix.Row(3).Clear()) |> ignore
    Assert.Throws<InvalidOperationException>(fun () -> matrix.ColumnWindow(0, 2).AsSpan().Clear()) |> ignore
    Assert.Throws<ArgumentException>(fun () -> matrix.Reshape(5, 2) |> ignore) |> ignore

[<Fact>]
let ``A copy of a window is contiguous and independent`` () =
    let matrix = numbered 3 4
    let copy = matrix.ColumnWindow(1, 2).Copy()
    copy.Fill 9f
    Assert.Equal(1f, matrix[0, 1])
    Assert.True copy.IsContiguous
