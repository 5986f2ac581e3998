/// Kernels that go through rows together for the cache's sake give what they give one by one, to the last bit.
module Mlsae.Tests.Numerics.SharedRowsTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Numerics.Samples

/// Codes of some latents alone, of different lengths after their zeros.
let private codesOf (latents: int[]) rows width seed =
    let random = Random(seed: int)
    let codes = SparseRows(rows, width)
    for row in 0 .. rows - 1 do
        let chosen = latents |> Array.map (fun latent -> random.Next(), latent) |> Array.sort |> Array.truncate width |> Array.map snd |> Array.sort
        chosen.CopyTo(codes.RowIndices row)
        for i in 0 .. chosen.Length - 1 do
            codes.RowValues(row)[i] <- if random.Next 5 = 0 then 0f else float32 (random.NextDouble())
    codes

[<Theory>]
[<InlineData(1, 3)>]
[<InlineData(7, 64)>]
[<InlineData(700, 130)>]
[<InlineData(30, 515)>]
let ``Decoding by panels is decoding row by row`` (rows: int, width: int) =
    let latents = [| 2; 3; 5; 40; 41; 77; 99 |]
    let decoder, codes = matrix "decoder" 100 width, codesOf latents rows 5 1
    for bias in [ [||]; vector "bias" 0 width ] do
        let expected, actual = Matrix(rows, width), Matrix(rows, width)
        Kernels.SparseDecode(codes, decoder, bias, expected)
        DecodePanels().Decode(codes, ReadOnlySpan latents, decoder, bias, actual)
        Assert.Equal<int[]>(bits expected, bits actual)

[<Fact>]
let ``Panels of one decoder do not outlive it`` () =
    let panels, codes = DecodePanels(), codesOf [| 1; 8 |] 9 2 3
    for seed in 1..2 do
        let decoder, expected, actual = matrix $"decoder {seed}" 10 20, Matrix(9, 20), Matrix(9, 20)
        Kernels.SparseDecode(codes, decoder, [||], expected)
        panels.Decode(codes, ReadOnlySpan [| 1; 8 |], decoder, [||], actual)
        Assert.Equal<int[]>(bits expected, bits actual)

[<Theory>]
[<InlineData(50, 16)>]
[<InlineData(700, 512)>]
[<InlineData(3000, 131)>]
let ``Gradients of several latents at once are those of each alone`` (rows: int, width: int) =
    let latents: int[] = [| 0..3..199 |]
    let uses = LatentIndex 200
    uses.Build(codesOf latents rows 11 5)
    let g, x, decoder = matrix "g" rows width, matrix "x" rows width, matrix "decoder" 200 width
    let place, count = 2, latents.Length
    let encoder, decoderGradients, sums = Matrix(place + count, width), Matrix(place + count, width), Array.zeroCreate<float32> (place + count)
    Kernels.AddGradientsOfLatents(uses, ReadOnlySpan latents, g, x, decoder, encoder, decoderGradients, sums, place)
    for i in 0 .. count - 1 do
        let one, other = Matrix(1, width), Matrix(1, width)
        let sum = Kernels.AddLatentGradients(uses, latents[i], g, x, decoder.Row latents[i], LatentGradients(one.Row 0, other.Row 0))
        Assert.Equal<int[]>(bits one, bits (encoder.RowWindow(place + i, 1)))
        Assert.Equal<int[]>(bits other, bits (decoderGradients.RowWindow(place + i, 1)))
        Assert.Equal(BitConverter.SingleToInt32Bits sum, BitConverter.SingleToInt32Bits sums[place + i])

[<Fact>]
let ``A matrix that begins at a cache line is like any other`` () =
    for rows, columns in [ 0, 5; 1, 1; 7, 33; 100, 16 ] do
        let aligned = Matrix.Aligned(rows, columns)
        Assert.Equal((rows, columns, columns), (aligned.Rows, aligned.Columns, aligned.Stride))
        Assert.Equal<float32[]>(Array.zeroCreate (rows * columns), aligned.AsSpan().ToArray())
        let filled = matrix "filled" rows columns
        filled.CopyTo aligned
        Assert.Equal<int[]>(bits filled, bits aligned)
        Assert.Equal<float32[]>(filled.Values, aligned.AsMemory().ToArray())
