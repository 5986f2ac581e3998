module Mlsae.Tests.Dictionaries.AnnealedKTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage

let private width, tokens = 8, 12

let private batch seed =
    let x = Matrix(tokens, width)
    Philox(uint64 seed, "batch").FillGaussian(x.Values, 1f)
    x

let private topK () = TopKConfig(ModelDim = width, LatentCount = 40, K = 3, InitialK = Nullable 9, AnnealKSteps = 4L, DeadAfterTokens = 20L, Adam = AdamConfig(LearningRate = 1e-2))

let private batchTopK () = BatchTopKConfig(ModelDim = width, LatentCount = 40, K = 3, InitialK = Nullable 9, AnnealKSteps = 4L, DeadAfterTokens = 20L, Adam = AdamConfig(LearningRate = 1e-2))

let private engines () : IDictionaryEngine list = [ DictionaryEngine.Create(topK (), 1); DictionaryEngine.Create(batchTopK (), 1) ]

let private bits (dictionary: SparseDictionary) =
    Array.concat [ dictionary.Encoder.Values; dictionary.Decoder.Values; dictionary.PreBias ] |> Array.map BitConverter.SingleToInt32Bits

[<Fact>]
let ``k falls linearly from its initial value and then stays`` () =
    let config = topK ()
    Assert.Equal<int list>([ 9; 8; 6; 5; 3; 3; 3 ], [ for step in 1L..7L -> config.KAt step ])
    Assert.Equal<int list>([ 3; 3 ], [ for step in [ 1L; 100L ] -> TopKConfig(ModelDim = width, LatentCount = 40, K = 3).KAt step ])

[<Fact>]
let ``Each step keeps as many latents as k is at that step, and the configuration stays as it was`` () =
    for engine in engines () do
        use engine = engine
        for step in 1..7 do
            engine.Step(batch step, 100L) |> ignore
            Assert.Equal([| 9; 8; 6; 5; 3; 3; 3 |].[step - 1] * tokens, (engine :?> CpuEngine).Codes.EntryCount)
        Assert.Equal(3, (engine.Config :?> SelectionConfig).K)
    use engine = DictionaryEngine.Create(topK (), 1)
    engine.Step(batch 1, 100L) |> ignore
    Assert.Equal<DictionaryConfig>(topK (), engine.Config)
    Assert.Equal(3, engine.Encode(batch 2).Width)

[<Fact>]
let ``A training with falling k that goes on from a saved state ends with the same bytes`` () =
    for whole, first, second in List.zip3 (engines ()) (engines ()) (engines ()) do
        for step in 1..6 do
            whole.Step(batch step, 100L) |> ignore
        for step in 1..2 do
            first.Step(batch step, 100L) |> ignore
        second.RestoreState(new TensorSet(first.SaveState()))
        for step in 3..6 do
            second.Step(batch step, 100L) |> ignore
        Assert.Equal<int array>(bits (whole.Export()), bits (second.Export()))

[<Fact>]
let ``An initial k without steps, or below k, is refused`` () =
    let refused (config: TopKConfig) = Assert.ThrowsAny<ArgumentException>(fun () -> config.Validated() |> ignore) |> ignore
    refused (TopKConfig(ModelDim = width, LatentCount = 40, K = 3, InitialK = Nullable 9))
    refused (TopKConfig(ModelDim = width, LatentCount = 40, K = 3, AnnealKSteps = 4L))
    refused (TopKConfig(ModelDim = width, LatentCount = 40, K = 3, InitialK = Nullable 2, AnnealKSteps = 4L))
