module Mlsae.Tests.Analysis.LatentOccurrencesTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

/// Two contexts of four tokens, of which the first of each is special, and two layers. Latent 5 at some places.
let private tokens =
    let batch = TokenBatch([| 0; 11; 12; 13; 0; 21; 22; 23 |], 2, 4)
    let codes =
        codesOf
            [ [ 5, 1f ]; [ 5, 2f ]         // 11
              [ 5, 7f ]; [ 3, 9f ]         // 12
              [ 5, 0f ]; [ 4, 1f ]         // 13
              [ 5, 3f ]; [ 5, 3f ]         // 21
              [ 1, 1f ]; [ 5, 4f ]         // 22
              [ 5, 7f ]; [ 5, 1f ] ]       // 23
    EncodedTokens(batch, [| 1; 2; 3; 5; 6; 7 |], 0, Matrix(12, 1), codes)

let private portrait latent config =
    let occurrences = LatentOccurrences([ 5; 9 ], 2)
    occurrences.Add tokens
    occurrences.Portrait(latent, config, fun id -> $"<{id}>")

[<Fact>]
let ``the strongest places of each layer come first, equal ones in the order of the text`` () =
    let found = portrait 5 (LatentPortraitConfig(Strongest = 3))
    let places layer = [ for e in found.Layers[layer].Strongest -> e.Token, e.Value ]
    Assert.Equal<(int64 * float32) list>([ 2L, 7f; 7L, 7f; 5L, 3f ], places 0)
    Assert.Equal<(int64 * float32) list>([ 6L, 4f; 5L, 3f; 1L, 2f ], places 1)
    Assert.Equal<int64 list>([ 4L; 4L ], [ for layer in found.Layers -> layer.ActiveTokens ])
    Assert.Equal(5L, found.ActiveTokens)
    Assert.Equal(6L, found.Tokens)

[<Fact>]
let ``a window stays within its context and carries ids, texts and the layer's values`` () =
    let example = (portrait 5 (LatentPortraitConfig(Strongest = 1, Before = 9, After = 9))).Layers[1].Strongest[0]
    Assert.Equal<int[]>([| 0; 21; 22; 23 |], example.TokenIds)
    Assert.Equal<string[]>([| "<0>"; "<21>"; "<22>"; "<23>" |], example.Texts)
    Assert.Equal<float32[]>([| 0f; 3f; 4f; 1f |], example.Values)
    Assert.Equal<float32[]>([| 0f; 4f |], example.LayerValues)
    Assert.Equal(2, example.Position)
    let short = (portrait 5 (LatentPortraitConfig(Strongest = 1, Before = 1, After = 0))).Layers[0].Strongest[0]
    Assert.Equal<int[]>([| 11; 12 |], short.TokenIds)

[<Fact>]
let ``intervals cut the values into equal parts, hold every place once, and their examples lie within`` () =
    let random = Philox(6UL, "codes")
    let codes = codesOf [ for _ in 1..300 -> if random.NextInt32 3 = 0 then [] else [ 0, 1f - random.NextSingle() ] ]
    let occurrences = LatentOccurrences([ 0 ], 1, 0f)
    occurrences.Add(together 1 50 codes)
    let layer = (occurrences.Portrait(0, LatentPortraitConfig(Intervals = 7, PerInterval = 4))).Layers[0]
    Assert.Equal(7, layer.Intervals.Count)
    Assert.Equal(layer.ActiveTokens, layer.Intervals |> Seq.sumBy _.Count)
    Assert.Equal(layer.Largest, layer.Intervals[0].High)
    Assert.Equal(0f, layer.Intervals[6].Low)
    for (above: ActivationInterval), (below: ActivationInterval) in Seq.pairwise layer.Intervals do
        Assert.Equal(above.Low, below.High)
    for interval in layer.Intervals do
        assertClose 1e-6 "width" (float layer.Largest / 7.0) (float (interval.High - interval.Low))
        Assert.Equal(int (min 4L interval.Count), interval.Examples.Count)
        for example in interval.Examples do
            Assert.True(example.Value > interval.Low && example.Value <= interval.High)

[<Fact>]
let ``every place of an interval is as likely to be drawn`` () =
    let codes = codesOf [ for i in 1..10 -> [ 0, 1f + float32 i / 1000f ] ]
    let drawn =
        [ for seed in 0UL..399UL do
              let occurrences = LatentOccurrences([ 0 ], 1)
              occurrences.Add(together 1 10 codes)
              for example in (occurrences.Portrait(0, LatentPortraitConfig(Intervals = 1, PerInterval = 3, Seed = seed))).Layers[0].Intervals[0].Examples do
                  example.Token ]
    // 400 draws of 3 of 10: each place 120 times, with a standard deviation of 9.
    for _, count in List.countBy id drawn do
        Assert.InRange(count, 84, 156)

[<Fact>]
let ``a latent that is never active has no places, and one that was not looked for none to show`` () =
    let found = portrait 9 (LatentPortraitConfig())
    Assert.Equal(0L, found.ActiveTokens)
    for layer in found.Layers do
        Assert.Empty layer.Strongest
        Assert.Empty layer.Intervals
    Assert.Throws<ArgumentException>(fun () -> portrait 4 (LatentPortraitConfig()) |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> portrait 5 (LatentPortraitConfig(Intervals = 0)) |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> LatentOccurrences([ 1; 1 ], 3) |> ignore) |> ignore

[<Fact>]
let ``saved between contexts, places are found as in one go, and portraits are read back as they were written`` () =
    let codes = drawnCodes (Philox(8UL, "codes")) (2, 12, 3) 24 false
    assertResumes (fun () -> LatentOccurrences([ 3; 7 ], 2)) (bySequence 2 6 codes) (together 2 6 codes)
    use folder = new TemporaryFolder()
    let written = portrait 5 (LatentPortraitConfig())
    LatentPortraitFile.Write(folder.Path, [ written; portrait 9 (LatentPortraitConfig()) ])
    let read = LatentPortraitFile.Read folder.Path
    Assert.Equal<int list>([ 5; 9 ], [ for p in read -> p.Latent ])
    Assert.Equal(written.Layers[1].Strongest[0].Value, read[0].Layers[1].Strongest[0].Value)
    Assert.Equal<string[]>(written.Layers[0].Strongest[2].Texts, read[0].Layers[0].Strongest[2].Texts)
    Assert.True(LatentPortraitFile.Exists(folder.Path, 9) && not (LatentPortraitFile.Exists(folder.Path, 8)))
