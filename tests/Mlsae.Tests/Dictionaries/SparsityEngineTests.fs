module Mlsae.Tests.Dictionaries.SparsityEngineTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Dictionaries.SparsityDefinitions
open Mlsae.Tests.Numerics.Samples

let private state (engine: CpuEngine) =
    use set = new TensorSet(engine.SaveState())
    [ for name in [ "encoder"; "decoder"; "pre_bias"; "encoder_bias"; "encoder.second_moment"; "encoder_bias.first_moment" ] -> name, set.ReadFloats name |> Array.map BitConverter.SingleToInt32Bits ]

let eachKind: TheoryData<string> =
    let data = TheoryData<string>()
    names |> List.iter data.Add
    data

[<Theory>]
[<MemberData(nameof eachKind)>]
let ``Training gives the same bytes for any number of threads`` (name: string) =
    let run threads =
        withThreads threads (fun () ->
            let config, layers = config name
            use engine = engine (config, layers)
            let x = Matrix(240, config.ModelDim)
            Philox(1UL, "batch").FillGaussian(x.Values, 1f)
            for _ in 1..5 do
                engine.Step(x, 100L) |> ignore
            state engine)
    let one = run 1
    Assert.Equal<(string * int array) list>(one, run 2)
    Assert.Equal<(string * int array) list>(one, run 5)

[<Theory>]
[<MemberData(nameof eachKind)>]
let ``Training lowers the loss`` (name: string) =
    let config = config name
    use engine = engine config
    let first = engine.Step(batch (fst config) 1, 302L).Loss
    for _ in 1..300 do
        engine.Step(batch (fst config) 1, 302L) |> ignore
    let last = engine.Step(batch (fst config) 1, 302L).Loss
    Assert.True(last < 0.7 * first, $"{first} became {last}")

[<Theory>]
[<MemberData(nameof eachKind)>]
let ``Training goes on from a saved state with the same bytes`` (name: string) =
    let config = config name
    use whole = trained config 5
    let restored = engine config
    use saved = new TensorSet(whole.SaveState())
    restored.RestoreState saved
    for seed in 3..5 do
        Assert.Equal(whole.Step(batch (fst config) seed, 100L).Loss, restored.Step(batch (fst config) seed, 100L).Loss)
    Assert.Equal<(string * int array) list>(state whole, state restored)

[<Theory>]
[<MemberData(nameof eachKind)>]
let ``The exported dictionary's codes are the engine's`` (name: string) =
    let config = config name
    use engine = trained config 30
    let x = batch (fst config) 2
    let dictionary = engine.Export()
    let reconstruction = Matrix(x.Rows, x.Columns)
    let codes = dictionary.Reconstruct(x, reconstruction)
    engine.Step(x, 100L) |> ignore
    Assert.True(engine.Codes.EntryCount > 0)
    for row in 0 .. x.Rows - 1 do
        Assert.Equal<int array>(engine.Codes.RowIndices(row).ToArray(), codes.RowIndices(row).ToArray())
        assertAllClose 2e-6 $"codes of row {row}" (engine.Codes.RowValues(row).ToArray()) (codes.RowValues(row).ToArray())
    assertAllClose 1e-5 "reconstructions" (engine.Reconstruction.Copy().Values) reconstruction.Values
    use folder = new TemporaryFolder()
    dictionary.Save folder.Path
    let loaded = SparseDictionary.Load folder.Path
    Assert.Equal(string dictionary.Config, string loaded.Config)
    Assert.Equal<float32 array>(codes.Values.AsSpan(0, codes.EntryCount).ToArray(), (let again = loaded.Encode x in again.Values.AsSpan(0, again.EntryCount).ToArray()))

[<Theory>]
[<MemberData(nameof eachKind)>]
let ``An imported dictionary encodes as it did`` (name: string) =
    let config = config name
    use trained = trained config 30
    let dictionary = trained.Export()
    use engine = engine config
    engine.Import dictionary
    let x = batch (fst config) 2
    let expected, actual = dictionary.Encode x, engine.Encode x
    Assert.Equal<int array>(expected.Indices.AsSpan(0, expected.EntryCount).ToArray(), actual.Indices.AsSpan(0, actual.EntryCount).ToArray())
    assertAllClose 2e-6 "codes" (expected.Values.AsSpan(0, expected.EntryCount).ToArray()) (actual.Values.AsSpan(0, actual.EntryCount).ToArray())

[<Theory>]
[<MemberData(nameof eachKind)>]
let ``A NaN in the batch stops the step and leaves the parameters`` (name: string) =
    let config = config name
    use engine = trained config 2
    let before = state engine
    let x = batch (fst config) 1
    x[3, 2] <- nanf
    Assert.Throws<NonFiniteException>(fun () -> engine.Step(x, 100L) |> ignore) |> ignore
    Assert.Equal<(string * int array) list>(before, state engine)
    Assert.Equal(2L, engine.StepCount)

