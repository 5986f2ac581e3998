module Mlsae.Tests.Dictionaries.CpuMatryoshkaEngineTests

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

let private batch rows seed =
    let x = Matrix(rows, d)
    Philox(uint64 seed, "batch").FillGaussian(x.Values, 2f)
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- x.Values[i] + float32 (i % d)
    x

let private config (prefixes: float list) =
    MatryoshkaConfig(
        ModelDim = d, LatentCount = n, K = k, AuxK = 4, AuxKCoefficient = 0.25, DeadAfterTokens = 8L, Seed = 7UL, Prefixes = Array.ofList prefixes,
        Adam = AdamConfig(LearningRate = 1e-3))

let private trained config steps =
    let engine = new CpuMatryoshkaEngine(config, layers)
    for step in 1..steps do
        engine.Step(batch (tokens * layers) 1, 100L) |> ignore
    engine

let private state (engine: IDictionaryEngine) =
    [ for tensor in engine.SaveState() -> tensor.Name, Convert.ToHexString(tensor.Bytes.ToArray()) ]

[<Fact>]
let ``Gradients are central differences while no latent is dead`` () =
    use engine = trained (config [ 0.1; 0.35; 1.0 ]) 1
    Assert.Equal(0, engine.Ages.DeadCount)
    checkGradients 2e-6 engine (batch (tokens * layers) 2)

[<Fact>]
let ``Gradients are central differences when dead latents reconstruct the error of the full dictionary`` () =
    use engine = trained (config [ 0.1; 0.35; 1.0 ]) 3
    Assert.True(engine.Ages.DeadCount > 0)
    checkGradients 2e-6 engine (batch (tokens * layers) 2)

[<Fact>]
let ``A crosscoder's gradients are central differences`` () =
    let config =
        MatryoshkaConfig(ModelDim = d, Parts = 2, LatentCount = n, K = k, AuxK = 0, Seed = 7UL, EncoderBias = true, Prefixes = [| 0.2; 0.5; 1.0 |], Adam = AdamConfig(LearningRate = 1e-2))
    use engine = new CpuMatryoshkaEngine(config, 1)
    for step in 1..2 do
        engine.Step(batch 8 1, 100L) |> ignore
    checkGradients 2e-6 engine (batch 8 2)

[<Fact>]
let ``With one prefix training is BatchTopK's, bit for bit`` () =
    use matryoshka = trained (config [ 1.0 ]) 0
    let alike = BatchTopKConfig(ModelDim = d, LatentCount = n, K = k, AuxK = 4, AuxKCoefficient = 0.25, DeadAfterTokens = 8L, Seed = 7UL, Adam = AdamConfig(LearningRate = 1e-3))
    use batchTopK = new CpuBatchTopKEngine(alike, layers)
    for step in 1..6 do
        let a, b = matryoshka.Step(batch (tokens * layers) step, 100L), batchTopK.Step(batch (tokens * layers) step, 100L)
        Assert.Equal(b.Loss, a.Loss)
        Assert.Equal<float array>(b.Fvu, a.Fvu)
    Assert.True(batchTopK.Ages.DeadCount > 0)
    Assert.Equal<(string * string) list>(state batchTopK, state matryoshka)

[<Fact>]
let ``The report's FVU is the full reconstruction's, and its loss the mean over prefixes, which is no less`` () =
    use engine = trained (config [ 0.1; 0.35; 1.0 ]) 1
    let before = engine.Export()
    let x = batch (tokens * layers) 2
    let report = engine.Step(x, 100L)
    let prefixFvu size =
        let y = Matrix(x.Rows, d)
        let codes = SparseRows(ReadOnlySpan [| for row in 0 .. x.Rows - 1 -> engine.Codes.RowIndices(row).ToArray() |> Array.filter (fun latent -> latent < size) |> Array.length |])
        for row in 0 .. x.Rows - 1 do
            engine.Codes.RowIndices(row).Slice(0, codes.RowIndices(row).Length).CopyTo(codes.RowIndices row)
            engine.Codes.RowValues(row).Slice(0, codes.RowValues(row).Length).CopyTo(codes.RowValues row)
        before.Decode(codes, x, y)
        let variances = LayerVariances(layers, d)
        variances.Compute x
        [| for layer in 0 .. layers - 1 ->
               Seq.sum (seq { for row in layer..layers .. x.Rows - 1 do for i in 0 .. d - 1 -> (float x[row, i] - float y[row, i]) ** 2.0 }) / variances.PerDimension[layer] |]
    let fvus = [ for size in [ 2; 7; 20 ] -> prefixFvu size ]
    assertClose 1e-6 "loss" (fvus |> List.averageBy Array.average) report.LossMse
    for layer in 0 .. layers - 1 do
        assertClose 1e-6 "FVU" (List.last fvus).[layer] report.Fvu[layer]
    Assert.True(report.LossMse > Array.average report.Fvu)

