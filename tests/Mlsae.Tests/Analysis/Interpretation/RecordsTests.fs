/// Which fragments are drawn, and by which of them a unit is explained and scored.
module Mlsae.Tests.Analysis.Interpretation.RecordsTests

open System
open System.IO
open Xunit
open Mlsae.Analysis.Interpretation
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Interpretation.Planted

let private address = UnitAddress("unit", 2, 11)

/// Fragments of which only the number matters.
let private numbered count = Array.init count (fun i -> fragmentOf (int64 i) [ "a" ])

let private numbers (records: FragmentRecord seq) = [ for record in records -> int record.Fragment.Document ]

/// [fragments][64] activations with many equal greatest ones, and some fragments in which nothing varies.
let private activations seed count =
    let random = Philox(seed, "activations", 0UL)
    Array.init count (fun _ ->
        match random.NextInt32 4 with
        | 0 -> Array.create 64 (float32 (random.NextInt32 3))
        | _ -> Array.init 64 (fun _ -> float32 (max 0 (random.NextInt32 12 - 6))))

let private recorderOf (values: float32[][]) order =
    let recorder = UnitRecorder(3UL, address)
    for fragment in order do
        recorder.Add(fragment, ReadOnlySpan values[fragment])
    recorder

let private record values published = (recorderOf values [ 0 .. Array.length values - 1 ]).Record(numbered (Array.length values), published)

[<Fact>]
let ``The splits are interleaved as in the worked case`` () =
    let records = [| for i in 0..19 -> FragmentRecord(fragmentOf (int64 i) [ "a" ], Array.zeroCreate 64) |]
    let splits = RecordSplits.Of(UnitRecord(records, records))
    Assert.Equal<int list>([ 0; 4; 8; 12; 16 ], numbers splits.Explanation)
    Assert.Equal<int list>([ 2; 6; 10; 14; 18 ], numbers splits.Top)
    Assert.Equal<int list>([ 1; 4; 7; 10; 13 ], numbers splits.Random)
    Assert.Equal<int list>([ 2; 6; 10; 14; 18; 1; 4; 7; 10; 13 ], numbers splits.Scored)

[<Fact>]
let ``The top records are those of the sorted definition, equal ones by the earlier fragment first`` () =
    for seed in 0UL .. 20UL do
        let values = activations seed 120
        let varying = [ for i in 0..119 do if Array.max values[i] > Array.min values[i] then i ]
        let expected = varying |> List.sortBy (fun i -> -(Array.max values[i]), i) |> List.truncate 20
        let found = record values false
        Assert.Equal<int list>(expected, numbers found.Top)
        for kept in Seq.append found.Top found.Random do
            Assert.Equal<float32[]>(values[int kept.Fragment.Document], kept.Values)

[<Fact>]
let ``Random records vary, come once each, and none of them explains`` () =
    for seed in 0UL .. 20UL do
        let values = activations seed 90
        let found = record values false
        let random = numbers found.Random
        Assert.Equal(20, random.Length)
        Assert.Equal<int list>(random, List.distinct random)
        Assert.All(random, fun i -> Assert.True(Array.max values[i] > Array.min values[i]))
        Assert.Empty(Set.intersect (set random) (set (numbers (RecordSplits.Of found).Explanation)))

[<Fact>]
let ``Records do not depend on the order in which fragments come`` () =
    let values = activations 4UL 150
    let backwards = (recorderOf values [ 149 .. -1 .. 0 ]).Record(numbered 150)
    let forwards = record values false
    Assert.Equal<int list>(numbers forwards.Top, numbers backwards.Top)
    Assert.Equal<int list>(numbers forwards.Random, numbers backwards.Random)

[<Fact>]
let ``Every fragment in which a unit varies is as likely as any other to be a random record`` () =
    let values = Array.init 60 (fun i -> Array.init 64 (fun token -> if token = 5 then float32 (1 + i) else 0f))
    let counts = Array.zeroCreate 60
    let units = 600
    for unit in 0 .. units - 1 do
        let recorder = UnitRecorder(9UL, UnitAddress("unit", 0, unit))
        values |> Array.iteri (fun i own -> recorder.Add(i, ReadOnlySpan own))
        for i in numbers (recorder.Record(numbered 60, true)).Random do
            counts[i] <- counts[i] + 1
    // 20 of 60: a third of the units, within five standard deviations.
    let deviation = sqrt (float units / 3.0 * 2.0 / 3.0)
    counts |> Array.iteri (fun i count -> assertClose (5.0 * deviation) $"fragment {i}" (float units / 3.0) (float count))

