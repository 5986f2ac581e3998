module Mlsae.Tests.Dictionaries.SelectionFixtureTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private steps, rows, n, d = 8, 256, 256, 32

let private adam = AdamConfig(LearningRate = 1e-3, Epsilon = 1e-8)

/// One library's batches trained on from its initial weights. A decoder named weight is stored with a latent a column.
type private Replay(folder: string, config: TopKConfig, decoderName: string) =
    let fixture = SafetensorsFile.Open(golden $"{folder}/fixture.safetensors")
    let x = fixture.ReadFloats "x"
    let engine = new CpuTopKEngine(config, 1)
    let record = GradientRecord(n, d)

    let floats (name: string) =
        let values: float32[] = fixture.ReadFloats name
        if name.EndsWith "decoder.weight" then Array.init values.Length (fun i -> values[i % d * n + i / d]) else values

    do
        engine.Gradients <- record
        let matrix name = Matrix(n, d, floats name)
        engine.Import(TopKDictionary(config, matrix "init.encoder.weight", matrix $"init.{decoderName}", floats "init.b_dec", null, floats "init.encoder.bias"))
        engine.ForgetPreBias()

    member _.Floats name = floats name
    member _.Engine = engine
    member _.Record = record

    member _.Step step = engine.Step(Matrix(rows, d, Array.sub x (step * rows * d) (rows * d)), int64 steps)

    /// A row of a logged tensor of integers.
    member _.Logged(name: string, step, length) =
        let values: int64[] = fixture.ReadLongs name
        Array.sub values (step * length) length

    member _.CheckParameters(prefix: string, encoderLimit) =
        let dictionary = engine.Export()
        assertAllClose encoderLimit $"{prefix} encoder" (floats $"{prefix}.encoder.weight") dictionary.Encoder.Values
        assertAllClose 2e-6 $"{prefix} decoder" (floats $"{prefix}.{decoderName}") dictionary.Decoder.Values
        assertAllClose 2e-6 $"{prefix} pre-bias" (floats $"{prefix}.b_dec") dictionary.PreBias
        assertAllClose 2e-6 $"{prefix} encoder bias" (floats $"{prefix}.encoder.bias") dictionary.EncoderBias

    /// The largest difference of a weight after the last step.
    member this.Distance =
        for step in 0 .. steps - 1 do
            this.Step step |> ignore
        let dictionary = engine.Export()
        let largest expected actual = Array.map2 (fun (a: float32) (b: float32) -> abs (a - b)) expected actual |> Array.max
        max (largest (floats "final.encoder.weight") dictionary.Encoder.Values) (largest (floats $"final.{decoderName}") dictionary.Decoder.Values)

    interface IDisposable with
        member _.Dispose() =
            fixture.Dispose()
            engine.Dispose()

let private dictionaryLearning clipNorm compatibility =
    TopKConfig(
        ModelDim = d, LatentCount = n, K = 6, AuxK = 16, Standardize = false, EncoderBias = true, Loss = ReconstructionLoss.SquaredNorm, ClipNorm = clipNorm,
        DeadAfterTokens = 768L, DeadThreshold = 0.0, Adam = adam, Compatibility = compatibility)

let private sparsify compatibility =
    TopKConfig(
        ModelDim = d, LatentCount = n, K = 6, AuxK = 16, Standardize = false, EncoderBias = true, PreBias = PreBiasStart.Mean, DeadAfterTokens = 769L,
        DeadThreshold = 0.0, Adam = adam, Compatibility = compatibility)

