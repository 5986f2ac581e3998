module Mlsae.Tests.Training.ResamplingTests

open System
open System.IO
open System.Threading
open Xunit
open Mlsae.Activations
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Training
open Mlsae.Tests.Assertions

let private d, n = 8, 60

/// Vectors near a few of many directions; token t depends on t alone.
type private Directions(length: int64) =
    let mutable position = 0L
    interface IActivationStream with
        member _.LayerCount = 1
        member _.ModelDim = d
        member _.Read destination =
            let tokens = int (min (int64 destination.Rows) (length - position))
            for row in 0 .. tokens - 1 do
                let random = Philox(3UL, "vector", uint64 (position + int64 row))
                let kind = random.NextInt32 80
                Philox(4UL, "direction", uint64 kind).FillGaussian(destination.Row row, 1f)
                destination[row, 0] <- destination[row, 0] + 0.01f * random.NextSingle()
            position <- position + int64 tokens
            tokens
        member _.SaveState() =
            let cursor = [| position |]
            [| Tensor.Of("cursor", ReadOnlySpan cursor, 1L) |]
        member _.RestoreState state = position <- (state.ReadLongs "cursor")[0]
    interface IDisposable with
        member _.Dispose() = ()

let private config resampling =
    TopKConfig(
        ModelDim = d, LatentCount = n, K = 1, AuxK = 0, EncoderBias = true, Standardize = false, PreBias = PreBiasStart.None, DeadThreshold = 0.0, DeadAfterTokens = 640L, Seed = 2UL,
        Adam = AdamConfig(LearningRate = 1e-3), Resampling = resampling)

let private soon = ResamplingConfig(AtSteps = [| 20L; 60L |], DeadOverSteps = 10L, Inputs = 500)

let private trainer folder (resampling: ResamplingConfig) steps =
    let plan = DictionaryPlan(Dictionary = config resampling, TotalTokens = 64L * steps)
    let engine = new LayeredEngine(plan, 1, 64)
    engine, DictionaryTrainer([| engine |], new Directions(1L <<< 40), TrainingConfig(BatchTokens = 64, LogEvery = 5, CheckpointEvery = 7), folder)

let private norm (rows: Matrix) row = sqrt (float (Kernels.SumOfSquares(rows.Row row)))

let private cosine (a: Matrix) i (b: Matrix) j = float (Kernels.Dot(a.Row i, b.Row j)) / (norm a i * norm b j)

[<Fact>]
let ``Draws from a stream fall on items in proportion to their weights`` () =
    let draws = 20_000
    let held = Array.create draws -1
    let weighted = WeightedDraws(draws, Philox(1UL, "test"))
    let weights = [| 1.0; 0.0; 3.0; 2.0; 4.0 |]
    weights |> Array.iteri (fun item weight -> weighted.Offer(weight, fun draw -> held[draw] <- item))
    assertClose 1e-12 "total" 10.0 weighted.TotalWeight
    weights
    |> Array.iteri (fun item weight ->
        let share = float (held |> Array.filter ((=) item) |> Array.length) / float draws
        // Five standard deviations of a share of 20,000 draws are at most 0.018.
        assertClose 0.018 $"item {item}" (weight / 10.0) share)

[<Fact>]
let ``A dead latent starts anew on an input, at a fifth of the living encoder norm, with zero bias and moments, and the living stay as they are`` () =
    use engine = new CpuTopKEngine(config soon, 1)
    let x = Matrix(64, d)
    for _ in 1..20 do
        use stream = new Directions(64L)
        (stream :> IActivationStream).Read x |> ignore
        engine.Step(x, 100L) |> ignore
    let before = engine.Export()
    let dead = [| for latent in 0 .. n - 1 do if engine.Ages.Ages[latent] >= 640L then latent |]
    Assert.NotEmpty dead
    let resampler = engine.BeginResampling 64
    resampler.Add x
    Assert.Equal(64, resampler.Inputs)
    Assert.Equal(dead.Length, resampler.Finish())
    let after = engine.Export()
    let alive = [| 0 .. n - 1 |] |> Array.except dead
    let living = alive |> Array.averageBy (fun latent -> norm before.Encoder latent)
    use state = new TensorSet(engine.SaveState(), "state")
    let moments = state.ReadMatrix "encoder.second_moment"
    for latent in dead do
        let isInput row = cosine x row after.Decoder latent > 1.0 - 1e-6
        Assert.Contains(seq { 0 .. x.Rows - 1 }, Predicate isInput)
        assertClose 1e-5 "encoder norm" (0.2 * living) (norm after.Encoder latent)
        Assert.Equal(0f, after.EncoderBias[latent])
        Assert.Equal(0.0, norm moments latent)
        Assert.Equal(0L, engine.Ages.Ages[latent])
    for latent in alive do
        Assert.Equal<float32 array>(before.Encoder.Row(latent).ToArray(), after.Encoder.Row(latent).ToArray())
        Assert.Equal<float32 array>(before.Decoder.Row(latent).ToArray(), after.Decoder.Row(latent).ToArray())

[<Fact>]
let ``Inputs are drawn with probability proportional to their loss squared`` () =
    use engine = new CpuTopKEngine(config soon, 1)
    let x = Matrix(64, d)
    use stream = new Directions(64L)
    (stream :> IActivationStream).Read x |> ignore
    for _ in 1..20 do
        engine.Step(x, 100L) |> ignore
    // One vector whose error dwarfs that of all others.
    let outlier = Matrix(64, d)
    x.CopyTo outlier
    for i in 0 .. d - 1 do
        outlier[5, i] <- -50f * outlier[5, i]
    let resampler = engine.BeginResampling 64
    resampler.Add outlier
    resampler.Finish() |> ignore
    let decoder = engine.Export().Decoder
    let fresh = [| for latent in 0 .. n - 1 do if engine.Ages.Ages[latent] = 0L && engine.Export().EncoderBias[latent] = 0f then latent |]
    let onOutlier = fresh |> Array.filter (fun latent -> cosine outlier 5 decoder latent > 1.0 - 1e-6)
    Assert.NotEmpty onOutlier
    Assert.True(float onOutlier.Length > 0.9 * float fresh.Length, $"{onOutlier.Length} of {fresh.Length}")

[<Fact>]
let ``A training stopped around a resampling goes on to the same bytes`` () =
    let weights folder = File.ReadAllBytes(Path.Combine(folder, "dictionary", "model.safetensors"))
    use whole = new TemporaryFolder()
    (snd (trainer whole.Path soon 80L)).Run() |> ignore
    for stop in [ 15L; 20L; 25L ] do
        use folder = new TemporaryFolder()
        use source = new CancellationTokenSource()
        let plan = DictionaryPlan(Dictionary = config soon, TotalTokens = 64L * 80L)
        let stopping = { new IProgress<TrainingProgress> with member _.Report progress = if progress.Step = stop then source.Cancel() }
        let first =
            DictionaryTrainer(
                [| new LayeredEngine(plan, 1, 64) |], new Directions(1L <<< 40), TrainingConfig(BatchTokens = 64, LogEvery = 5, CheckpointEvery = 7), folder.Path, Progress = stopping)
        Assert.False((first.Run source.Token).Completed)
        let _, second = trainer folder.Path soon 80L
        Assert.Equal(Nullable stop, second.Resume())
        second.Run() |> ignore
        Assert.Equal<byte[]>(weights whole.Path, weights folder.Path)
