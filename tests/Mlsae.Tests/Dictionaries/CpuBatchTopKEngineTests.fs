module Mlsae.Tests.Dictionaries.CpuBatchTopKEngineTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Dictionaries.SelectionLoss
open Mlsae.Tests.Numerics

let private d, n, k, layers, tokens = 6, 20, 3, 2, 5

let private config () =
    BatchTopKConfig(ModelDim = d, LatentCount = n, K = k, AuxK = 4, AuxKCoefficient = 0.25, DeadAfterTokens = 8L, Seed = 7UL, Adam = AdamConfig(LearningRate = 1e-3))

let private batch seed =
    let x = Matrix(tokens * layers, d)
    Philox(uint64 seed, "batch").FillGaussian(x.Values, 2f)
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- x.Values[i] + float32 (i % d)
    x

let private trained (config: BatchTopKConfig) steps =
    let engine = new CpuBatchTopKEngine(config, layers)
    for step in 1..steps do
        engine.Step(batch 1, 100L) |> ignore
    engine

/// Vectors near sparse sums of fixed directions, more of them in some rows than in others.
let private sparseSums width rows seed =
    let directions = Matrix(2 * width, width)
    Philox(1UL, "directions").FillGaussian(directions.Values, 1f)
    let x = Matrix(rows, width)
    for row in 0 .. rows - 1 do
        let random = Philox(uint64 seed, "sums", uint64 row)
        random.FillGaussian(x.Row row, 0.05f)
        for i in 0 .. random.NextInt32 8 do
            Kernels.AddScaled(directions.Row(random.NextInt32(2 * width)), 0.5f + random.NextSingle(), x.Row row)
    x

let private larger () =
    BatchTopKConfig(ModelDim = 24, LatentCount = 300, K = 5, DeadAfterTokens = 400L, Seed = 3UL, Adam = AdamConfig(LearningRate = 1e-3))

let private parameterBits (dictionary: SparseDictionary) =
    Array.concat [ dictionary.Encoder.Values; dictionary.Decoder.Values; dictionary.PreBias; (dictionary :?> ThresholdDictionary).Thresholds ]
    |> Array.map BitConverter.SingleToInt32Bits

let private entries (codes: SparseRows) row =
    Array.zip (codes.RowIndices(row).ToArray()) (codes.RowValues(row).ToArray() |> Array.map BitConverter.SingleToInt32Bits)

[<Fact>]
let ``Gradients are central differences while no latent is dead`` () =
    use engine = trained (config ()) 1
    Assert.Equal(0, engine.Ages.DeadCount)
    checkGradients 2e-6 engine (batch 2)

[<Fact>]
let ``Gradients are central differences when dead latents reconstruct the error`` () =
    use engine = trained (config ()) 3
    Assert.True(engine.Ages.DeadCount > 0)
    checkGradients 2e-6 engine (batch 2)

[<Fact>]
let ``Exactly N·k entries are kept, those that a sort of all pre-activations puts first`` () =
    use engine = new CpuBatchTopKEngine(larger (), 3)
    for step in 1..5 do
        let before = engine.Export()
        let x = sparseSums 24 (3 * 50) step
        engine.Step(x, 100L) |> ignore
        Assert.Equal(3 * 50 * 5, engine.Codes.EntryCount)
        // The first step sets the pre-bias before it encodes.
        if step > 1 then
            let all = ThresholdDictionary(before.Config, before.Encoder, before.Decoder, before.PreBias, null, Array.zeroCreate 300).Encode x
            let kept = SparseRows(0, 0)
            LargestEntries().Keep(all, 3 * 50 * 5, kept) |> ignore
            for row in 0 .. x.Rows - 1 do
                Assert.Equal<(int * int) array>(entries kept row, entries engine.Codes row)

[<Fact>]
let ``Where fewer than N·k pre-activations are positive, all of those are kept`` () =
    use engine = new CpuBatchTopKEngine(BatchTopKConfig(ModelDim = d, LatentCount = n, K = n, AuxK = 0, Seed = 7UL), layers)
    engine.Step(batch 1, 10L) |> ignore
    Assert.InRange(engine.Codes.EntryCount, 1, n * tokens * layers - 1)
    Assert.All(engine.Codes.Values.AsSpan(0, engine.Codes.EntryCount).ToArray(), fun value -> Assert.True(value > 0f))

[<Fact>]
let ``What is kept does not depend on the batches before, so neither on the floor that they suggest`` () =
    use calm = new CpuBatchTopKEngine(larger (), 1)
    calm.Step(sparseSums 24 100 1, 100L) |> ignore
    let state = new TensorSet(calm.SaveState())
    // The same parameters, but a floor that nothing passes.
    use told = new CpuBatchTopKEngine(larger (), 1)
    told.RestoreState(
        new TensorSet(
            [ for tensor in calm.SaveState() ->
                  if tensor.Name = "threshold" then (let values = [| 1.0; 1.0; 1e6 |] in Tensor.Of("threshold", ReadOnlySpan values, 3L)) else tensor ]))
    use again = new CpuBatchTopKEngine(larger (), 1)
    again.RestoreState state
    let x = sparseSums 24 100 2
    told.Step(x, 100L) |> ignore
    again.Step(x, 100L) |> ignore
    for row in 0 .. x.Rows - 1 do
        Assert.Equal<(int * int) array>(entries again.Codes row, entries told.Codes row)

