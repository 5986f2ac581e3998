module Mlsae.Tests.Transformers.LanguageModelTrainerTests

open System
open System.IO
open System.Threading
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Text
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Xunit

/// Contexts in which each token is 5 times the one before it plus 0 or 1: half a bit of news a token.
type private Arithmetic(count: int) =
    let random = Philox(2UL, "arithmetic")
    let mutable made = 0
    interface IContextStream with
        member _.ContextLength = 12
        member _.Next() =
            if made = count then
                null
            else
                made <- made + 1
                Array.init 12 (fun i -> i) |> Array.scan (fun token _ -> (5 * token + random.NextInt32 2) % 17) (random.NextInt32 17) |> Array.take 12
        member _.SaveState() = [| Tensor.Of("position", [| int64 random.Position; int64 made |], 2L) |]
        member _.RestoreState state =
            let numbers = state.ReadLongs "position"
            random.Position <- uint64 numbers[0]
            made <- int numbers[1]
    interface IDisposable with
        member _.Dispose() = ()

let private model = LanguageModelConfig.GptNeoX(1, 16, 2, 32, 17, 12)

let private training steps =
    LanguageModelTrainingConfig(Steps = steps, BatchSequences = 8, WarmupSteps = 5, LogEvery = 4, CheckpointEvery = 10, EvaluateEvery = 7, LearningRate = 1e-2)

let private heldOut =
    let stream = new Arithmetic(1000) :> IContextStream
    [| for i in 1 .. 40 -> stream.Next() |] |> Array.skip 36

let private trainer folder steps =
    new LanguageModelTrainer(model, training steps, new Arithmetic(100000), heldOut, folder)

let private weightBits (trainer: LanguageModelTrainer) = [ for p in trainer.Model.Weights.Parameters -> bits p.Values ]

/// Told of each report on the training's own thread.
let private told (action: LanguageModelProgress -> unit) =
    { new IProgress<LanguageModelProgress> with
        member _.Report value = action value }

[<Fact>]
let ``Training brings the loss near the entropy of the text`` () =
    use trainer = trainer null 300
    let losses = ResizeArray()
    let result = trainer.Run(told (fun report -> losses.Add report.Loss))
    Assert.True(result.Completed)
    Assert.Equal(300 * 8 * 12 |> int64, result.Tokens)
    assertClose 0.4 "first loss" (log 17.0) losses[0]
    // Each token leaves ln 2 nats open.
    assertClose 0.15 "held-out loss" (log 2.0) result.HeldOutLoss.Value

[<Fact>]
let ``Training gives the same bits for any number of threads`` () =
    let run threads =
        withThreads threads (fun () ->
            use trainer = trainer null 6
            trainer.Run() |> ignore
            weightBits trainer)
    Assert.Equal<int[] list>(run 1, run 3)

let private metrics (folder: TemporaryFolder) =
    [ for line in MetricsLog.Read(folder.File "metrics.jsonl") ->
          line.GetProperty("step").GetInt32(), line.GetProperty("loss").GetDouble(), line.GetProperty("gradient_norm").GetDouble() ]

[<Fact>]
let ``A cancelled training that is resumed ends with the same bits and metrics as one without a break`` () =
    use whole = new TemporaryFolder()
    use broken = new TemporaryFolder()
    use uninterrupted = trainer whole.Path 30
    uninterrupted.Run() |> ignore
    let first = trainer broken.Path 30
    use source = new CancellationTokenSource()
    let result = first.Run(told (fun report -> if report.Step = 16 then source.Cancel()), source.Token)
    first.Dispose()
    Assert.False result.Completed
    Assert.True(Directory.Exists result.Checkpoint)
    use second = trainer broken.Path 30
    Assert.True(second.Resume())
    Assert.Equal(16, second.Step)
    Assert.True(second.Run().Completed)
    Assert.Equal<int[] list>(weightBits uninterrupted, weightBits second)
    Assert.Equal<(int * float * float) list>(metrics whole, metrics broken)

[<Fact>]
let ``What was logged after the checkpoint that a training resumes from is logged again, once`` () =
    use folder = new TemporaryFolder()
    let first = trainer folder.Path 18
    first.Run() |> ignore
    first.Dispose()
    let before = metrics folder
    use second = trainer folder.Path 18
    Assert.True(second.Resume())
    Assert.Equal(10, second.Step)
    second.Run() |> ignore
    Assert.Equal<(int * float * float) list>(before, metrics folder)

[<Fact>]
let ``A training without a checkpoint begins at the beginning`` () =
    use folder = new TemporaryFolder()
    use trainer = trainer folder.Path 5
    Assert.False(trainer.Resume())
    Assert.Equal(0, trainer.Step)

