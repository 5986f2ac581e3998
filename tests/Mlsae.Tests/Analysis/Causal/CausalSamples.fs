/// Dictionaries of every kind of encoder, a small model, and a text that both have read.
module Mlsae.Tests.Analysis.Causal.CausalSamples

open System
open Mlsae
open Mlsae.Analysis
open Mlsae.Analysis.Causal
open Mlsae.Dictionaries
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Transformers

let width, latents = 8, 12

let private gaussian purpose rows =
    let matrix = Matrix(rows, width)
    Philox(41UL, purpose).FillGaussian(matrix.AsSpan(), 1f)
    matrix

let private unitRows (matrix: Matrix) =
    for row in 0 .. matrix.Rows - 1 do
        let values = matrix.Row(row).ToArray()
        let norm = sqrt (values |> Array.sumBy (fun value -> value * value))
        values |> Array.iteri (fun i value -> matrix[row, i] <- value / norm)
    matrix

let private encoder, decoder = unitRows (gaussian "encoder" latents), unitRows (gaussian "decoder" latents)
let private preBias = Array.init width (fun i -> 0.1f * float32 (i % 3 - 1))
let private bias = Array.init latents (fun i -> 0.05f * float32 (i % 4 - 1))
let private none : float32[] = Array.zeroCreate latents

/// TopK and JumpReLU standardise vectors, relu does so or not, with an encoder of its own; of tied-relu both are the same unit rows.
let dictionary name : SparseDictionary =
    match name with
    | "topk" -> TopKDictionary(TopKConfig(ModelDim = width, LatentCount = latents, K = 4), encoder, decoder, preBias)
    | "relu" -> ThresholdDictionary(ReluConfig(ModelDim = width, LatentCount = latents, Standardize = true), encoder, decoder, preBias, bias, none)
    | "relu raw" -> ThresholdDictionary(ReluConfig(ModelDim = width, LatentCount = latents, Standardize = false), encoder, decoder, preBias, bias, none)
    | "tied-relu raw" -> ThresholdDictionary(TiedReluConfig(ModelDim = width, LatentCount = latents, Standardize = false), decoder, decoder, Array.zeroCreate width, null, none)
    | "jumprelu" -> ThresholdDictionary(JumpReluConfig(ModelDim = width, LatentCount = latents, Standardize = true), encoder, decoder, preBias, bias, Array.init latents (fun i -> 0.1f + 0.05f * float32 (i % 3)))
    | _ -> invalidArg (nameof name) name

let names = [ "topk"; "relu"; "relu raw"; "tied-relu raw"; "jumprelu" ]

let atLayer name = DictionaryAtLayer(SharedDictionary(dictionary name, 1), 0)

/// Vectors with a mean and a scale of their own.
let vectors rows =
    let x = gaussian "vectors" rows
    for row in 0 .. rows - 1 do
        for i in 0 .. width - 1 do
            x[row, i] <- 3f * x[row, i] + float32 row / 4f
    x

let dot (a: float[]) (b: float[]) = Array.fold2 (fun sum x y -> sum + x * y) 0.0 a b

let doubles (row: Span<float32>) = row.ToArray() |> Array.map float

let deviation (x: float[]) =
    let mean = Array.average x
    sqrt (Array.sumBy (fun value -> (value - mean) ** 2.0) x / float (x.Length - 1))

/// A pre-activation in double, straight from the definition.
let preActivation (dictionary: SparseDictionary) (x: float[]) latent =
    let e, b = doubles (dictionary.Encoder.Row latent), Array.map float dictionary.PreBias
    let read =
        if dictionary.Config.Standardize then
            let mean, divisor = Array.average x, deviation x + float Kernels.StandardizeEpsilon
            x |> Array.map (fun value -> (value - mean) / divisor)
        else x
    dot e (Array.map2 (-) read b) + (match dictionary.EncoderBias with null -> 0.0 | biases -> float biases[latent])

let model = TinyModels.model TinyModels.neoX
let hooks = [| HookPoint.ResidPost 0; HookPoint.ResidPost 1 |]
let shared name : ILayeredDictionary = SharedDictionary(dictionary name, 2)
let contexts = TinyModels.sequences 6 7

/// The contexts with the codes of both layers; token 3 is special where asked for.
let text name special =
    let layers = [| for layer in 0..1 -> DictionaryAtLayer(shared name, layer) |]
    let result = model.Forward(TokenBatch.Of contexts, ForwardOptions(Captures = hooks))
    let activations = LatentActivations(2, latents)
    layers |> Array.iteri (fun layer at -> activations.Append(layer, at.Encode result[hooks[layer]]))
    let scales = [| for token in 0 .. 6 * 7 - 1 do for layer in 0..1 -> float32 (layers[layer].Scale(result[hooks[layer]].Row token)) |]
    LatentText(contexts, activations, scales, 13, (if special then [| 3 |] else [||]))
