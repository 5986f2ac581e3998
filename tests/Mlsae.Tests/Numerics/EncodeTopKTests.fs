module Mlsae.Tests.Numerics.EncodeTopKTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

/// NaN first, then the larger value, then the smaller latent.
let private order (values: float32[]) (latent: int) =
    let value = values[latent]
    (if Single.IsNaN value then 0 else 1), -(if Single.IsNaN value then 0f else value), latent

/// The unfused way: a sort of one row's pre-activations. Its latents and values, padded with zeros.
let private expected (values: float32[]) (mask: bool[] option) width =
    let latents =
        [| 0 .. values.Length - 1 |]
        |> Array.filter (fun i -> match mask with Some m -> m[i] | None -> true)
        |> Array.sortBy (order values)
        |> Array.truncate width
    let padding = Array.zeroCreate (width - latents.Length)
    Array.append latents padding, Array.append (latents |> Array.map (fun i -> values[i])) (Array.map float32 padding)

let private assertEncodes (x: Matrix) (encoder: Matrix) (bias: float32[] option) (mask: (bool[] * int) option) k =
    let top = SparseRows(x.Rows, k)
    let masked = mask |> Option.map (fun (_, width) -> SparseRows(x.Rows, width))
    Kernels.EncodeTopK(x, encoder, Option.toObj bias, top, mask |> Option.map fst |> Option.toObj, Option.toObj masked)
    let all = preActivations x encoder bias
    for row in 0 .. x.Rows - 1 do
        let latents, values = expected all[row] None k
        Assert.Equal<int[]>(latents, top.RowIndices(row).ToArray())
        Assert.Equal<float32[]>(values, top.RowValues(row).ToArray())
        match mask, masked with
        | Some(allowed, width), Some chosen ->
            // The same choice, but ascending by latent up to the padding.
            let latents, values = expected all[row] (Some allowed) width
            let count = min width (allowed |> Array.filter id |> Array.length)
            let order = Array.init count id |> Array.sortBy (fun slot -> latents[slot])
            Assert.Equal<int[]>(Array.append (order |> Array.map (fun slot -> latents[slot])) latents[count..], chosen.RowIndices(row).ToArray())
            Assert.Equal<float32[]>(Array.append (order |> Array.map (fun slot -> values[slot])) values[count..], chosen.RowValues(row).ToArray())
        | _ -> ()

let private someOf n every = Array.init n (fun i -> i % every = 1)

[<Fact>]
let ``The fused encoder selects what a sort of all pre-activations selects, for odd shapes`` () =
    for rows, d, n, k in [ 1, 1, 1, 1; 3, 5, 7, 2; 13, 17, 33, 5; 30, 8, 100, 16; 5, 64, 300, 32; 200, 3, 65, 7; 2, 600, 50, 4; 25, 16, 3000, 20; 13, 2, 2500, 300; 7, 520, 900, 9 ] do
        let x, encoder, bias = matrix "x" rows d, matrix "encoder" n d, vector "bias" n n
        assertEncodes x encoder None None k
        assertEncodes x encoder (Some bias) (Some(someOf n 3, max 1 (k / 2))) k

[<Fact>]
let ``The selection is right for k of one, of every latent, and across the room for candidates`` () =
    let x, encoder = matrix "x" 14 6, matrix "encoder" 500 6
    for k in [ 1; 2; 63; 64; 65; 250; 400; 499; 500 ] do
        assertEncodes x encoder None (Some(someOf 500 2, k)) k

[<Fact>]
let ``The fused encoder matches the double-precision definition`` () =
    let x, encoder, bias = matrix "x" 9 40, matrix "encoder" 400 40, vector "bias" 0 400
    let top = SparseRows(9, 12)
    Kernels.EncodeTopK(x, encoder, bias, top)
    for row in 0..8 do
        let definition = Reference.EncodeTopK(x.Row row, encoder, bias, 12, null)
        for slot in 0..11 do
            let struct (latent, value) = definition[slot]
            Assert.Equal(latent, top.RowIndices(row)[slot])
            assertClose 2e-5 $"row {row}, slot {slot}" value (float (top.RowValues(row)[slot]))