[<Fact>]
let ``The first latents reconstruct alone better than BatchTopK's first latents`` () =
    // Thirty-two random directions in twelve dimensions, three or so in a vector.
    let directions = Matrix(32, 12)
    Philox(1UL, "directions").FillGaussian(directions.Values, 1f)
    let sums rows seed =
        let x = Matrix(rows, 12)
        for row in 0 .. rows - 1 do
            let random = Philox(uint64 seed, "sums", uint64 row)
            random.FillGaussian(x.Row row, 0.05f)
            for i in 0..2 do
                Kernels.AddScaled(directions.Row(random.NextInt32 32), 0.5f + random.NextSingle(), x.Row row)
        x
    let adam = AdamConfig(LearningRate = 3e-3)
    let matryoshka = new CpuMatryoshkaEngine(MatryoshkaConfig(ModelDim = 12, LatentCount = 64, K = 3, AuxK = 0, Prefixes = [| 0.25; 1.0 |], Adam = adam), 1)
    let batchTopK = new CpuBatchTopKEngine(BatchTopKConfig(ModelDim = 12, LatentCount = 64, K = 3, AuxK = 0, Adam = adam), 1)
    let firstFvu (engine: CpuBatchTopKEngine) =
        for step in 1..300 do
            engine.Step(sums 128 step, 300L) |> ignore
        let dictionary, x = engine.Export(), sums 1024 1000
        let codes, y = dictionary.Encode x, Matrix(x.Rows, 12)
        for entry in 0 .. codes.EntryCount - 1 do
            if codes.Indices[entry] >= 16 then
                codes.Values[entry] <- 0f
        dictionary.Decode(codes, x, y)
        let variances = LayerVariances(1, 12)
        variances.Compute x
        Seq.sum (Seq.map2 (fun a b -> (float a - float b) ** 2.0) x.Values y.Values) / variances.PerDimension[0]
    let nested, flat = firstFvu matryoshka, firstFvu batchTopK
    Assert.True(nested < 0.8 * flat, $"FVU of the first 16 latents: {nested} nested, {flat} not")

[<Fact>]
let ``Training gives the same bytes for any number of threads, and from a saved state`` () =
    let make () = new CpuMatryoshkaEngine(MatryoshkaConfig(ModelDim = d, LatentCount = 300, K = 5, DeadAfterTokens = 200L, Seed = 3UL), 2)
    let run threads =
        Samples.withThreads threads (fun () ->
            use engine = make ()
            for step in 1..6 do
                engine.Step(batch 200 step, 100L) |> ignore
            state engine)
    let one = run 1
    Assert.Equal<(string * string) list>(one, run 2)
    Assert.Equal<(string * string) list>(one, run 5)
    use first = make ()
    for step in 1..3 do
        first.Step(batch 200 step, 100L) |> ignore
    use second = make ()
    second.RestoreState(new TensorSet(first.SaveState()))
    for step in 4..6 do
        second.Step(batch 200 step, 100L) |> ignore
    Assert.Equal<(string * string) list>(one, state second)

[<Fact>]
let ``A saved dictionary comes back with its threshold and its prefixes`` () =
    use folder = new TemporaryFolder()
    use engine = trained (config [ 0.1; 0.35; 1.0 ]) 3
    let dictionary = engine.Export() :?> ThresholdDictionary
    dictionary.Save folder.Path
    let loaded = SparseDictionary.Load folder.Path :?> ThresholdDictionary
    Assert.Equal<float32 array>(dictionary.Thresholds, loaded.Thresholds)
    Assert.Equal<int array>([| 2; 7; 20 |], (loaded.Config :?> MatryoshkaConfig).PrefixSizes())

[<Fact>]
let ``The factory makes an engine of this kind`` () =
    use engine = DictionaryEngine.Create(config [ 0.5; 1.0 ], layers)
    Assert.IsType<CpuMatryoshkaEngine> engine |> ignore
