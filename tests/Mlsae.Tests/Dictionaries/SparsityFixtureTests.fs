module Mlsae.Tests.Dictionaries.SparsityFixtureTests

open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private steps, rows, d = 8, 256, 32

let private transposed rows columns (values: float32[]) =
    Array.init values.Length (fun i -> values[i % rows * columns + i / rows])

/// One folder's batches trained on from its initial weights, and how its tensors lie.
type private Replay(folder: string, config: SparsityConfig) =
    let fixture = SafetensorsFile.Open(golden $"{folder}/fixture.safetensors")
    let n = config.LatentCount
    let engine = DictionaryEngine.Create(config, 1) :?> CpuEngine
    let record = GradientRecord(n, d)
    do engine.Gradients <- record

    member _.Fixture = fixture
    member _.Engine = engine
    member _.Record = record

    /// A tensor as the engine has it: decoders are stored with a latent a column.
    member _.Floats(name: string) =
        let values: float32[] = fixture.ReadFloats name
        if name.EndsWith "decoder.weight" then transposed d n values else values

    member this.Import(encoder: string, decoder: string, bias: string, encoderBias: string) =
        let matrix name = Matrix(n, d, this.Floats name)
        let preBias = if bias = "" then Array.zeroCreate d else this.Floats bias
        engine.Import(ThresholdDictionary(config, matrix encoder, matrix decoder, preBias, this.Floats encoderBias, Array.zeroCreate n))

    /// Does one step and compares losses, L0 and how often each latent is active; the limit is of the losses.
    member this.Step(step: int, limit, losses: (string * (StepReport -> float)) list) =
        let x = Matrix(rows, d, Array.sub (fixture.ReadFloats "x") (step * rows * d) (rows * d))
        let report = engine.Step(x, int64 steps)
        for name, actual in losses do
            assertClose limit $"{name} of step {step}" (float (this.Floats(name)[step])) (actual report)
        assertClose 1e-6 $"L0 of step {step}" (float (this.Floats("log.l0")[step])) report.L0[0]
        let counts = Array.zeroCreate<int64> n
        for entry in 0 .. engine.Codes.EntryCount - 1 do
            counts[engine.Codes.Indices[entry]] <- counts[engine.Codes.Indices[entry]] + 1L
        Assert.Equal<int64 array>(fixture.ReadLongs("log.active_per_latent")[step * n .. (step + 1) * n - 1], counts)

    /// Compares the codes of the last step with dense ones.
    member this.Codes(name: string, limit) =
        let dense = Array.zeroCreate<float32> (rows * n)
        for row in 0 .. rows - 1 do
            for entry in engine.Codes.Start row .. engine.Codes.Start(row + 1) - 1 do
                dense[row * n + engine.Codes.Indices[entry]] <- engine.Codes.Values[entry]
        assertAllClose limit name (this.Floats name) dense

    /// Compares tensors of the engine's state.
    member this.State(limit, pairs: (string * string) list) =
        use state = new TensorSet(engine.SaveState())
        for expected, actual in pairs do
            assertAllClose limit expected (this.Floats expected) (state.ReadFloats actual)

    interface System.IDisposable with
        member _.Dispose() =
            fixture.Dispose()
            engine.Dispose()

/// Each parameter's name there and here, after a prefix.
let private named (prefix: string) (suffix: string) pairs =
    pairs |> List.map (fun (there: string, here: string) -> prefix + there, here + suffix)

[<Fact>]
let ``Cunningham et al.'s published training is reproduced step by step`` () =
    let config =
        TiedReluConfig(
            ModelDim = d, LatentCount = 64, Standardize = false, Loss = ReconstructionLoss.MeanSquaredError, Sparsity = 1e-3, DeadThreshold = 0.0,
            Adam = AdamConfig(LearningRate = 1e-3, Epsilon = 1e-8))
    use replay = new Replay("tied_relu_l1", config)
    replay.Import("init.encoder", "init.encoder", "", "init.encoder_bias")
    let parameters = [ "encoder", "encoder"; "encoder_bias", "encoder_bias" ]
    let losses = [ "log.loss", (fun (r: StepReport) -> r.Loss); "log.l_reconstruction", (fun r -> r.LossMse); "log.l_l1", (fun r -> r.LossSparsity) ]
    replay.Step(0, 2e-7, losses)
    replay.Codes("step0.c", 2e-6)
    assertAllClose 1e-7 "step0.grad.encoder" (replay.Floats "step0.grad.encoder") replay.Record.Encoder.Values
    assertAllClose 1e-7 "step0.grad.encoder_bias" (replay.Floats "step0.grad.encoder_bias") (replay.Record.PerLatent "encoder_bias")
    replay.State(1e-7, named "step0.after." "" parameters)
    for step in 1 .. steps - 1 do
        replay.Step(step, 2e-7, losses)
    replay.State(5e-7, named "final." "" parameters)
    replay.State(1e-7, named "final.adam_m." ".first_moment" parameters)
    replay.State(1e-9, named "final.adam_v." ".second_moment" parameters)

[<Fact>]
let ``Training as in Towards Monosemanticity is reproduced step by step`` () =
    let config =
        ReluConfig(
            ModelDim = d, LatentCount = 96, Standardize = false, Loss = ReconstructionLoss.SquaredNorm, Sparsity = 0.1, DeadThreshold = 0.0,
            Adam = AdamConfig(LearningRate = 1e-3, Epsilon = 1e-8))
    use replay = new Replay("untied_l1_unitnorm", config)
    replay.Import("init.encoder.weight", "init.decoder.weight", "init.bias", "init.encoder.bias")
    let parameters = [ "encoder.weight", "encoder"; "decoder.weight", "decoder"; "bias", "pre_bias"; "encoder.bias", "encoder_bias" ]
    let losses = [ "log.loss", (fun (r: StepReport) -> r.Loss); "log.mse_loss", (fun r -> r.LossMse); "log.sparsity_loss", (fun r -> r.LossSparsity / 0.1) ]
    replay.Step(0, 4e-5, losses)
    replay.Codes("step0.f", 1e-5)
    let gradients =
        [ "raw.encoder.weight", replay.Record.Encoder.Values
          "raw.decoder.weight", replay.Record.Decoder.Values
          "projected.decoder.weight", replay.Record.ProjectedDecoder.Values
          "raw.bias", replay.Record.PreBias
          "raw.encoder.bias", replay.Record.PerLatent "encoder_bias" ]
    for name, actual in gradients do
        assertAllClose 1e-5 name (replay.Floats $"step0.grad_{name}") actual
    replay.State(5e-7, named "step0.after." "" parameters)
    for step in 1 .. steps - 1 do
        replay.Step(step, 4e-5, losses)
    replay.State(1e-6, named "final." "" parameters)
    replay.State(5e-6, named "final.adam_m." ".first_moment" parameters)
    replay.State(1e-5, named "final.adam_v." ".second_moment" parameters)
