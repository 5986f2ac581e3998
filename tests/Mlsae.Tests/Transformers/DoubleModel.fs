/// A second definition of the transformers, in double precision and from Reference alone, to measure gradients by differences.
module Mlsae.Tests.Transformers.DoubleModel

open System
open System.Collections.Generic
open Mlsae.Numerics
open Mlsae.Transformers

type Weights = Dictionary<string, float[][]>

/// The weights of a model as rows of doubles, under the names of its parameters.
let widen (weights: LanguageModelWeights) =
    let all = Weights()
    for parameter in weights.Parameters do
        all[parameter.Name] <- [| for row in 0 .. parameter.Values.Rows - 1 -> parameter.Values.Row(row).ToArray() |> Array.map float |]
    all

let private tryVector (weights: Weights) name =
    match weights.TryGetValue name with
    | true, rows -> Some rows[0]
    | _ -> None

let private norm (config: LanguageModelConfig) (weights: Weights) name (x: float[]) =
    let epsilon = float config.NormEpsilon
    match tryVector weights (name + ".bias") with
    | Some bias -> Reference.LayerNorm(x, weights[name + ".weight"][0], bias, epsilon)
    | None -> Reference.RmsNorm(x, weights[name + ".weight"][0], epsilon)

let private linear (weights: Weights) name (x: float[]) =
    let products = weights[name + ".weight"] |> Array.map (fun row -> Array.fold2 (fun sum w v -> sum + w * v) 0.0 row x)
    match tryVector weights (name + ".bias") with
    | Some bias -> Array.map2 (+) products bias
    | None -> products

let private attention (config: LanguageModelConfig) weights name (xs: float[][]) =
    let q, kv, width = config.QueryDim, config.KeyValueDim, config.HeadDim
    let all = xs |> Array.map (linear weights (name + "query_key_value"))
    let part start head = all |> Array.map (fun row -> row[start + head * width .. start + (head + 1) * width - 1])
    let rotate = Array.mapi (fun position row -> Reference.Rotate(row, config.RotaryDims, position, float config.RotaryBase))
    let heads =
        [| for head in 0 .. config.HeadCount - 1 ->
               let shared = head / (config.HeadCount / config.KeyValueHeadCount)
               let pattern = Reference.AttentionPattern(rotate (part 0 head), rotate (part q shared), 1.0 / sqrt (float width))
               Reference.AttentionApply(pattern, part (q + kv) shared) |]
    [| for position in 0 .. xs.Length - 1 -> heads |> Array.collect (fun head -> head[position]) |]
    |> Array.map (linear weights (name + "attention_out"))

let private mlp (config: LanguageModelConfig) weights name (x: float[]) =
    let pre = linear weights (name + "mlp_in") x
    let post =
        match config.Activation with
        | ActivationKind.Gelu -> Array.map Reference.Gelu pre
        | ActivationKind.GeluTanh -> Array.map Reference.GeluTanh pre
        | ActivationKind.Relu -> Array.map Reference.Relu pre
        | _ -> Array.map2 (*) (Array.map Reference.Silu pre) (linear weights (name + "mlp_up") x)
    linear weights (name + "mlp_out") post

let private addRows = Array.map2 (Array.map2 (+))

let private block (config: LanguageModelConfig) weights layer (xs: float[][]) =
    let name = $"blocks.{layer}."
    let attended = xs |> Array.map (norm config weights (name + "attention_norm")) |> attention config weights name
    let afterAttention = addRows xs attended
    let read = if config.ParallelResidual then xs else afterAttention
    addRows afterAttention (read |> Array.map (norm config weights (name + "mlp_norm") >> mlp config weights name))

/// The logits of one sequence.
let logits (config: LanguageModelConfig) (weights: Weights) (ids: int[]) =
    let embedded =
        ids
        |> Array.mapi (fun position id ->
            match weights.TryGetValue "positions.weight" with
            | true, rows -> Array.map2 (+) (weights["embedding.weight"][id]) (rows[position])
            | _ -> weights["embedding.weight"][id])
    let last = Seq.fold (fun xs layer -> block config weights layer xs) embedded [ 0 .. config.LayerCount - 1 ]
    let unembedding = if config.TiedEmbeddings then "embedding" else "unembedding"
    last |> Array.map (norm config weights "final_norm" >> linear weights unembedding)

/// Mean cross-entropy of the next token over all positions but the last of each sequence.
let loss config weights (sequences: int[][]) =
    sequences
    |> Array.collect (fun ids -> logits config weights ids |> Array.take (ids.Length - 1) |> Array.mapi (fun i row -> Reference.CrossEntropy(row, ids.[i + 1])))
    |> Array.average
