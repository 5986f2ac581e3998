/// Stand-ins for a model and for text, small enough that a test can say what they give.
module Mlsae.Tests.Activations.TestDoubles

open System
open System.Collections.Generic
open System.IO
open Mlsae
open Mlsae.Activations
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Text
open Mlsae.Transformers

/// A test double of a language model: the vector of a token depends on the hook point's layer, the id, and the ids before it in its sequence.
type LanguageModelDouble(layers: int, width: int, vocabulary: int) =
    let passes = List<TokenBatch>()

    /// The batches that it was run on.
    member _.Passes = passes

    static member Value(ids: ReadOnlySpan<int>, position: int, point: HookPoint, column: int) =
        let mutable before = 0
        for i in 0..position do
            before <- before * 31 + ids[i]
        float32 (before % 1009) + 0.5f * float32 column + 2000f * float32 (point.Layer + 2) + 50000f * float32 point.Kind

    interface ILanguageModel with
        member _.LayerCount = layers
        member _.ModelDim = width
        member _.MlpDim = 2 * width
        member _.VocabularySize = vocabulary
        member _.ContextLength = 16
        member _.Forward(tokens, options) =
            passes.Add tokens
            let capture (point: HookPoint) =
                let columns = if point.Kind = HookKind.MlpPost then 2 * width else width
                let captured = Matrix(tokens.TokenCount, columns)
                for row in 0 .. tokens.TokenCount - 1 do
                    let ids = ReadOnlySpan(tokens.Ids, (row / tokens.Length) * tokens.Length, tokens.Length)
                    for column in 0 .. columns - 1 do
                        captured[row, column] <- LanguageModelDouble.Value(ids, row % tokens.Length, point, column)
                KeyValuePair(point, captured)
            ForwardResult(null, Dictionary(Seq.map capture options.Captures))

/// A test double of a stream of contexts: a list of them.
type ContextsDouble(contexts: int[][]) =
    let mutable next = 0

    interface IContextStream with
        member _.ContextLength = contexts[0].Length
        member _.Next() =
            if next < contexts.Length then
                next <- next + 1
                contexts[next - 1]
            else
                null
        member _.SaveState() = [| Tensor.Of("next", ReadOnlySpan [| int64 next |], 1L) |]
        member _.RestoreState state =
            let saved = state.ReadLongs("next", 1L)[0]
            if saved < 0L || saved > int64 contexts.Length then
                raise (InvalidDataException $"'{state.Path}': tensor 'next' lies outside the text.")
            next <- int saved
        member _.Dispose() = ()

/// Contexts of ids below 50, seeded.
let contexts count length =
    let random = Philox(11UL, "contexts")
    Array.init count (fun _ -> Array.init length (fun _ -> random.NextInt32 50))

/// Reads a stream to its end, or to a number of tokens, in blocks of the given sizes over and over. One array for each token.
let readTokens (blocks: int list) (limit: int) (stream: IActivationStream) =
    let tokens = List<float32[]>()
    let rec go blocks =
        match blocks with
        | [] -> go [ 5; 1; 9 ]
        | block :: rest ->
            let wanted = min block (limit - tokens.Count)
            let rows = Matrix(wanted * stream.LayerCount, stream.ModelDim)
            let read = if wanted = 0 then 0 else stream.Read rows
            for token in 0 .. read - 1 do
                tokens.Add((rows.RowWindow(token * stream.LayerCount, stream.LayerCount)).AsSpan().ToArray())
            if wanted > 0 && read = wanted then
                go rest
    go blocks
    tokens.ToArray()

/// All that a stream gives.
let readAll (stream: IActivationStream) = readTokens [] Int32.MaxValue stream
