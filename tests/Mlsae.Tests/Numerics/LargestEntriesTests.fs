module Mlsae.Tests.Numerics.LargestEntriesTests

open System
open Xunit
open Mlsae.Numerics

/// Rows of several lengths, an empty one among them; values of few different numbers have many ties.
let private codes rows (value: Philox -> float32) =
    let random = Philox(3UL, "entries", uint64 rows)
    let lengths = Array.init rows (fun row -> if row % 5 = 3 then 0 else random.NextInt32 9)
    let codes = SparseRows(ReadOnlySpan lengths)
    for entry in 0 .. codes.EntryCount - 1 do
        codes.Indices[entry] <- random.NextInt32 100
        codes.Values[entry] <- value random
    codes

let private entries (codes: SparseRows) =
    [ for row in 0 .. codes.Rows - 1 do
          for i in 0 .. codes.RowValues(row).Length - 1 -> row, codes.RowIndices(row)[i], BitConverter.SingleToInt32Bits(codes.RowValues(row)[i]) ]

let private check (codes: SparseRows) count =
    let kept = SparseRows(0, 0)
    let smallest = LargestEntries().Keep(codes, count, kept)
    let expected =
        [ for struct (row, place) in Reference.KeepLargest(codes, count) ->
              row, codes.RowIndices(row)[place], BitConverter.SingleToInt32Bits(codes.RowValues(row)[place]) ]
    Assert.Equal<(int * int * int) list>(expected, entries kept)
    let least = if expected.IsEmpty then 0f else kept.Values.AsSpan(0, kept.EntryCount).ToArray() |> Array.min
    Assert.True((smallest = least || Single.IsNaN least), $"{smallest} where {least} was expected")

[<Fact>]
let ``The largest entries of all rows are kept, in their order, for any count`` () =
    for rows in [ 0; 1; 2; 7; 40 ] do
        let sample = codes rows (fun random -> 4f * (random.NextSingle() - 0.3f))
        for count in 0 .. sample.EntryCount + 2 do
            check sample count

[<Fact>]
let ``Among equal values earlier rows and earlier entries come first`` () =
    let sample = codes 40 (fun random -> float32 (random.NextInt32 4) * 0.5f)
    for count in 0 .. sample.EntryCount + 2 do
        check sample count

[<Fact>]
let ``Values that differ only in their last bits, or by many orders, are told apart`` () =
    let sample = codes 40 (fun random -> MathF.BitIncrement(1f) * (1f + float32 (random.NextInt32 3) * 1.2e-7f) * MathF.Pow(10f, float32 (random.NextInt32 3 * 20 - 30)))
    for count in 0..3 .. sample.EntryCount do
        check sample count

[<Fact>]
let ``NaN counts as the largest, and is kept`` () =
    let sample = codes 7 (fun random -> random.NextSingle())
    sample.Values[4] <- Single.NaN
    let kept = SparseRows(0, 0)
    LargestEntries().Keep(sample, 1, kept) |> ignore
    Assert.True(kept.EntryCount = 1 && Single.IsNaN kept.Values[0])

[<Fact>]
let ``An object of buffers serves codes of any size again`` () =
    let largest, kept = LargestEntries(), SparseRows(0, 0)
    for rows in [ 40; 2; 7; 40 ] do
        let sample = codes rows (fun random -> random.NextSingle())
        largest.Keep(sample, 5, kept) |> ignore
        let again = SparseRows(0, 0)
        LargestEntries().Keep(sample, 5, again) |> ignore
        Assert.Equal<(int * int * int) list>(entries again, entries kept)
