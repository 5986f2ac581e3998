module Mlsae.Tests.Transformers.GoldenModelTests

open System
open System.Collections.Generic
open System.IO
open Mlsae
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Xunit

let private bound = 5e-5

/// The model of a golden folder, what is expected of it, and its input.
let load (name: string) =
    let folder = golden name
    let model = LanguageModel.Load folder
    use expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"))
    let tensors = Dictionary<string, float32[]>()
    for tensor in expected.Names do
        tensors[tensor] <- expected.ReadFloats tensor
    let shape = (expected.Describe "input_ids").ToTuple() |> snd
    let ids = expected.ReadLongs "input_ids" |> Array.map int
    model, tensors, TokenBatch(ids, int shape[0], int shape[1])

let private hooks (model: LanguageModel) =
    [ yield "embed", HookPoint(HookKind.Embed)
      yield "final_ln", HookPoint(HookKind.FinalNorm)
      yield "layers.0.attn_probs", HookPoint(HookKind.AttentionPattern, 0)
      for layer in 0 .. model.LayerCount - 1 do
          yield $"layers.{layer}.attn_out", HookPoint(HookKind.AttentionOut, layer)
          yield $"layers.{layer}.mlp_act", HookPoint(HookKind.MlpPost, layer)
          yield $"layers.{layer}.mlp_out", HookPoint(HookKind.MlpOut, layer)
          yield $"layers.{layer}.resid_post", HookPoint(HookKind.ResidPost, layer) ]

let private values (matrix: Matrix) = matrix.AsSpan().ToArray()

[<Theory>]
[<InlineData "gptneox_parallel">]
[<InlineData "gptneox_sequential">]
[<InlineData "gptneox_f16_hub_layout">]
[<InlineData "gptneox_relu_1layer">]
[<InlineData "gpt2">]
[<InlineData "gpt2_hub_layout">]
[<InlineData "llama_gqa">]
[<InlineData "llama_untied">]
let ``Every activation is that of the reference implementation`` (name: string) =
    let model, expected, tokens = load name
    let points = hooks model
    let result = model.Forward(tokens, ForwardOptions(Captures = [| for _, point in points -> point |]))
    for tensor, point in points do
        assertAllClose bound $"{name} {tensor}" expected[tensor] (values result[point])
    assertAllClose bound $"{name} logits" expected["logits"] (values result.Logits)
    let losses = LanguageModelLoss.OfTokens(result.Logits, tokens)
    let predicted = [| for i in 0 .. losses.Length - 1 do if (i + 1) % tokens.Length <> 0 then losses[i] |]
    assertAllClose bound $"{name} nll" expected["nll"] predicted
    // Nothing expected is left out but the queries and keys, which are no hook points and have a test of their own.
    let compared = set [ "input_ids"; "logits"; "nll"; yield! List.map fst points ]
    for tensor in expected.Keys do
        if not (compared.Contains tensor) then
            Assert.True(tensor.EndsWith "q_rot" || tensor.EndsWith "k_rot" || tensor.EndsWith ".q" || tensor.EndsWith ".k", tensor)

/// Columns of one matrix in the reference's order: sequence, head, position, dimension.
let private byHead (model: LanguageModel) (tokens: TokenBatch) heads (matrix: Matrix) =
    let width = model.Config.HeadDim
    [| for sequence in 0 .. tokens.Sequences - 1 do
           for head in 0 .. heads - 1 do
               for position in 0 .. tokens.Length - 1 do
                   yield! matrix.Row(sequence * tokens.Length + position).Slice(head * width, width).ToArray() |]

[<Theory>]
[<InlineData("gptneox_parallel", "_rot")>]
[<InlineData("gptneox_relu_1layer", "_rot")>]
[<InlineData("gpt2", "")>]
[<InlineData("llama_gqa", "_rot")>]
[<InlineData("llama_untied", "_rot")>]
let ``Loaded weights and kernels make the queries and keys of the reference implementation`` (name: string, suffix: string) =
    let model, expected, tokens = load name
    let config, block = model.Config, model.Weights.Blocks[0]
    let embedded = model.Forward(tokens, ForwardOptions(Captures = [| HookPoint(HookKind.Embed) |], Logits = false)).[HookPoint(HookKind.Embed)]
    if isNull block.AttentionNormBias then
        Kernels.RmsNorm(embedded, block.AttentionNorm, config.NormEpsilon, embedded)
    else
        Kernels.LayerNorm(embedded, block.AttentionNorm, block.AttentionNormBias, config.NormEpsilon, embedded)
    let all = Matrix(embedded.Rows, block.QueryKeyValue.Rows)
    Kernels.MatMulTransposedB(embedded, block.QueryKeyValue, all)
    if not (isNull block.QueryKeyValueBias) then
        Kernels.AddBias(all, block.QueryKeyValueBias)
    if config.RotaryDims > 0 then
        let table = RotaryTable(config.ContextLength, config.RotaryDims, float config.RotaryBase)
        Kernels.Rotate(all.ColumnWindow(0, config.QueryDim + config.KeyValueDim), config.HeadDim, table, tokens.Length)
    let queries, keys = all.ColumnWindow(0, config.QueryDim), all.ColumnWindow(config.QueryDim, config.KeyValueDim)
    assertAllClose bound $"{name} q" expected[$"layers.0.q{suffix}"] (byHead model tokens config.HeadCount queries)
    assertAllClose bound $"{name} k" expected[$"layers.0.k{suffix}"] (byHead model tokens config.KeyValueHeadCount keys)