[<Fact>]
let ``After training a vector's code does not depend on its batch`` () =
    use engine = new CpuBatchTopKEngine(larger (), 1)
    for step in 1..20 do
        engine.Step(sparseSums 24 100 step, 100L) |> ignore
    let dictionary = engine.Export()
    let x = sparseSums 24 70 99
    let together = dictionary.Encode x
    for row in 0 .. x.Rows - 1 do
        Assert.Equal<(int * int) array>(entries together row, entries (dictionary.Encode(x.RowWindow(row, 1))) 0)

[<Fact>]
let ``After training the mean L0 of fresh vectors is close to k`` () =
    let settings = BatchTopKConfig(ModelDim = 24, LatentCount = 96, K = 5, AuxK = 0, Seed = 3UL, ThresholdDecay = 0.95, Adam = AdamConfig(LearningRate = 2e-3, DecaySteps = 150L))
    use engine = new CpuBatchTopKEngine(settings, 1)
    for step in 1..300 do
        engine.Step(sparseSums 24 256 step, 300L) |> ignore
    let codes = engine.Export().Encode(sparseSums 24 8192 1000)
    let l0 = float codes.EntryCount / 8192.0
    // Five percent: the threshold is a mean over the last twenty or so batches, whose weights were not yet the final ones; sampling adds about one percent.
    assertClose (0.05 * 5.0) "mean L0" 5.0 l0
    // The number of latents varies from vector to vector, which TopK's cannot.
    let lengths = [ for row in 0..8191 -> codes.RowIndices(row).Length ]
    Assert.True(List.max lengths > 6 && List.min lengths < 4)

[<Fact>]
let ``The threshold is the bias-corrected running mean of the smallest value kept`` () =
    let decay = 0.9
    use engine = new CpuBatchTopKEngine(BatchTopKConfig(ModelDim = 24, LatentCount = 300, K = 5, Seed = 3UL, ThresholdDecay = decay), 1)
    Assert.Equal(0f, engine.Threshold)
    let smallest =
        [ for step in 1..6 do
              engine.Step(sparseSums 24 100 step, 100L) |> ignore
              float (engine.Codes.Values.AsSpan(0, engine.Codes.EntryCount).ToArray() |> Array.min) ]
    let weights = [ for step in 1..6 -> decay ** float (6 - step) ]
    let expected = List.sum (List.map2 (*) weights smallest) / List.sum weights
    assertClose 1e-6 "threshold" expected (float engine.Threshold)
    Assert.All((engine.Export() :?> ThresholdDictionary).Thresholds, fun threshold -> Assert.Equal(engine.Threshold, threshold))

[<Fact>]
let ``Training gives the same bytes for any number of threads`` () =
    let run threads =
        Samples.withThreads threads (fun () ->
            use engine = new CpuBatchTopKEngine(larger (), 3)
            for step in 1..6 do
                engine.Step(sparseSums 24 (3 * 100) step, 100L) |> ignore
            Assert.True(engine.Ages.DeadCount > 0)
            parameterBits (engine.Export()))
    let one = run 1
    Assert.Equal<int array>(one, run 2)
    Assert.Equal<int array>(one, run 5)

[<Fact>]
let ``A training that goes on from a saved state ends with the same bytes`` () =
    use whole = new CpuBatchTopKEngine(larger (), 1)
    for step in 1..8 do
        whole.Step(sparseSums 24 100 step, 100L) |> ignore
    use first = new CpuBatchTopKEngine(larger (), 1)
    for step in 1..4 do
        first.Step(sparseSums 24 100 step, 100L) |> ignore
    use second = new CpuBatchTopKEngine(larger (), 1)
    second.RestoreState(new TensorSet(first.SaveState()))
    for step in 5..8 do
        second.Step(sparseSums 24 100 step, 100L) |> ignore
    Assert.Equal<int array>(parameterBits (whole.Export()), parameterBits (second.Export()))

[<Fact>]
let ``A saved dictionary comes back with its threshold`` () =
    use folder = new TemporaryFolder()
    use engine = trained (config ()) 3
    let dictionary = engine.Export()
    dictionary.Save folder.Path
    let loaded = SparseDictionary.Load folder.Path
    Assert.Equal<int array>(parameterBits dictionary, parameterBits loaded)
    Assert.True(engine.Threshold > 0f)
    Assert.Equal("batchtopk", loaded.Config.Kind)

[<Fact>]
let ``A NaN in the batch stops the step and leaves parameters and threshold`` () =
    use engine = trained (config ()) 2
    let before = engine.Export()
    let x = batch 1
    x[3, 2] <- Single.NaN
    Assert.Throws<NonFiniteException>(fun () -> engine.Step(x, 100L) |> ignore) |> ignore
    Assert.Equal<int array>(parameterBits before, parameterBits (engine.Export()))
    engine.Step(batch 1, 100L) |> ignore

[<Fact>]
let ``The factory makes an engine of this kind`` () =
    use engine = DictionaryEngine.Create(config (), layers)
    Assert.IsType<CpuBatchTopKEngine> engine |> ignore
