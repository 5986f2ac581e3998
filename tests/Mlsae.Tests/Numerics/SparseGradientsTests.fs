module Mlsae.Tests.Numerics.SparseGradientsTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

let private latents = 13

/// Codes as a ReLU leaves them: no latent twice in a row, and some values zero.
let private codes rows width =
    let sparse = SparseRows(rows, width)
    let random = Philox(5UL, "codes", uint64 (rows * 31 + width))
    for row in 0 .. rows - 1 do
        let all = Array.init latents id
        random.Shuffle(all.AsSpan())
        Array.Copy(all, 0, sparse.Indices, row * width, width)
        for slot in 0 .. width - 1 do
            sparse.Values[row * width + slot] <- max 0f (float32 (random.NextGaussian()) + 0.5f)
    sparse

let private index (sparse: SparseRows) =
    let uses = LatentIndex latents
    uses.Build sparse
    uses

[<Fact>]
let ``The index holds each use once, by latent and ascending by row`` () =
    let sparse = codes 29 4
    let uses = index sparse
    let expected =
        [ for row in 0 .. sparse.Rows - 1 do
              for slot in 0 .. sparse.Width - 1 do
                  let entry = row * sparse.Width + slot
                  if sparse.Values[entry] > 0f then
                      sparse.Indices[entry], row, sparse.Values[entry] ]
        |> List.sort
    let actual =
        [ for latent in 0 .. latents - 1 do
              for i in 0 .. uses.Count latent - 1 do
                  latent, uses.Rows(latent)[i], uses.Values(latent)[i] ]
    Assert.Equal<(int * int * float32) list>(expected, actual)
    Assert.Equal(expected.Length, uses.UseCount)

[<Fact>]
let ``The index is rebuilt for other codes and can be emptied, and keeps NaN`` () =
    let uses = index (codes 29 4)
    let single = SparseRows(1, 1)
    single.Values[0] <- Single.NaN
    single.Indices[0] <- 12
    uses.Build single
    Assert.Equal(1, uses.UseCount)
    Assert.Equal(1, uses.Count 12)
    Assert.True(Single.IsNaN(uses.Values(12)[0]))
    uses.Clear()
    Assert.Equal(0, uses.UseCount)

[<Fact>]
let ``A latent outside the dictionary is refused`` () =
    let single = SparseRows(1, 1)
    single.Values[0] <- 1f
    single.Indices[0] <- latents
    Assert.Throws<IndexOutOfRangeException>(fun () -> (LatentIndex latents).Build single) |> ignore

let private gradients rows width d =
    let sparse = codes rows width
    let g, x, decoder = matrix "output gradient" rows d, matrix "input" rows d, matrix "decoder" latents d
    let encoderGradient, decoderGradient = Matrix(latents, d), Matrix(latents, d)
    Kernels.SparseGradients(index sparse, g, x, decoder, encoderGradient, decoderGradient)
    sparse, g, x, decoder, encoderGradient, decoderGradient

[<Fact>]
let ``Sparse gradients are the dense ones at odd sizes`` () =
    for rows, width, d in [ 1, 1, 1; 7, 3, 5; 23, 6, 33; 64, 13, 17 ] do
        let sparse, g, x, decoder, encoderGradient, decoderGradient = gradients rows width d
        for latent in 0 .. latents - 1 do
            for column in 0 .. d - 1 do
                let struct (encoder, dec) = Reference.SparseGradients(sparse, g, x, decoder, latent, column)
                let scale = float rows * float d
                assertRelative 1e-6 $"encoder {rows}x{d} [{latent},{column}]" scale encoder (float encoderGradient[latent, column])
                assertRelative 1e-6 $"decoder {rows}x{d} [{latent},{column}]" scale dec (float decoderGradient[latent, column])

[<Fact>]
let ``Sparse gradients are the same bytes for any number of threads`` () =
    let run threads =
        withThreads threads (fun () ->
            let _, _, _, _, encoderGradient, decoderGradient = gradients 200 9 31
            bits encoderGradient, bits decoderGradient)
    let one = run 1
    for threads in [ 2; 3; 7 ] do
        Assert.Equal<int array * int array>(one, run threads)

[<Fact>]
let ``A constant is added to the gradient of every use, in groups of four and in what is left`` () =
    for rows in [ 1; 4; 7; 64 ] do
        let sparse = codes rows 6
        let uses = index sparse
        let g, x, decoder = matrix "output gradient" rows 17, matrix "input" rows 17, matrix "decoder" latents 17
        for latent in 0 .. latents - 1 do
            let encoderRow, decoderRow = Array.zeroCreate<float32> 17, Array.zeroCreate<float32> 17
            let sum = Kernels.AddLatentGradients(uses, latent, g, x, decoder.Row latent, LatentGradients(encoderRow.AsSpan(), decoderRow.AsSpan()), 0.75f)
            let dots = uses.Rows(latent).ToArray() |> Array.sumBy (fun row -> Reference.Dot(g.Row row, decoder.Row latent))
            assertClose 1e-4 $"sum {latent}" (dots + 0.75 * float (uses.Count latent)) (float sum)
            for column in 0..16 do
                let struct (encoder, dec) = Reference.SparseGradients(sparse, g, x, decoder, latent, column, 0.75)
                assertRelative 1e-6 $"encoder {rows} [{latent},{column}]" (float rows * 17.0) encoder (float encoderRow[column])
                assertRelative 1e-6 $"decoder {rows} [{latent},{column}]" (float rows * 17.0) dec (float decoderRow[column])

[<Fact>]
let ``Rows are made from the entries of other rows, without those at or below zero and with NaN`` () =
    let source = SparseRows(3, 2)
    [| 4; 9; 1; 4; 0; 2 |].CopyTo(source.Indices, 0)
    [| 1f; 2f; 3f; 4f; nanf; 6f |].CopyTo(source.Values, 0)
    let made = SparseRows(5, 7)
    made.SetFrom(source, fun latent value -> if latent = 4 then 0f else 10f * value)
    Assert.Equal(3, made.Rows)
    Assert.Equal(4, made.EntryCount)
    Assert.Equal(2, made.Width)
    Assert.Equal<int list>([ 0; 1; 2; 4 ], [ for row in 0..3 -> made.Start row ])
    Assert.Equal<int array>([| 9; 1; 0; 2 |], made.Indices.AsSpan(0, 4).ToArray())
    Assert.Equal<float32 array>([| 20f; 30f; nanf; 60f |], made.Values.AsSpan(0, 4).ToArray())
