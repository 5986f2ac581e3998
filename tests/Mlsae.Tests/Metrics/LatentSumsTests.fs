module Mlsae.Tests.Metrics.LatentSumsTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Tests.Assertions

/// Adds a token with one code.
let private token (sums: LatentSums) (entries: (int * float32) list) =
    sums.BeginToken()
    sums.Add(ReadOnlySpan [| for latent, _ in entries -> latent |], ReadOnlySpan [| for _, value in entries -> value |])

[<Fact>]
let ``A latent fires where it is not 0, is active above 1e-3, and is selected whatever its value`` () =
    let sums = LatentSums(struct (10, 3))
    token sums [ 10, 0.5f; 11, 0f ]
    token sums [ 10, 1e-4f; 12, -2f ]
    Assert.Equal(2L, sums.Tokens)
    Assert.Equal<int64[]>([| 2L; 1L; 1L |], sums.Selected)
    Assert.Equal<int64[]>([| 2L; 0L; 1L |], sums.Fired)
    Assert.Equal<int64[]>([| 1L; 0L; 0L |], sums.Active)
    Assert.Equal<bool[]>([| false; true; true |], Array.init 3 (fun latent -> DeadLatents.NeverActive(sums, latent)))
    Assert.Equal<bool[]>([| false; true; false |], Array.init 3 (fun latent -> DeadLatents.NeverFired(sums, latent)))
    assertClose 1e-12 "dead" (2.0 / 3.0) (DeadLatents.Fraction sums)
    for power, expected in [ 1, -2.0; 2, 4.0; 3, -8.0; 4, 16.0 ] do
        Assert.Equal(expected, sums.Powers[power - 1][2])

[<Fact>]
let ``Selections of the published test give its counts and its share of dead latents`` () =
    // Two layers of two tokens with one latent each, added in turn; a latent is dead below tokens/4 selections.
    let sums = LatentSums(struct (0, 4), 2)
    let turns = [ 0, 0; 0, 1; 1, 2; 2, 3; 3, 0; 0, 0; 0, 0; 0, 0; 0, 0 ]
    let shares =
        [ for first, second in turns do
              for _ in 1..2 do
                  token sums [ first, 1f ]
                  sums.Add(ReadOnlySpan [| second |], ReadOnlySpan [| 1f |])
              float (Seq.length (Seq.filter (fun latent -> DeadLatents.SeldomSelected(sums, latent, 4.0)) [ 0..3 ])) / 4.0 ]
    Assert.Equal<float list>([ 0.75; 0.5; 0.25; 0.0; 0.0; 0.0; 0.0; 0.0; 0.75 ], shares)
    Assert.Equal<int64[]>([| 24L; 4L; 4L; 4L |], sums.Selected)
    // A token counts once, however many of its layers a latent fires at.
    Assert.Equal<int64[]>([| 14L; 4L; 4L; 4L |], sums.Fired)

/// A dictionary of which only the arrangement of latents matters.
let private arranged (latentsAt: struct (int * int) list) latents =
    { new ILayeredDictionary with
        member _.Arrangement = Arrangement.Shared
        member _.LayerCount = latentsAt.Length
        member _.ModelDim = 2
        member _.LatentCount = latents
        member _.Dictionaries = Array.empty
        member _.LatentsAt layer = latentsAt[layer]
        member _.DirectionsAt layer = (let struct (_, count) = latentsAt[layer] in Matrix(count, 2))
        member _.Encode _ = failwith "not needed"
        member _.Decode(_, _, _) = failwith "not needed" }

let private codes (rows: (int * float32) list list) =
    let codes = SparseRows(ReadOnlySpan [| for row in rows -> row.Length |])
    rows |> List.iteri (fun i row ->
        row |> List.iteri (fun j (latent, value) ->
            codes.RowIndices(i)[j] <- latent
            codes.RowValues(i)[j] <- value))
    codes

[<Fact>]
let ``A latent of a shared dictionary is dead at a layer where it never was active there, and overall where at no layer`` () =
    let sums = DictionaryLatentSums(arranged [ struct (0, 4); struct (0, 4) ] 4)
    sums.Add(codes [ [ 1, 0.5f; 2, 1e-4f ]; [ 3, 2f; 1, 1f ] ])
    Assert.Equal(0.75, DeadLatents.Fraction sums.Layers[0])
    Assert.Equal(0.5, DeadLatents.Fraction sums.Layers[1])
    Assert.Equal(0.5, DeadLatents.Fraction sums.Overall)
    Assert.Equal(1L, sums.Overall.Fired[1])
    Assert.Equal(2, sums.Overall.VectorsPerToken)
    Assert.Equal(1.5, sums.Overall.Powers[0][1])

[<Fact>]
let ``Latents of one dictionary per layer count where they belong`` () =
    let sums = DictionaryLatentSums(arranged [ struct (0, 2); struct (2, 3) ] 5)
    sums.Add(codes [ [ 1, 0.5f ]; [ 4, 2f ] ])
    sums.Add(codes [ [ 1, 0.5f ]; [ 2, 2f ] ])
    Assert.Equal<int64[]>([| 0L; 2L |], sums.Layers[0].Fired)
    Assert.Equal<int64[]>([| 1L; 0L; 1L |], sums.Layers[1].Fired)
    Assert.Equal<int64[]>([| 0L; 2L; 1L; 0L; 1L |], sums.Overall.Fired)
    Assert.Equal(1, sums.Overall.VectorsPerToken)
    Assert.Equal(0.5, sums.Layers[1].Density 0)
    Assert.Throws<ArgumentException>(fun () -> sums.Add(codes [ [ 1, 1f ] ])) |> ignore
