module Mlsae.Tests.Dictionaries.CpuTopKEngineTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Dictionaries.SelectionLoss

let private d, n, k, layers, tokens = 6, 20, 3, 2, 5

let private config () =
    TopKConfig(ModelDim = d, LatentCount = n, K = k, AuxK = 4, AuxKCoefficient = 0.25, DeadAfterTokens = 8L, Seed = 7UL, Adam = AdamConfig(LearningRate = 1e-3))

let private batch seed =
    let x = Matrix(tokens * layers, d)
    Philox(uint64 seed, "batch").FillGaussian(x.Values, 2f)
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- x.Values[i] + float32 (i % d)
    x

/// An engine some steps into training, so that some latents are dead by the next one.
let private trained (config: TopKConfig) steps =
    let engine = new CpuTopKEngine(config, layers)
    for step in 1..steps do
        engine.Step(batch 1, 100L) |> ignore
    engine

let private check (config: TopKConfig) steps expectDead =
    use engine = trained config steps
    Assert.Equal(expectDead, engine.Ages.DeadCount > 0)
    checkGradients 2e-6 engine (batch 2)

[<Fact>]
let ``Gradients of the corrected loss are its central differences while no latent is dead`` () = check (config ()) 1 false

[<Fact>]
let ``Gradients of the corrected loss are its central differences when dead latents reconstruct the error`` () = check (config ()) 3 true

[<Fact>]
let ``Gradients with a bias of the pre-activations are central differences, of that bias too`` () =
    check
        (TopKConfig(
            ModelDim = d, LatentCount = n, K = k, AuxK = 4, AuxKCoefficient = 0.25, DeadAfterTokens = 8L, Seed = 7UL, EncoderBias = true,
            Adam = AdamConfig(LearningRate = 1e-2)))
        3
        true

[<Fact>]
let ``AuxK's loss is zero while no latent is dead and positive when some are`` () =
    use engine = trained (config ()) 1
    Assert.Equal(0.0, engine.Step(batch 1, 100L).LossAuxK)
    let report = engine.Step(batch 1, 100L)
    Assert.True(report.LossAuxK > 0.0 && report.AuxKActive > 0)

[<Fact>]
let ``Ages count tokens, and only latents above the threshold are active`` () =
    let ages = LatentAges(TopKConfig(ModelDim = d, LatentCount = 4, K = 1, DeadAfterTokens = 10L))
    let codes = SparseRows(2, 2)
    codes.Indices[1] <- 2
    codes.Values[1] <- 0.5f
    codes.Indices[2] <- 1
    codes.Values[2] <- 5e-4f
    ages.Update(codes, 6)
    Assert.Equal<int64 array>([| 6L; 6L; 0L; 6L |], ages.Ages)
    Assert.Equal(0, ages.DeadCount)
    ages.Update(codes, 6)
    Assert.Equal<bool array>([| true; true; false; true |], ages.Dead)
    Assert.Equal(3, ages.DeadCount)

[<Fact>]
let ``Decoder rows have norm 1 after every corrected step`` () =
    use engine = trained (config ()) 5
    let decoder = engine.Export().Decoder
    for latent in 0 .. n - 1 do
        assertClose 1e-6 $"norm {latent}" 1.0 (sqrt (float (Kernels.SumOfSquares(decoder.Row latent))))

[<Fact>]
let ``Training gives the same bytes for any number of threads`` () =
    let run threads =
        Mlsae.Tests.Numerics.Samples.withThreads threads (fun () ->
            let engine = new CpuTopKEngine(TopKConfig(ModelDim = 24, LatentCount = 300, K = 5, DeadAfterTokens = 200L, Seed = 3UL, Adam = AdamConfig(LearningRate = 1e-3)), 3)
            let x = Matrix(3 * 100, 24)
            Philox(1UL, "batch").FillGaussian(x.Values, 1f)
            for step in 1..6 do
                engine.Step(x, 100L) |> ignore
            let result = engine.Export()
            Array.concat [ result.Encoder.Values; result.Decoder.Values; result.PreBias ] |> Array.map BitConverter.SingleToInt32Bits)
    let one = run 1
    Assert.Equal<int array>(one, run 2)
    Assert.Equal<int array>(one, run 5)

[<Fact>]
let ``Predicting with nothing but the centre has an FVU of about 1, and training lowers it`` () =
    let faster = TopKConfig(ModelDim = d, LatentCount = n, K = k, AuxK = 4, AuxKCoefficient = 0.25, DeadAfterTokens = 8L, Seed = 7UL, Adam = AdamConfig(LearningRate = 1e-2))
    use engine = new CpuTopKEngine(faster, layers)
    let first = engine.Step(batch 1, 302L).LossMse
    for step in 1..300 do
        engine.Step(batch 1, 302L) |> ignore
    let last = engine.Step(batch 1, 302L).LossMse
    Assert.True(last < 0.2 * first, $"{first} became {last}")

[<Fact>]
let ``A NaN in the batch stops the step, names the activations' layer, and leaves the parameters`` () =
    use engine = trained (config ()) 2
    let before = engine.Export()
    let x = batch 1
    x[3, 2] <- Single.NaN
    let error = Assert.Throws<NonFiniteException>(fun () -> engine.Step(x, 100L) |> ignore)
    Assert.Equal("the activations of layer 1", error.Tensor)
    Assert.Equal(3L, error.Step)
    Assert.Equal<float32 array>(before.Encoder.Values, engine.Export().Encoder.Values)
    Assert.Equal<float32 array>(before.Decoder.Values, engine.Export().Decoder.Values)
    Assert.Equal(2L, engine.StepCount)

[<Fact>]
let ``A batch of another width, or not of whole tokens, is refused`` () =
    use engine = new CpuTopKEngine(config (), layers)
    Assert.Throws<ArgumentException>(fun () -> engine.Step(Matrix(4, d + 1), 100L) |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> engine.Step(Matrix(5, d), 100L) |> ignore) |> ignore

[<Fact>]
let ``A step allocates nothing once its buffers are made`` () =
    Mlsae.Tests.Numerics.Samples.withThreads 1 (fun () ->
        use engine = trained (TopKConfig(ModelDim = 16, LatentCount = 64, K = 4, DeadAfterTokens = 1000L)) 0
        let x = Matrix(tokens * layers, 16)
        Philox(1UL, "batch").FillGaussian(x.Values, 1f)
        for step in 1..3 do
            engine.Step(x, 100L) |> ignore
        let before = GC.GetAllocatedBytesForCurrentThread()
        for step in 1..10 do
            engine.Step(x, 100L) |> ignore
        // The encoder product's own small change is not a buffer: less than a hundredth of one.
        let each = (GC.GetAllocatedBytesForCurrentThread() - before) / 10L
        Assert.True(each < 1024L, $"{each} bytes a step"))
