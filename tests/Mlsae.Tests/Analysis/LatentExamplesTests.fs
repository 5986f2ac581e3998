module Mlsae.Tests.Analysis.LatentExamplesTests

open System
open System.Collections.Generic
open Xunit
open Mlsae.Analysis
open Mlsae.Numerics
open Mlsae.Transformers

/// Codes of one entry a row: (token, layer) to (latent, value).
let private codes layers (entries: (int * float32)[]) =
    let rows = SparseRows(entries.Length, 1)
    entries |> Array.iteri (fun row (latent, value) ->
        rows.Indices[row] <- latent
        rows.Values[row] <- value)
    Assert.Equal(0, entries.Length % layers)
    rows

let private tokens = TokenBatch.Of([| [| 10; 11; 12 |]; [| 20; 21; 22 |] |] :> IReadOnlyList<int[]>)

/// Latent 5 at two layers of six tokens in two contexts.
let private found config =
    let examples = LatentExamples([ 5; 9 ], 2, config)
    examples.Add(tokens, codes 2 [| (5, 1f); (5, 2f); (5, 7f); (3, 9f); (5, 0f); (4, 1f); (5, 3f); (5, 3f); (1, 1f); (5, 4f); (5, 7f); (5, 1f) |])
    examples.Results(fun id -> $"<{id}>")

[<Fact>]
let ``the strongest tokens come first, equal ones in the order of the text`` () =
    let set = (found (LatentExampleConfig(Keep = 3)))[0]
    Assert.Equal<(int64 * int * float32) list>(
        [ 1L, 0, 7f; 5L, 0, 7f; 4L, 1, 4f ],
        [ for e in set.Examples -> e.Token, e.Layer, e.Value ])
    Assert.Equal(5L, set.ActiveTokens)
    Assert.Equal(6L, set.Tokens)

[<Fact>]
let ``a window stays within its context and carries ids, texts and values`` () =
    let set = (found (LatentExampleConfig(Keep = 1, Before = 4, After = 4)))[0]
    let example = set.Examples[0]
    Assert.Equal<int[]>([| 10; 11; 12 |], example.TokenIds)
    Assert.Equal<string[]>([| "<10>"; "<11>"; "<12>" |], example.Texts)
    Assert.Equal<float32[]>([| 1f; 7f; 0f |], example.Values)
    Assert.Equal<float32[]>([| 7f; 0f |], example.LayerValues)
    Assert.Equal(1, example.Position)

[<Fact>]
let ``by layer, the strongest of each layer are kept`` () =
    let set = (found (LatentExampleConfig(Keep = 1, PerLayer = true)))[0]
    Assert.Equal<(int64 * int * float32) list>([ 1L, 0, 7f; 4L, 1, 4f ], [ for e in set.Examples -> e.Token, e.Layer, e.Value ])

[<Fact>]
let ``excluded tokens are no examples`` () =
    let set = (found (LatentExampleConfig(Keep = 1, ExcludedTokens = HashSet [ 11 ])))[0]
    Assert.Equal(5L, set.Examples[0].Token)
    Assert.Equal(4L, set.ActiveTokens)

[<Fact>]
let ``a latent that is never active has no examples`` () =
    let set = (found (LatentExampleConfig()))[1]
    Assert.Equal(9, set.Latent)
    Assert.Equal(0L, set.ActiveTokens)
    Assert.Empty set.Examples

[<Fact>]
let ``any split into batches finds what a full sort finds`` () =
    let random = Philox(3UL, "test")
    let batches =
        [ for _ in 1..7 ->
            TokenBatch(Array.init 20 (fun _ -> random.NextInt32 50), 2, 10),
            codes 3 (Array.init 60 (fun _ -> random.NextInt32 3, float32 (random.NextInt32 6))) ]
    let examples = LatentExamples([ 2; 0; 1 ], 3, LatentExampleConfig(Keep = 9))
    batches |> List.iter examples.Add
    let expected latent =
        [ for b, (_, rows) in List.indexed batches do
              for t in 0..19 do
                  let values = [ for l in 0..2 -> if rows.Indices[t * 3 + l] = latent then rows.Values[t * 3 + l] else 0f ]
                  if List.max values > 0f then int64 (b * 20 + t), List.max values ]
        |> List.sortBy (fun (token, value) -> -value, token)
    for set in examples.Results() do
        Assert.Equal<(int64 * float32) list>(List.truncate 9 (expected set.Latent), [ for e in set.Examples -> e.Token, e.Value ])
        Assert.Equal(int64 (expected set.Latent).Length, set.ActiveTokens)

[<Fact>]
let ``codes of another number of layers, and latents named twice, are refused`` () =
    Assert.Throws<ArgumentException>(fun () -> LatentExamples([ 0 ], 3).Add(tokens, SparseRows(12, 1))) |> ignore
    Assert.Throws<ArgumentException>(fun () -> LatentExamples([ 1; 1 ], 3) |> ignore) |> ignore
