module Mlsae.Tests.Transformers.SamplerTests

open System
open System.Collections.Generic
open Mlsae
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Xunit

[<Theory>]
[<InlineData "neox parallel">]
[<InlineData "neox sequential">]
[<InlineData "gpt2">]
[<InlineData "llama">]
let ``Logits with a cache are those without`` (name: string) =
    let model = TinyModels.model (TinyModels.config name)
    let ids = (TinyModels.sequences 1 9)[0]
    let whole = (model.Forward(TokenBatch.Of ids)).Logits
    for first in 1 .. ids.Length do
        let decoder = CachedDecoder model
        assertAllClose 2e-5 $"{first} at once" (whole.Row(first - 1).ToArray()) (decoder.Append(ids[.. first - 1]).ToArray())
        for position in first .. ids.Length - 1 do
            assertAllClose 2e-5 $"{first} then {position}" (whole.Row(position).ToArray()) (decoder.Append(ids[position]).ToArray())
        Assert.Equal(ids.Length, decoder.Length)

[<Fact>]
let ``A cleared decoder begins anew`` () =
    let model = TinyModels.model TinyModels.gpt2
    let decoder = CachedDecoder model
    let first = decoder.Append(3, 4).ToArray()
    Assert.Equal(13, decoder.Append(5).Length)
    decoder.Clear()
    Assert.Equal<float32[]>(first, decoder.Append(3, 4).ToArray())

[<Fact>]
let ``A decoder's edits at some positions are those of a whole pass`` () =
    for name in [ "neox parallel"; "llama" ] do
        let model = TinyModels.model (TinyModels.config name)
        let ids = (TinyModels.sequences 1 8)[0]
        let point = HookPoint.ResidPost 0
        // From position 3 on, each by another amount.
        let change first (rows: Matrix) =
            for row in 0 .. rows.Rows - 1 do
                if first + row >= 3 then Kernels.AddConstant(rows.Row row, 0.1f * float32 (first + row), rows.Row row)
        let edits change = Dictionary(dict [ point, Action<Matrix> change ])
        let whole = model.Forward(TokenBatch.Of ids, ForwardOptions(Edits = edits (change 0))).Logits
        let decoder = CachedDecoder model
        decoder.Edits <- edits (fun rows -> change decoder.Length rows)
        assertAllClose 2e-5 "the first five" (whole.Row(4).ToArray()) (decoder.Append(ids[..4]).ToArray())
        for position in 5 .. 7 do
            assertAllClose 2e-5 $"{position}" (whole.Row(position).ToArray()) (decoder.Append(ids[position]).ToArray())

[<Fact>]
let ``Temperature 0 always takes the most probable token`` () =
    let model = TinyModels.model TinyModels.neoX
    let text = Sampler.Generate(model, [| 1; 2 |], SamplingConfig(Temperature = 0.0, NewTokens = 5))
    let mutable ids = [| 1; 2 |]
    for token in text do
        let last = (model.Forward(TokenBatch.Of ids)).Logits.Row(ids.Length - 1).ToArray()
        Assert.Equal(Array.IndexOf(last, Array.max last), token)
        ids <- Array.append ids [| token |]
    Assert.Equal(7, ids.Length)

[<Fact>]
let ``The same seed gives the same text and another seed another`` () =
    let model = TinyModels.model TinyModels.neoX
    let text seed = Sampler.Generate(model, [| 1 |], SamplingConfig(Seed = seed, Temperature = 3.0, NewTokens = 8))
    Assert.Equal<int[]>(text 1UL, text 1UL)
    Assert.True(set [ for seed in 1UL .. 8UL -> List.ofArray (text seed) ] |> Set.count > 1)

[<Fact>]
let ``Texts end at the stop token, at the end of the context, or when told to`` () =
    let model = TinyModels.model TinyModels.neoX
    let greedy = SamplingConfig(Temperature = 0.0)
    let text = Sampler.Generate(model, [| 1; 2 |], greedy)
    // The context of 9 has room for 2 and 7 more; the one after the last position is predicted too.
    Assert.Equal(8, text.Length)
    let stopped = Sampler.Generate(model, [| 1; 2 |], SamplingConfig(Temperature = 0.0, StopToken = text[3]))
    Assert.Equal<int[]>(text[.. Array.IndexOf(text, text[3]) - 1], stopped)
    Assert.Empty(Sampler.Generate(model, [| 1 |], SamplingConfig(NewTokens = 0)))

[<Fact>]
let ``Draws follow the probabilities, cut at top-p`` () =
    let logits = [| 0.5; 0.3; 0.15; 0.05 |] |> Array.map (log >> float32)
    let counts topP =
        let random = Philox(4UL, "draws")
        let counts = Array.zeroCreate<int> 4
        for _ in 1 .. 20000 do
            let token = Sampler.Draw(logits, SamplingConfig(TopP = topP), random)
            counts[token] <- counts[token] + 1
        counts |> Array.map (fun count -> float count / 20000.0)
    Array.iter2 (assertClose 0.015 "share") [| 0.5; 0.3; 0.15; 0.05 |] (counts 1.0)
    Array.iter2 (assertClose 0.015 "share") [| 0.625; 0.375; 0.0; 0.0 |] (counts 0.75)
    Array.iter2 (assertClose 0.0 "share") [| 1.0; 0.0; 0.0; 0.0 |] (counts 0.4)

[<Fact>]
let ``What cannot be sampled is refused`` () =
    let model = TinyModels.model TinyModels.neoX
    let refused prompt config = Assert.ThrowsAny<ArgumentException>(fun () -> Sampler.Generate(model, prompt, config) |> ignore) |> ignore
    refused [||] (SamplingConfig())
    refused (Array.zeroCreate 10) (SamplingConfig())
    refused [| 99 |] (SamplingConfig())
    refused [| 1 |] (SamplingConfig(TopP = 0.0))
    refused [| 1 |] (SamplingConfig(Temperature = -1.0))
