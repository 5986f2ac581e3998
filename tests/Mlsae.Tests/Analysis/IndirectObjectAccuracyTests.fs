module Mlsae.Tests.Analysis.IndirectObjectAccuracyTests

open System
open System.Collections.Generic
open System.IO
open Xunit
open Mlsae
open Mlsae.Analysis
open Mlsae.Numerics
open Mlsae.Text
open Mlsae.Text.Microworlds
open Mlsae.Transformers
open Mlsae.Tests.Assertions

let private tokenizer = lazy Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Models", "microworld-6l", "tokenizer.json"))

/// A model whose logits are a function of a whole sequence: token → logit.
type private Scripted(logit: int[] -> int -> float32) =
    interface ILanguageModel with
        member _.LayerCount = 0
        member _.ModelDim = 1
        member _.MlpDim = 1
        member _.VocabularySize = tokenizer.Value.VocabularySize
        member _.ContextLength = 256
        member _.Forward(tokens: TokenBatch, _options: ForwardOptions) =
            let logits = Matrix(tokens.TokenCount, tokenizer.Value.VocabularySize)
            for sequence in 0 .. tokens.Sequences - 1 do
                let ids = tokens.Ids[sequence * tokens.Length .. (sequence + 1) * tokens.Length - 1]
                for token in 0 .. logits.Columns - 1 do
                    logits[(sequence + 1) * tokens.Length - 1, token] <- logit ids token
            ForwardResult(logits, Dictionary<HookPoint, Matrix>())

let private prompts = lazy IndirectObjectSentences.HeldOut(11UL, 200)
let private measure logit = IndirectObjectAccuracy.Measure(Scripted logit, tokenizer.Value, prompts.Value)
let private occurrences (ids: int[]) token = ids |> Array.filter ((=) token) |> Array.length

[<Fact>]
let ``A model that prefers the name that was named once is always right, one that prefers repetition never`` () =
    let once = measure (fun ids token -> -float32 (occurrences ids token))
    Assert.Equal(200, once.Correct)
    Assert.Equal(1.0, once.Share)
    assertClose 1e-12 "mean logit difference" 1.0 once.MeanLogitDifference
    let often = measure (fun ids token -> float32 (occurrences ids token))
    Assert.Equal(0, often.Correct)

[<Fact>]
let ``A model that does not tell the names apart gets none for ties, and one that goes by first mention about half`` () =
    Assert.Equal(0, (measure (fun _ _ -> 1.0f)).Correct)
    let first = measure (fun ids token -> -float32 (Array.IndexOf(ids, token)))
    Assert.InRange(first.Share, 0.4, 0.6)

[<Fact>]
let ``The interval is Wilson's`` () =
    // Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662, 15 of 148 gives 0.0624 to 0.1605, 0 of 20 gives 0 to 0.1611.
    for correct, count, low, high in [ 81, 263, 0.2553, 0.3662; 15, 148, 0.0624, 0.1605; 0, 20, 0.0, 0.1611 ] do
        let accuracy = IndirectObjectAccuracy(correct, count, 0.0)
        assertClose 5e-5 "low" low accuracy.Low
        assertClose 5e-5 "high" high accuracy.High

[<Fact>]
let ``Each prompt follows an end-of-text token`` () =
    let seen = HashSet<int>()
    measure (fun ids token -> seen.Add ids[0] |> ignore; float32 token) |> ignore
    Assert.Equal<int>([ 0 ], seen)

[<Fact>]
let ``A name that is no single token is refused`` () =
    let prompt = IndirectObjectPrompt("Then, Bartholomew gave a ring to", "Bartholomew", "Mary", 0)
    let error = Assert.Throws<ArgumentException>(fun () -> IndirectObjectAccuracy.Measure(Scripted(fun _ _ -> 0.0f), tokenizer.Value, [| prompt |]) |> ignore)
    Assert.Contains("Bartholomew", error.Message)
