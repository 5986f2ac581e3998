/// Models of a few numbers, of every architecture.
module Mlsae.Tests.Transformers.TinyModels

open Mlsae.Numerics
open Mlsae.Transformers

let neoX = LanguageModelConfig(LayerCount = 2, ModelDim = 8, HeadCount = 2, MlpDim = 12, VocabularySize = 13, ContextLength = 9, RotaryDims = 2, ParallelResidual = true)

let gpt2 =
    LanguageModelConfig(
        Architecture = Architecture.Gpt2, LayerCount = 2, ModelDim = 8, HeadCount = 2, MlpDim = 12, VocabularySize = 13, ContextLength = 9,
        Activation = ActivationKind.GeluTanh, LearnedPositions = true, TiedEmbeddings = true)

let llama tied =
    LanguageModelConfig(
        Architecture = Architecture.Llama, LayerCount = 2, ModelDim = 8, HeadCount = 4, KeyValueHeadCount = 2, HeadDim = 4, MlpDim = 10, VocabularySize = 13,
        ContextLength = 9, Norm = NormKind.RmsNorm, Activation = ActivationKind.GatedSilu, RotaryDims = 4, AttentionBias = false, MlpBias = false, TiedEmbeddings = tied)

let config name =
    match name with
    | "neox parallel" -> neoX
    | "neox sequential" -> LanguageModelConfig(LayerCount = 2, ModelDim = 8, HeadCount = 2, MlpDim = 12, VocabularySize = 13, ContextLength = 9, RotaryDims = 4)
    | "neox relu" -> LanguageModelConfig(LayerCount = 1, ModelDim = 8, HeadCount = 2, MlpDim = 12, VocabularySize = 13, ContextLength = 9, RotaryDims = 2, ParallelResidual = true, Activation = ActivationKind.Relu)
    | "gpt2" -> gpt2
    | "llama" -> llama false
    | "llama tied" -> llama true
    | _ -> failwith name

/// Weights large enough that attention is peaked and activations are in their curved part; norms about 1.
let model (config: LanguageModelConfig) =
    let weights = LanguageModelWeights config
    weights.Parameters
    |> Seq.iteri (fun i parameter ->
        let values = parameter.Values.AsSpan()
        Philox(5UL, "tiny", uint64 i).FillGaussian(values, (if parameter.Values.Rows = 1 then 0.2f else 0.5f))
        if parameter.Name.EndsWith "norm.weight" then
            for j in 0 .. values.Length - 1 do
                values[j] <- 1f + values[j])
    LanguageModel weights

/// Random tokens for a model of thirteen.
let sequences count length =
    let random = Philox(6UL, "tiny tokens")
    Array.init count (fun _ -> Array.init length (fun _ -> random.NextInt32 13))