[<Theory>]
[<InlineData "relu">]
[<InlineData "tied-relu">]
let ``The sparsity term is the mean sum of the code times its weight, which rises to its full size`` (name: string) =
    let config, layers = config name
    let warming: SparsityConfig =
        match config with
        | :? ReluConfig -> ReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, SparsityWarmUpSteps = 4L, Adam = adam)
        | _ -> TiedReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, SparsityWarmUpSteps = 4L, Adam = adam)
    use engine = engine (warming, layers)
    for weight in [ 0.25; 0.5; 0.75; 1.0; 1.0 ] do
        let report = engine.Step(batch config 1, 100L)
        assertClose 1e-9 "sparsity" (0.03 * weight * Array.average report.L1) report.LossSparsity
        assertClose 1e-12 "loss" (report.LossMse + report.LossSparsity) report.Loss

[<Fact>]
let ``Biases begin below zero, so that codes begin sparse, but not where vectors are raw or a threshold does it`` () =
    let first (config: SparsityConfig) names =
        use engine = engine (config, 2)
        use set = new TensorSet(engine.SaveState())
        [ for name in names -> set.ReadFloats(name) |> Array.distinct |> Array.exactlyOne ]
    let bias = [ "encoder_bias" ]
    Assert.Equal<float32 list>([ -1.5f ], first (ReluConfig(ModelDim = 6)) bias)
    Assert.Equal<float32 list>([ -2f ], first (TiedReluConfig(ModelDim = 6)) bias)
    Assert.Equal<float32 list>([ 0f; 0.8f ], first (JumpReluConfig(ModelDim = 6)) [ "encoder_bias"; "threshold" ])
    Assert.Equal<float32 list>([ -1.5f; -1.5f; 0f ], first (GatedConfig(ModelDim = 6)) [ "encoder_bias"; "gate_bias"; "log_scale" ])
    Assert.Equal<float32 list>([ 0f ], first (ReluConfig.TowardsMonosemanticity 6) bias)
    Assert.Equal<float32 list>([ 0f ], first (TiedReluConfig.Cunningham 6) bias)
    Assert.Equal<float32 list>([ -0.25f ], first (ReluConfig(ModelDim = 6, Standardize = false, InitialBias = -0.25)) bias)

[<Fact>]
let ``While the sparsity's weight is zero it has no gradient`` () =
    let bytes sparsity warmUp =
        let config: SparsityConfig = ReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = sparsity, InitialBias = -0.1, SparsityWarmUpSteps = warmUp, Adam = adam)
        use engine = engine (config, 2)
        engine.Step(batch config 1, 100L) |> ignore
        state engine
    Assert.Equal<(string * int array) list>(bytes 0.0 0L, bytes 0.0 7L)
    Assert.NotEqual<(string * int array) list>(bytes 0.0 0L, bytes 1.0 10L)
    Assert.Equal<(string * int array) list>(bytes 0.125 0L, bytes 1.0 8L)

[<Fact>]
let ``A greater weight makes a sparser dictionary`` () =
    let l0 name sparsity =
        let config: SparsityConfig =
            match name with
            | "relu" -> ReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = sparsity, InitialBias = -0.1, Adam = adam)
            | "jumprelu" -> JumpReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = sparsity, InitialBias = -0.1, Adam = adam)
            | _ -> GatedConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = sparsity, InitialBias = -0.1, Adam = adam)
        use engine = trained (config, 2) 200
        Array.average (engine.Step(batch config 1, 300L).L0)
    for name, little, much in [ "relu", 1e-3, 0.2; "jumprelu", 1e-3, 0.1; "gated", 1e-3, 0.2 ] do
        let dense, sparse = l0 name little, l0 name much
        Assert.True(sparse < 0.8 * dense, $"{name}: {dense} became {sparse}")

[<Fact>]
let ``A tied dictionary's encoder is its decoder, of norm 1, and counts once`` () =
    use engine = trained (config "tied-relu") 20
    let dictionary = engine.Export()
    Assert.Equal<float32 array>(dictionary.Encoder.Values, dictionary.Decoder.Values)
    for latent in 0 .. latentCount - 1 do
        assertClose 1e-6 $"norm {latent}" 1.0 (sqrt (float (Kernels.SumOfSquares(dictionary.Decoder.Row latent))))
    Assert.Equal(int64 (latentCount * 6 + latentCount), dictionary.ParameterCount)

[<Fact>]
let ``Thresholds do not fall below zero`` () =
    let config: SparsityConfig = JumpReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.0, InitialThreshold = 0.05, Bandwidth = 1.0, Adam = AdamConfig(LearningRate = 0.05))
    use engine = trained (config, 2) 60
    let thresholds = (engine.Export() :?> ThresholdDictionary).Thresholds
    Assert.All(thresholds, fun t -> Assert.True(t >= 0f))
    Assert.Contains(0f, thresholds)
    Assert.Contains(thresholds, fun t -> t > 0f)

[<Theory>]
[<MemberData(nameof eachKind)>]
let ``A step allocates nothing once its buffers are made`` (name: string) =
    withThreads 1 (fun () ->
        let config = config name
        use engine = engine config
        let x = batch (fst config) 1
        for _ in 1..40 do
            engine.Step(x, 100L) |> ignore
        let before = GC.GetAllocatedBytesForCurrentThread()
        for _ in 1..10 do
            engine.Step(x, 100L) |> ignore
        // A crosscoder's view of the batch by layers is a small object, not a buffer.
        let each = (GC.GetAllocatedBytesForCurrentThread() - before) / 10L
        Assert.True(each < 512L, $"{each} bytes a step"))
