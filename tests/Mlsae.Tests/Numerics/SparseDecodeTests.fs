module Mlsae.Tests.Numerics.SparseDecodeTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

/// Codes with latents drawn at random, some of them twice in a row, and every third value zero.
let private codes rows width latents =
    let sparse = SparseRows(rows, width)
    let random = Philox(3UL, "codes", uint64 (rows * 31 + width))
    for i in 0 .. sparse.Indices.Length - 1 do
        sparse.Indices[i] <- random.NextInt32 latents
        sparse.Values[i] <- if i % 3 = 2 then 0f else float32 (random.NextGaussian())
    sparse

[<Fact>]
let ``Sparse decoding is the sum of decoder rows at odd widths and sizes`` () =
    for rows, width, d in [ 1, 1, 1; 3, 2, 7; 17, 5, 33; 40, 8, 64; 5, 0, 9 ] do
        let decoder, bias, sparse = matrix "decoder" 11 d, vector "bias" d d, codes rows width 11
        let result, outer = guarded (Matrix(rows, d))
        let around = sentinels outer
        Kernels.SparseDecode(sparse, decoder, bias, result)
        Assert.Equal(around, sentinels outer)
        for row in 0 .. rows - 1 do
            let expected = Array.zeroCreate<float> d
            Reference.SparseDecodeRow(sparse.RowIndices row, sparse.RowValues row, decoder, bias, expected)
            for column in 0 .. d - 1 do
                assertRelative 1e-6 $"{rows}x{d} [{row},{column}]" (float width * 4.0 + 3.0) expected[column] (float result[row, column])

[<Fact>]
let ``Sparse decoding without a bias begins at zero`` () =
    let result = matrix "old" 2 5
    Kernels.SparseDecode(SparseRows(2, 1), matrix "decoder" 3 5, [||], result)
    Assert.All(result.Values, fun value -> Assert.Equal(0f, value))

[<Fact>]
let ``A NaN value, and a NaN decoder row that is used, reach the reconstruction`` () =
    let decoder = matrix "decoder" 3 4
    decoder[1, 2] <- Single.NaN
    let sparse = SparseRows(2, 1)
    sparse.Values[0] <- Single.NaN
    sparse.Indices[1] <- 1
    sparse.Values[1] <- 1f
    let result = Matrix(2, 4)
    Kernels.SparseDecode(sparse, decoder, [||], result)
    Assert.All(result.Row(0).ToArray(), fun value -> Assert.True(Single.IsNaN value))
    Assert.True(Single.IsNaN result[1, 2])

[<Fact>]
let ``Sparse decoding refuses sizes that do not fit, naming both`` () =
    let decode bias (result: Matrix) = Kernels.SparseDecode(SparseRows(2, 1), Matrix(3, 4), bias, result)
    let error = Assert.Throws<ArgumentException>(fun () -> decode [||] (Matrix(3, 4)))
    Assert.Contains("3", error.Message)
    Assert.Contains("2", error.Message)
    Assert.Throws<ArgumentException>(fun () -> decode [| 1f |] (Matrix(2, 4))) |> ignore

[<Fact>]
let ``Standardising matches its definition at every length from 2 to 256`` () =
    for n in 2..256 do
        let x = vector "standardize" n n |> Array.map (fun value -> 5f + 3f * value)
        let result, expected = Array.zeroCreate<float32> n, Array.zeroCreate<float> n
        let struct (mean, scale) = Kernels.Standardize(x, result)
        let struct (expectedMean, expectedScale) = Reference.Standardize(x, expected)
        assertClose 1e-5 $"mean of {n}" expectedMean (float mean)
        assertClose 1e-5 $"scale of {n}" expectedScale (float scale)
        for i in 0 .. n - 1 do
            assertClose 2e-5 $"{n}[{i}]" expected[i] (float result[i])

[<Fact>]
let ``Standardising 1, 2, 3, 4 gives the values worked out by hand`` () =
    let x, result = [| 1f; 2f; 3f; 4f |], Array.zeroCreate<float32> 4
    let struct (mean, scale) = Kernels.Standardize(x, result)
    assertClose 1e-6 "mean" 2.5 (float mean)
    assertClose 1e-6 "scale" 1.2909944487 (float scale)
    assertAllClose 1e-6 "standardised" [| -1.161886f; -0.38729534f; 0.38729534f; 1.161886f |] result

[<Fact>]
let ``Standardising zeros gives zeros and a NaN gives NaN`` () =
    let zeros, result = Array.zeroCreate<float32> 5, Array.create 5 1f
    Assert.Equal(struct (0f, 0f), Kernels.Standardize(zeros, result))
    Assert.All(result, fun value -> Assert.Equal(0f, value))
    let x, three = [| 1f; Single.NaN; 2f |], Array.zeroCreate<float32> 3
    let struct (mean, scale) = Kernels.Standardize(x, three)
    Assert.True(Single.IsNaN mean && Single.IsNaN scale)

[<Fact>]
let ``Deviations are summed in double at every length from 0 to 70`` () =
    for n in 0..70 do
        let x = vector "deviations" n n
        let sums, squares, means = Array.create n 1.0, Array.create n 2.0, Array.create n 0.25
        Kernels.AddTo(x, sums)
        Kernels.AddSquaredDeviations(x, means, squares)
        for i in 0 .. n - 1 do
            Assert.Equal(1.0 + float x[i], sums[i])
            assertClose 1e-14 "square" (2.0 + (float x[i] - 0.25) ** 2.0) squares[i]
