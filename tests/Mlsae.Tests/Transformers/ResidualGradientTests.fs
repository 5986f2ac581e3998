module Mlsae.Tests.Transformers.ResidualGradientTests

open System
open System.Collections.Generic
open Mlsae
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Xunit

let private names = [ "neox parallel"; "neox sequential"; "gpt2"; "llama" ]

/// The gradient of Σ weight·outcome is the weights themselves, whatever the outcome is.
let private weighted (weights: Matrix) =
    Objective(fun firstRow outcome -> weights.RowWindow(firstRow, outcome.Rows).CopyTo outcome)

let private weightsOf rows columns = Matrix(rows, columns, vector "objective" 0 (rows * columns))

let private dot (a: Matrix) (b: Matrix) = Reference.Dot(a.Copy().AsSpan(), b.Copy().AsSpan())

[<Fact>]
let ``The gradient of the mean loss is that of the backward pass of training`` () =
    for name in names do
        let model = TinyModels.model (TinyModels.config name)
        let tokens = TokenBatch.Of(TinyModels.sequences 3 5)
        let trained = dict [ for layer in 0 .. model.LayerCount - 1 -> layer, Matrix(15, 8) ]
        BackwardPass(model, 3, 5).Run(tokens, Dictionary trained) |> ignore
        let rows = [| for t in 0 .. 14 do if t % 5 <> 4 then t |]
        let loss (first: int) (logits: Matrix) =
            let targets = Array.init logits.Rows (fun i -> tokens.Ids[rows[first + i] + 1])
            Kernels.CrossEntropy(logits, targets, Array.zeroCreate logits.Rows, logits, 1f / 12f) |> ignore
        let request = GradientRequest(Objective loss, Rows = rows, Layers = [| 0; 1 |])
        for KeyValue(layer, gradient) in model.ResidualGradients(tokens, request) do
            assertAllClose 1e-6 $"{name} layer {layer}" (trained[layer].AsSpan().ToArray()) (gradient.AsSpan().ToArray())

[<Fact>]
let ``From a later residual stream, and from one that is given, gradients are central differences`` () =
    for name in names do
        let model = TinyModels.model (TinyModels.config name)
        let tokens = TokenBatch.Of(TinyModels.sequences 2 6)
        let start = model.Forward(tokens, ForwardOptions(Captures = [| HookPoint.ResidPost 0 |])).[HookPoint.ResidPost 0]
        let rows = [| 2; 5; 9 |]
        let weights = weightsOf 3 8
        let request =
            GradientRequest(weighted weights, Outcome = HookPoint.ResidPost 1, Rows = rows, Layers = [| 0; 1 |], StartLayer = 0, StartResidual = start)
        let gradients = model.ResidualGradients(tokens, request)
        for i in 0 .. 2 do
            assertAllClose 0.0 "at the outcome itself" (weights.Row(i).ToArray()) (gradients[1].Row(rows[i]).ToArray())
        let value (distance: float32) =
            let moved = start.Copy()
            Kernels.AddScaled(vector "direction" 0 (moved.Rows * moved.Columns), distance, moved.AsSpan())
            let after = model.Forward(tokens, ForwardOptions(StartLayer = 0, StartResidual = moved, Captures = [| HookPoint.ResidPost 1 |], Logits = false))
            Seq.sum (seq { for i in 0 .. 2 -> dot (weights.RowWindow(i, 1)) (after[HookPoint.ResidPost 1].RowWindow(rows[i], 1)) })
        let step = 0.01f
        let expected = (value step - value -step) / (2.0 * float step)
        let actual = Reference.Dot(gradients[0].AsSpan(), vector "direction" 0 (start.Rows * start.Columns))
        assertClose (2e-3 * (1.0 + abs expected)) name expected actual

[<Fact>]
let ``Logits of chosen tokens have the bits of all logits, and gradients do not depend on threads`` () =
    let config = LanguageModelConfig.GptNeoX(2, 32, 4, 64, 50, 40)
    let model = LanguageModel(LanguageModelWeights.Random(config, 3UL))
    let random = Philox(9UL, "tokens")
    // Enough tokens that the sequences are shared among threads.
    let tokens = TokenBatch.Of(Array.init 60 (fun _ -> Array.init 40 (fun _ -> random.NextInt32 50)))
    let rows = [| for sequence in 0 .. 59 do if sequence % 7 <> 3 then 40 * sequence + (sequence * 11) % 40 |]
    let all = (model.Forward tokens).Logits
    let chosen = model.Forward(tokens, ForwardOptions(LogitRows = rows)).Logits
    Assert.Equal(rows.Length, chosen.Rows)
    for i in 0 .. rows.Length - 1 do
        Assert.Equal<float32[]>(all.Row(rows[i]).ToArray(), chosen.Row(i).ToArray())
    let gradient threads =
        withThreads threads (fun () ->
            let request = GradientRequest(weighted (weightsOf rows.Length 50), Rows = rows, Layers = [| 1 |])
            bits (model.ResidualGradients(tokens, request).[1]))
    Assert.Equal<int[]>(gradient 1, gradient 3)

[<Fact>]
let ``What does not fit is refused in a sentence`` () =
    let model = TinyModels.model TinyModels.neoX
    let tokens = TokenBatch.Of(TinyModels.sequences 1 4)
    let refused (part: string) (request: GradientRequest) =
        let problem = Assert.ThrowsAny<ArgumentException>(fun () -> model.ResidualGradients(tokens, request) |> ignore)
        Assert.Contains(part, problem.Message)
    let objective = weighted (weightsOf 4 13)
    refused "No layer" (GradientRequest(objective, Layers = [||]))
    refused "from block 0 to block 0" (GradientRequest(objective, Outcome = HookPoint.ResidPost 0, Layers = [| 1 |]))
    refused "blocks 0 to 1" (GradientRequest(objective, Outcome = HookPoint.ResidPost 2, Layers = [| 1 |]))
    refused "not of blocks.0.hook_attn_out" (GradientRequest(objective, Outcome = HookPoint(HookKind.AttentionOut, 0), Layers = [| 0 |]))
    refused "must ascend" (GradientRequest(objective, Rows = [| 2; 1 |], Layers = [| 0 |]))
    refused "0..3" (GradientRequest(objective, Rows = [| 4 |], Layers = [| 0 |]))
    Assert.Throws<ArgumentException>(fun () -> model.Forward(tokens, ForwardOptions(LogitRows = [| -1 |])) |> ignore) |> ignore
