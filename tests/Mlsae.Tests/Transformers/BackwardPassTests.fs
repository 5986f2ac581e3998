module Mlsae.Tests.Transformers.BackwardPassTests

open System
open Mlsae
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Xunit

[<Theory>]
[<InlineData "neox parallel">]
[<InlineData "neox sequential">]
[<InlineData "neox relu">]
[<InlineData "gpt2">]
[<InlineData "llama">]
[<InlineData "llama tied">]
let ``Every gradient is the central difference of the loss in double precision`` (name: string) =
    let model = TinyModels.model (TinyModels.config name)
    let sequences = TinyModels.sequences 2 5
    let pass = BackwardPass(model, 2, 5)
    let loss = pass.Run(TokenBatch.Of sequences)
    let weights = DoubleModel.widen model.Weights
    assertClose 1e-6 "loss" (DoubleModel.loss model.Config weights sequences) loss
    let step = 1e-5
    for parameter in pass.Gradients.Parameters do
        let rows = weights[parameter.Name]
        let scale = parameter.Values.AsSpan().ToArray() |> Array.fold (fun most g -> max most (abs (float g))) 0.0
        Assert.True(scale > 0.0, $"{parameter.Name} has no gradient")
        for i in 0 .. rows.Length - 1 do
            for j in 0 .. rows[i].Length - 1 do
                let value = rows[i][j]
                rows[i][j] <- value + step
                let above = DoubleModel.loss model.Config weights sequences
                rows[i][j] <- value - step
                let below = DoubleModel.loss model.Config weights sequences
                rows[i][j] <- value
                assertClose (2e-5 * scale + 2e-7) $"{parameter.Name}[{i},{j}]" ((above - below) / (2.0 * step)) (float parameter.Values[i, j])

[<Fact>]
let ``The gradient of the residual stream is that of moving it`` () =
    let model = TinyModels.model (TinyModels.config "neox sequential")
    let tokens = TokenBatch.Of(TinyModels.sequences 2 5)
    let pass = BackwardPass(model, 2, 5)
    let gradient = Matrix(10, 8)
    pass.Run(tokens, dict [ 0, gradient ] |> System.Collections.Generic.Dictionary) |> ignore
    let at = model.Forward(tokens, ForwardOptions(Captures = [| HookPoint.ResidPost 0 |])).[HookPoint.ResidPost 0]
    let direction = vector "direction" 0 (at.Rows * at.Columns)
    let lossAt (distance: float32) =
        let moved = at.Copy()
        Kernels.AddScaled(direction, distance, moved.AsSpan())
        let logits = model.Forward(tokens, ForwardOptions(StartLayer = 0, StartResidual = moved)).Logits
        (LanguageModelLoss.OfTokens(logits, tokens) |> Array.sumBy float) / 8.0
    let step = 0.01f
    let difference = (lossAt step - lossAt -step) / (2.0 * float step)
    let expected = Reference.Dot(gradient.AsSpan(), direction)
    assertClose (1e-3 * (1.0 + abs expected)) "derivative" expected difference

[<Fact>]
let ``Gradients are the same bits for any number of threads`` () =
    let config = LanguageModelConfig.GptNeoX(2, 32, 4, 64, 50, 40)
    let model = LanguageModel(LanguageModelWeights.Random(config, 3UL))
    let random = Philox(9UL, "tokens")
    let tokens = TokenBatch.Of(Array.init 6 (fun _ -> Array.init 40 (fun _ -> random.NextInt32 50)))
    let gradients threads =
        withThreads threads (fun () ->
            let pass = BackwardPass(model, 6, 40)
            let loss = pass.Run tokens
            BitConverter.DoubleToInt64Bits loss, [ for p in pass.Gradients.Parameters -> bits p.Values ])
    Assert.Equal(gradients 1, gradients 3)

[<Fact>]
let ``Loss without gradients is the loss with them`` () =
    let model = TinyModels.model TinyModels.gpt2
    let tokens = TokenBatch.Of(TinyModels.sequences 3 7)
    let pass = BackwardPass(model, 3, 7)
    Assert.Equal(pass.Run tokens, pass.Loss tokens)
    assertClose 1e-6 "mean" (pass.Loss tokens) (LanguageModelLoss.Mean(model, TinyModels.sequences 3 7, 2))
