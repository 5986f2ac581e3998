module Mlsae.Tests.Analysis.LogitWeightsTests

open System
open Xunit
open Mlsae
open Mlsae.Analysis
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Transformers

let private architectures = [ "neox parallel"; "neox sequential"; "neox relu"; "gpt2"; "llama"; "llama tied" ]

let private model name = TinyModels.model (TinyModels.config name)

let private last (model: LanguageModel) kind = HookPoint(kind, model.LayerCount - 1)

let private gaussian rows columns =
    let matrix = Matrix(rows, columns)
    Philox(31UL, "logit weights").FillGaussian(matrix.AsSpan(), 1f)
    matrix

let private rowOf (matrix: Matrix) i = matrix.Row(i).ToArray() |> Array.map float

let private median (values: float[]) =
    let sorted = Array.sort values
    let middle = sorted.Length / 2
    if sorted.Length % 2 = 1 then sorted[middle] else (sorted[middle - 1] + sorted[middle]) / 2.0

/// The definition, in double and one sum at a time: d W_out π L W_unembed less its median.
let private slow (weights: LanguageModelWeights) (direction: float[]) ofNeurons layer =
    let d = weights.Config.ModelDim
    let residual =
        if ofNeurons then
            Array.init d (fun j -> direction |> Array.mapi (fun i x -> x * float weights.Blocks[layer].MlpOut[j, i]) |> Array.sum)
        else direction
    let mean = if weights.Config.Norm = NormKind.LayerNorm then Array.average residual else 0.0
    let logits =
        [| for token in 0 .. weights.Config.VocabularySize - 1 ->
               Seq.sum (seq { for j in 0 .. d - 1 -> (residual[j] - mean) * float weights.FinalNorm[j] * float weights.Unembedding[token, j] }) |]
    logits |> Array.map (fun logit -> logit - median logits)

[<Fact>]
let ``logit weights are those of the definition, for every architecture and place`` () =
    for name in architectures do
        let model = model name
        for kind in [ HookKind.ResidPost; HookKind.MlpOut; HookKind.MlpPost; HookKind.AttentionOut ] do
            let ofNeurons = (kind = HookKind.MlpPost)
            let directions = gaussian 5 (if ofNeurons then model.MlpDim else model.ModelDim)
            let found = LogitWeights.Of(model.Weights, directions, last model kind)
            for i in 0..4 do
                let expected = slow model.Weights (rowOf directions i) ofNeurons (model.LayerCount - 1)
                let scale = Seq.max (Seq.map abs expected)
                Array.iteri2 (fun token e a -> assertRelative 1e-5 $"{name} {kind} latent {i} token {token}" scale e a) expected (rowOf found i)

[<Fact>]
let ``the median of every row is 0`` () =
    let model = model "llama"
    let found = LogitWeights.Of(model.Weights, gaussian 7 model.ModelDim, last model HookKind.ResidPost)
    for i in 0..6 do
        assertClose 1e-6 "median" 0.0 (median (rowOf found i))

/// What the model's own forward pass makes of a token's last residual stream: its logits, and the vectors of a place.
let private forward (model: LanguageModel) place =
    let tokens = TokenBatch.Of(TinyModels.sequences 3 9)
    let result = model.Forward(tokens, ForwardOptions(Captures = [| place; last model HookKind.ResidPost |]))
    result.Logits, result[place], result[last model HookKind.ResidPost]

/// What the final norm divides by.
let private deviation (model: LanguageModel) (residual: float[]) =
    let mean = if model.Config.Norm = NormKind.LayerNorm then Array.average residual else 0.0
    sqrt (float model.Config.NormEpsilon + Array.averageBy (fun x -> (x - mean) * (x - mean)) residual)

[<Fact>]
let ``of the last residual stream itself, divided by the norm's deviation, they are the model's logits but for biases and a constant`` () =
    for name in architectures do
        let model = model name
        let logits, _, residual = forward model (last model HookKind.ResidPost)
        let found = LogitWeights.Of(model.Weights, residual, last model HookKind.ResidPost)
        let bias token =
            match model.Weights.FinalNormBias with
            | null -> 0.0
            | b -> Seq.sum (seq { for j in 0 .. model.ModelDim - 1 -> float b[j] * float model.Weights.Unembedding[token, j] })
        for row in 0 .. residual.Rows - 1 do
            let scale = deviation model (rowOf residual row)
            let direct = [| for token in 0 .. 12 -> float found[row, token] / scale + bias token |]
            let constant = float logits[row, 0] - direct[0]
            for token in 1..12 do
                assertClose 1e-4 $"{name}, row {row}, token {token}" (float logits[row, token]) (direct[token] + constant)

[<Fact>]
let ``neurons' activations weigh as what the MLP makes of them, less its bias`` () =
    for name in architectures do
        let model = model name
        let _, neurons, _ = forward model (last model HookKind.MlpPost)
        let _, written, _ = forward model (last model HookKind.MlpOut)
        let unbiased = written.Copy()
        match model.Weights.Blocks[model.LayerCount - 1].MlpOutBias with
        | null -> ()
        | bias -> for row in 0 .. unbiased.Rows - 1 do Kernels.AddScaled(ReadOnlySpan bias, -1f, unbiased.Row row)
        let ofNeurons = LogitWeights.Of(model.Weights, neurons, last model HookKind.MlpPost)
        let ofWritten = LogitWeights.Of(model.Weights, unbiased, last model HookKind.MlpOut)
        assertAllClose 2e-4 name (ofWritten.AsSpan().ToArray()) (ofNeurons.AsSpan().ToArray())

[<Fact>]
let ``other places, other blocks and other widths are refused with what would be right`` () =
    let model = model "neox parallel"
    let refused place width = Assert.ThrowsAny<ArgumentException>(fun () -> LogitWeights.Of(model.Weights, gaussian 2 width, place) |> ignore).Message
    Assert.Contains("mlp_post", refused (HookPoint(HookKind.MlpPre, 1)) 12)
    Assert.Contains("mlp_post", refused (HookPoint HookKind.Logits) 13)
    Assert.Contains("0 to 1", refused (HookPoint.MlpPost 2) 12)
    Assert.Contains("8", refused (HookPoint.ResidPost 1) 12)
    Assert.Contains("12", refused (HookPoint.MlpPost 1) 8)

[<Fact>]
let ``a direction with NaN has weights of NaN`` () =
    let model = model "gpt2"
    let directions = gaussian 1 model.ModelDim
    directions[0, 3] <- nanf
    let found = LogitWeights.Of(model.Weights, directions, last model HookKind.ResidPost)
    Assert.All(found.AsSpan().ToArray(), fun weight -> Assert.True(Single.IsNaN weight))