[<Fact>]
let ``A unit that varies in fewer than 20 fragments has no records, and one that varies in 20 has all`` () =
    let values varying = Array.init 50 (fun i -> Array.init 64 (fun token -> if i < varying && token = 0 then 2f else 1f))
    Assert.Null(record (values 19) false)
    Assert.False((recorderOf (values 19) [ 0..49 ]).HasEnough)
    let found = record (values 20) false
    Assert.Equal<int list>([ 0..19 ], numbers found.Top)
    Assert.Equal<int list>([ 0..19 ] |> List.except [ 0; 4; 8; 12; 16 ], List.sort (numbers found.Random))
    Assert.Equal<int list>([ 0..19 ], List.sort (numbers (record (values 20) true).Random))

[<Fact>]
let ``Activations are scaled to whole numbers from 0 to 10, the greatest of all fragments to 10`` () =
    Assert.Equal<int list>([ 0; 0; 0; 1; 4; 9; 10 ], [ for value in [ -1f; 0f; 0.19f; 0.2f; 0.99f; 1.99f; 2f ] -> ActivationScale.Level(value, 2f) ])
    Assert.Equal(0, ActivationScale.Level(0f, 0f))
    let records = [| for largest in [ 1f; 4f ] -> FragmentRecord(fragmentOf 0L [ "a" ], Array.init 64 (fun token -> if token = 3 then largest else 0f)) |]
    Assert.Equal<int list>([ 2; 10 ], [ for scaled in ActivationScale.Scaled records -> Array.max scaled.Levels ])

[<Fact>]
let ``A fragment is 64 tokens in a row of its document, one of each document, in the documents' order`` () =
    let all = Seq.truncate 200 documents |> Array.ofSeq
    let found = FragmentSampler(tokenizer.Value, 1UL).Sample(all, 100)
    Assert.Equal<int64 list>([ for f in found -> f.Document ] |> List.distinct |> List.sort, [ for f in found -> f.Document ])
    for fragment in found do
        let document = all[int fragment.Document]
        Assert.Equal<int[]>(document.Ids[fragment.Start .. fragment.Start + 63], fragment.TokenIds)
        Assert.Equal<Mlsae.Text.Microworlds.ConceptSet[]>(document.Concepts[fragment.Start .. fragment.Start + 63], fragment.Concepts)
        Assert.Equal(tokenizer.Value.Decode(ReadOnlySpan fragment.TokenIds), String.Concat fragment.Texts)

[<Fact>]
let ``All places of a document are equally likely; as published the last one never comes`` () =
    let document = DocumentTokens(tokenizer.Value.Encode(String.replicate 40 " the cat")[0..66])
    let places published =
        let found = FragmentSampler(tokenizer.Value, 2UL, published).Sample(Seq.replicate 4000 document, 4000)
        Array.init 4 (fun place -> found |> Seq.filter (fun fragment -> fragment.Start = place) |> Seq.length)
    for count in places false do
        assertClose 140.0 "place" 1000.0 (float count)
    let published = places true
    Assert.Equal(0, published[3])
    for count in published[0..2] do
        assertClose 150.0 "place" 1333.0 (float count)

[<Fact>]
let ``Fragments with a part of a character or a special token are passed over and counted, as are short documents`` () =
    let partial = Seq.find (fun id -> not (tokenizer.Value.IsSpecial id) && tokenizer.Value.Decode(ReadOnlySpan [| id |]).Contains '\uFFFD') (seq { 1 .. 2047 })
    let plain = tokenizer.Value.Encode(String.replicate 40 " the cat")[0..63]
    let with' id = DocumentTokens(Array.append plain[0..62] [| id |])
    let sampler = FragmentSampler(tokenizer.Value, 0UL)
    let found = sampler.Sample([ DocumentTokens plain[0..62]; with' partial; with' tokenizer.Value.EndOfText.Value; DocumentTokens plain ], 10)
    Assert.Equal(3L, (Assert.Single found).Document)
    Assert.Equal(PassedOverDocuments(1, 1, 1), sampler.PassedOver)
    Assert.Throws<InvalidDataException>(fun () -> FragmentSampler(tokenizer.Value, 0UL).Sample([ DocumentTokens plain[0..62] ], 10) |> ignore) |> ignore
