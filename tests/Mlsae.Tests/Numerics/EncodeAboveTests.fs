module Mlsae.Tests.Numerics.EncodeAboveTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

let private encode x encoder bias thresholds =
    let codes = SparseRows(2, 3)
    Kernels.EncodeAbove(x, encoder, Option.toObj bias, thresholds, codes)
    codes

let private assertEncodes (x: Matrix) (encoder: Matrix) (bias: float32[] option) (thresholds: float32[]) =
    let codes = encode x encoder bias thresholds
    Assert.Equal(x.Rows, codes.Rows)
    let all = preActivations x encoder bias
    for row in 0 .. x.Rows - 1 do
        let latents = [| 0 .. encoder.Rows - 1 |] |> Array.filter (fun i -> not (all[row][i] <= thresholds[i]))
        Assert.Equal<int[]>(latents, codes.RowIndices(row).ToArray())
        let values = latents |> Array.map (fun i -> BitConverter.SingleToInt32Bits(all[row][i]))
        Assert.Equal<int[]>(values, codes.RowValues(row).ToArray() |> Array.map BitConverter.SingleToInt32Bits)

let private shapes =
    [ 0, 4, 9; 1, 1, 1; 3, 5, 7; 13, 17, 33; 30, 8, 100; 5, 64, 300; 200, 3, 65; 2, 600, 50; 25, 16, 3000; 7, 520, 900; 700, 6, 40 ]

[<Fact>]
let ``Above the thresholds is what a look at every pre-activation finds, to the last bit, for odd shapes`` () =
    for rows, d, n in shapes do
        let x, encoder, bias = matrix "x" rows d, matrix "encoder" n d, vector "bias" n n
        assertEncodes x encoder None (Array.zeroCreate n)
        assertEncodes x encoder (Some bias) (vector "thresholds" n n)

[<Fact>]
let ``The encoder with thresholds matches the double-precision definition`` () =
    let x, encoder, bias, thresholds = matrix "x" 9 40, matrix "encoder" 400 40, vector "bias" 0 400, vector "thresholds" 0 400
    let codes = encode x encoder (Some bias) thresholds
    for row in 0..8 do
        let definition = Reference.EncodeAbove(x.Row row, encoder, bias, thresholds)
        Assert.Equal(definition.Length, codes.RowIndices(row).Length)
        for slot in 0 .. definition.Length - 1 do
            let struct (latent, value) = definition[slot]
            Assert.Equal(latent, codes.RowIndices(row)[slot])
            assertClose 2e-5 $"row {row}, slot {slot}" value (float (codes.RowValues(row)[slot]))

[<Fact>]
let ``A pre-activation that equals its threshold is not above it`` () =
    let x, encoder = Matrix(1, 1, [| 1f |]), Matrix(70, 1, Array.init 70 float32)
    let codes = encode x encoder None (Array.create 70 60f)
    Assert.Equal<int[]>([| 61..69 |], codes.RowIndices(0).ToArray())
    assertEncodes (Matrix(3, 1)) encoder None (Array.zeroCreate 70)

[<Fact>]
let ``With none above, rows are empty, and with all above, they are whole`` () =
    let x, encoder = matrix "x" 50 8, matrix "encoder" 90 8
    let none = encode x encoder None (Array.create 90 1e9f)
    Assert.Equal(0, none.EntryCount)
    Assert.Equal(50, none.Rows)
    let all = encode x encoder None (Array.create 90 -infinityf)
    Assert.Equal(50 * 90, all.EntryCount)
    assertEncodes x encoder None (Array.create 90 -infinityf)

[<Fact>]
let ``Some rows may be empty while others are not`` () =
    let x, encoder = matrix "x" 40 8, matrix "encoder" 60 8
    for row in 0..2..39 do
        x.Row(row).Clear()
    assertEncodes x encoder None (Array.zeroCreate 60)

[<Fact>]
let ``NaN is above every threshold, and every number above a threshold of NaN`` () =
    let x, encoder = matrix "x" 14 8, matrix "encoder" 300 8
    encoder[37, 2] <- nanf
    assertEncodes x encoder None (Array.create 300 infinityf)
    x[3, 0] <- nanf
    let codes = encode x encoder None (Array.create 300 infinityf)
    Assert.Equal(300, codes.RowIndices(3).Length)
    Assert.Equal<int[]>([| 37 |], codes.RowIndices(4).ToArray())
    let thresholds = Array.create 300 infinityf
    thresholds[299] <- nanf
    Assert.Equal<int[]>([| 37; 299 |], (encode x encoder None thresholds).RowIndices(4).ToArray())

[<Fact>]
let ``The number of threads changes no bit of what is above`` () =
    let x, encoder = matrix "x" 500 33, matrix "encoder" 700 33
    let run threads =
        withThreads threads (fun () ->
            let codes = encode x encoder None (vector "thresholds" 1 700)
            codes.Indices.AsSpan(0, codes.EntryCount).ToArray(), codes.Values.AsSpan(0, codes.EntryCount).ToArray())
    let alone = run 1
    Assert.Equal(alone, run 2)
    Assert.Equal(alone, run 3)

[<Fact>]
let ``Selections and thresholds follow each other on one thread without a trace`` () =
    let x, encoder = matrix "x" 40 8, matrix "encoder" 200 8
    let top () =
        let top = SparseRows(40, 5)
        Kernels.EncodeTopK(x, encoder, null, top)
        top.Indices
    let before = top ()
    assertEncodes x encoder None (Array.zeroCreate 200)
    Assert.Equal<int[]>(before, top ())
    assertEncodes x encoder None (Array.create 200 1f)

[<Fact>]
let ``Once its buffers have grown, encoding allocates nothing`` () =
    withThreads 1 (fun () ->
        let x, encoder, thresholds, codes = matrix "x" 300 16, matrix "encoder" 500 16, Array.create 500 1f, SparseRows(0, 0)
        let run () = Kernels.EncodeAbove(x, encoder, null, thresholds, codes)
        for _ in 1..3 do
            run ()
        let before = GC.GetAllocatedBytesForCurrentThread()
        for _ in 1..10 do
            run ()
        Assert.Equal(0L, GC.GetAllocatedBytesForCurrentThread() - before))

[<Fact>]
let ``Sizes that do not fit are refused`` () =
    let x, encoder = matrix "x" 4 6, matrix "encoder" 10 6
    let refused (call: unit -> unit) = Assert.ThrowsAny<ArgumentException>(call) |> ignore
    refused (fun () -> Kernels.EncodeAbove(x, matrix "encoder" 10 5, null, Array.zeroCreate 10, SparseRows(0, 0)))
    refused (fun () -> Kernels.EncodeAbove(x, encoder, Array.zeroCreate 9, Array.zeroCreate 10, SparseRows(0, 0)))
    refused (fun () -> Kernels.EncodeAbove(x, encoder, null, Array.zeroCreate 9, SparseRows(0, 0)))