[<Fact>]
let ``dictionary_learning's TopK training is reproduced step by step`` () =
    use replay = new Replay("dl_topk_auxk", dictionaryLearning 1.0 Compatibility.DictionaryLearning, "decoder.weight")
    // What that library keeps beside the weights for encoding without TopK: from the fourth step on the running mean of each vector's smallest value.
    let mutable threshold = -1f
    for step in 0 .. steps - 1 do
        let report = replay.Step step
        assertClose 1e-5 $"loss of step {step}" (float (replay.Floats("log.loss")[step])) report.Loss
        Assert.Equal<int64 array>(replay.Logged("log.num_tokens_since_fired", step, n), replay.Engine.Ages.Ages)
        Assert.Equal<int64 array>(replay.Logged("log.dead_features", step, 1), [| int64 report.DeadCount |])
        if step > 2 then
            let smallest = [ for row in 0 .. rows - 1 -> replay.Engine.Codes.RowValues(row).ToArray() |> Array.min ] |> List.average
            threshold <- if threshold < 0f then smallest else 0.999f * threshold + 0.001f * smallest
        assertClose 1e-6 $"threshold of step {step}" (float (replay.Floats("log.threshold")[step])) (float threshold)
        if step = 0 then
            assertAllClose 2e-6 "geometric median" (replay.Floats "geometric_median_step0") replay.Engine.StartedFrom
            replay.CheckParameters("step0.after", 2e-6)
    replay.CheckParameters("final", 2e-6)

[<Fact>]
let ``sparsify's training with Adam is reproduced step by step`` () =
    use replay = new Replay("sparsify_adam", sparsify Compatibility.Sparsify, "W_dec")
    for step in 0 .. steps - 1 do
        let dead = replay.Engine.Ages.DeadCount
        let report = replay.Step step
        assertClose 2e-7 $"FVU of step {step}" (float (replay.Floats("log.fvu")[step])) report.LossMse
        assertClose 2e-7 $"AuxK's loss of step {step}" (float (replay.Floats("log.auxk_loss")[step])) (32.0 * report.LossAuxK)
        Assert.Equal<int64 array>(replay.Logged("log.n_dead", step, 1), [| int64 dead |])
        Assert.Equal<int64 array>(replay.Logged("log.since", step, n), replay.Engine.Ages.Ages)
        if step = 0 then
            let gradients =
                [ "encoder.weight", replay.Record.Encoder.Values; "encoder.bias", replay.Record.PerLatent "encoder_bias"; "W_dec", replay.Record.Decoder.Values; "b_dec", replay.Record.PreBias ]
            for name, actual in gradients do
                assertAllClose 1e-7 name (replay.Floats $"step0.grad_raw.{name}") actual
            // Of some encoder weights the gradient is near Adam's ε, where rounding shows: the library's own runs in two precisions differ by 4e-6.
            replay.CheckParameters("step0.after", 2e-5)
    replay.CheckParameters("final", 2e-5)

/// All of sparsify's switches but one.
let private sparsifyWithout (name: string) =
    Compatibility(
        NormalizesBeforeStep = (name <> "NormalizesBeforeStep"), AuxKAddsPreBias = (name <> "AuxKAddsPreBias"), AuxKOverInputVariance = (name <> "AuxKOverInputVariance"),
        AuxKScaledByDeadShare = (name <> "AuxKScaledByDeadShare"), AuxKTrainsDecoderOnly = (name <> "AuxKTrainsDecoderOnly"))

[<Fact>]
let ``Without any one of their settings the libraries' weights are not reproduced`` () =
    Assert.Equal(Compatibility.Sparsify, sparsifyWithout "nothing")
    let far (folder: string) decoderName config what =
        use replay = new Replay(folder, config, decoderName)
        let distance = replay.Distance
        Assert.True(distance > 1e-4f, $"{what}: {distance}")
    far "dl_topk_auxk" "decoder.weight" (dictionaryLearning 0.0 Compatibility.DictionaryLearning) "clipping"
    far "dl_topk_auxk" "decoder.weight" (dictionaryLearning 1.0 Compatibility.Corrected) "AgesBeforeAuxK"
    for name in [ "NormalizesBeforeStep"; "AuxKAddsPreBias"; "AuxKOverInputVariance"; "AuxKScaledByDeadShare"; "AuxKTrainsDecoderOnly" ] do
        far "sparsify_adam" "W_dec" (sparsify (sparsifyWithout name)) name

[<Fact>]
let ``A quirk of raw vectors is refused where vectors are standardised`` () =
    let error = Assert.Throws<ArgumentException>(fun () -> TopKConfig(ModelDim = 6, K = 2, Compatibility = Compatibility.Sparsify).Validated() |> ignore)
    Assert.Contains("standardize", error.Message)