[<Fact>]
let ``Among equal values the smaller latent comes first`` () =
    let x = matrix "x" 15 3
    let encoder = Matrix(2000, 3)
    for latent in 0..1999 do
        (matrix "encoder" 7 3).Row(latent % 7).CopyTo(encoder.Row latent)
    for k in [ 1; 10; 40; 199; 1500 ] do
        assertEncodes x encoder None (Some(someOf 2000 4, 30)) k
    assertEncodes (Matrix(4, 3)) encoder None None 20

[<Fact>]
let ``Rising and falling pre-activations are the same work`` () =
    let encoder = Matrix(2000, 1, Array.init 2000 float32)
    assertEncodes (Matrix(2, 1, [| 1f; -1f |])) encoder None (Some(someOf 2000 2, 100)) 16

[<Fact>]
let ``A mask with fewer latents than places leaves latent 0 with value 0, and one with none leaves nothing else`` () =
    let x, encoder = matrix "x" 14 8, matrix "encoder" 90 8
    assertEncodes x encoder None (Some(someOf 90 30, 10)) 4
    assertEncodes x encoder None (Some(Array.create 90 false, 10)) 4

[<Fact>]
let ``Infinite pre-activations take their places`` () =
    let x, encoder = Matrix(1, 1, [| 1f |]), Matrix(3000, 1, Array.init 3000 (fun i -> if i % 3 = 0 then -infinityf elif i = 100 then infinityf else float32 i))
    for k in [ 5; 250; 2500 ] do
        assertEncodes x encoder None None k

[<Fact>]
let ``A row with a NaN ends with NaN and the others are untouched`` () =
    let x, encoder = matrix "x" 30 8, matrix "encoder" 700 8
    let clean = SparseRows(30, 5)
    Kernels.EncodeTopK(x, encoder, null, clean)
    x[17, 3] <- nanf
    let top = SparseRows(30, 5)
    Kernels.EncodeTopK(x, encoder, null, top)
    for row in 0..29 do
        if row = 17 then
            Assert.All(top.RowValues(row).ToArray(), fun value -> Assert.True(Single.IsNaN value))
        else
            Assert.Equal<float32[]>(clean.RowValues(row).ToArray(), top.RowValues(row).ToArray())

[<Fact>]
let ``A latent with a NaN comes first in every row`` () =
    let x, encoder = matrix "x" 14 8, matrix "encoder" 2700 8
    encoder[650, 0] <- nanf
    encoder[3, 1] <- nanf
    for k in [ 1; 2; 5; 200 ] do
        assertEncodes x encoder None (Some(someOf 2700 3, 40)) k

[<Fact>]
let ``The number of threads changes no bit of the codes`` () =
    let x, encoder = matrix "x" 500 33, matrix "encoder" 700 33
    let run threads =
        withThreads threads (fun () ->
            let top, masked = SparseRows(500, 9), SparseRows(500, 20)
            Kernels.EncodeTopK(x, encoder, null, top, someOf 700 3, masked)
            Array.append top.Indices masked.Indices, Array.append top.Values masked.Values)
    let alone = run 1
    Assert.Equal(alone, run 2)
    Assert.Equal(alone, run 3)

[<Fact>]
let ``Sizes that do not fit are refused`` () =
    let x, encoder = matrix "x" 4 6, matrix "encoder" 10 6
    let refused (call: unit -> unit) = Assert.ThrowsAny<ArgumentException>(call) |> ignore
    refused (fun () -> Kernels.EncodeTopK(x, matrix "encoder" 10 5, null, SparseRows(4, 2)))
    refused (fun () -> Kernels.EncodeTopK(x, encoder, Array.zeroCreate 9, SparseRows(4, 2)))
    refused (fun () -> Kernels.EncodeTopK(x, encoder, null, SparseRows(3, 2)))
    refused (fun () -> Kernels.EncodeTopK(x, encoder, null, SparseRows(4, 11)))
    refused (fun () -> Kernels.EncodeTopK(x, encoder, null, SparseRows(4, 2), Array.zeroCreate 10, null))
    refused (fun () -> Kernels.EncodeTopK(x, encoder, null, SparseRows(4, 2), Array.zeroCreate 9, SparseRows(4, 2)))