[<Fact>]
let ``A checkpoint of another model is refused`` () =
    use folder = new TemporaryFolder()
    let first = trainer folder.Path 10
    first.Run() |> ignore
    first.Dispose()
    use other = new LanguageModelTrainer(LanguageModelConfig.GptNeoX(1, 16, 2, 48, 17, 12), training 10, new Arithmetic(10), null, folder.Path)
    Assert.Contains(folder.Path, Assert.ThrowsAny<InvalidDataException>(fun () -> other.Resume() |> ignore).Message)

[<Fact>]
let ``A NaN stops training with the step and the last good checkpoint`` () =
    use folder = new TemporaryFolder()
    use trainer = trainer folder.Path 30
    let spoil (report: LanguageModelProgress) =
        if report.Step = 12 then
            trainer.Model.Weights.FinalNorm[0] <- nanf
    let error = Assert.ThrowsAny<ArithmeticException>(fun () -> trainer.Run(told spoil) |> ignore)
    Assert.Contains("step 13", error.Message)
    Assert.Contains("step-10", error.Message)

[<Fact>]
let ``Contexts that end too early are said to`` () =
    use trainer = new LanguageModelTrainer(model, training 30, new Arithmetic(20))
    let error = Assert.Throws<InvalidOperationException>(fun () -> trainer.Run() |> ignore)
    Assert.Contains("after 2 of 30 steps", error.Message)

[<Fact>]
let ``The learning rate rises in a line and falls in a cosine`` () =
    let config = LanguageModelTrainingConfig(Steps = 110, WarmupSteps = 10, LearningRate = 1.0, FinalLearningRateShare = 0.1)
    assertClose 1e-12 "first" 0.1 (config.LearningRateAt 1)
    assertClose 1e-12 "peak" 1.0 (config.LearningRateAt 10)
    assertClose 1e-12 "middle" 0.55 (config.LearningRateAt 60)
    assertClose 1e-12 "last" 0.1 (config.LearningRateAt 110)

[<Fact>]
let ``Initial weights have the deviations of GPT-NeoX and depend on the seed`` () =
    let config = LanguageModelConfig.GptNeoX(2, 64, 4, 256, 300, 32)
    let weights = LanguageModelWeights.Random(config, 1UL)
    let deviation (values: Matrix) = sqrt (Kernels.SumOfSquares(values.AsSpan()) / float32 (values.Rows * values.Columns)) |> float
    assertClose 1e-3 "matrices" 0.02 (deviation weights.Blocks[1].MlpIn)
    assertClose 1e-3 "embedding" 0.02 (deviation weights.Embedding)
    assertClose 5e-4 "output projections" 0.01 (deviation weights.Blocks[0].MlpOut)
    Assert.All(weights.Blocks[0].MlpNorm, (fun x -> Assert.Equal(1f, x)))
    Assert.NotEqual<int[]>(bits weights.Embedding, bits (LanguageModelWeights.Random(config, 2UL).Embedding))

[<Fact>]
let ``One step is AdamW on the clipped gradient, without decay of norms, biases and embeddings`` () =
    let config = LanguageModelTrainingConfig(Steps = 1, BatchSequences = 2, WarmupSteps = 0, LearningRate = 0.1, FinalLearningRateShare = 1.0, WeightDecay = 0.5, ClipNorm = 0.01)
    let start = LanguageModelWeights.Random(model, 0UL)
    let batch = let stream = new Arithmetic(10) :> IContextStream in TokenBatch.Of [| stream.Next(); stream.Next() |]
    let pass = BackwardPass(LanguageModel start, 2, 12)
    pass.Run batch |> ignore
    let norm = pass.Gradients.Parameters |> Seq.sumBy (fun p -> float (Kernels.SumOfSquares(p.Values.AsSpan()))) |> sqrt
    use trainer = new LanguageModelTrainer(model, config, new Arithmetic(10))
    trainer.Run() |> ignore
    for i in 0 .. start.Parameters.Count - 1 do
        let before, after, gradient = start.Parameters[i], trainer.Model.Weights.Parameters[i], pass.Gradients.Parameters[i]
        let matrix = before.Name.StartsWith "blocks." && before.Values.Rows > 1
        Assert.Equal(matrix, before.Decays)
        for row in 0 .. before.Values.Rows - 1 do
            for column in 0 .. before.Values.Columns - 1 do
                let g = float gradient.Values[row, column] * 0.01 / norm
                let kept = float before.Values[row, column] * (if matrix then 1.0 - 0.1 * 0.5 else 1.0)
                // After one step both moments, without their bias, are the gradient itself.
                let expected = kept - 0.1 * g / (abs g + 1e-8)
                // Where the gradient is of the size of epsilon, its rounding moves the result.
                if abs g > 1e-6 then
                    assertClose 1e-5 before.Name expected (float after.Values[row, column])
