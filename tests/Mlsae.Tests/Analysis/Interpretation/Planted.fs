/// Fragments of the Microworld, and units whose truth is known because it was planted.
module Mlsae.Tests.Analysis.Interpretation.Planted

open System
open System.IO
open System.Threading
open Mlsae.Analysis.Interpretation
open Mlsae.Numerics
open Mlsae.Text
open Mlsae.Text.Microworlds

let tokenizer = lazy Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Models", "microworld-6l", "tokenizer.json"))

let documents =
    seq {
        for index in 0L .. 10_000L do
            let tokens = AnnotatedTokens.Of(Microworld.Document(Microworld.HeldOutSeed, index), tokenizer.Value)
            DocumentTokens(tokens.Ids, tokens.Concepts)
    }

/// 500 fragments, enough that a common concept varies in 20 of them.
let fragments = lazy FragmentSampler(tokenizer.Value, 5UL).Sample(documents, 500)

/// A fragment of 64 tokens with given texts, the last one over and over.
let fragmentOf document (texts: string list) =
    let all = Array.init TextFragment.Length (fun i -> texts[min i (texts.Length - 1)])
    TextFragment(document, 0, Array.init TextFragment.Length id, all, null)

/// The records of a unit with these activations.
let recordOf (fragments: Collections.Generic.IReadOnlyList<TextFragment>) (activation: TextFragment -> int -> float32) =
    let recorder = UnitRecorder(7UL, UnitAddress("planted", 0, 0))
    fragments |> Seq.iteri (fun i fragment -> recorder.Add(i, ReadOnlySpan(Array.init TextFragment.Length (activation fragment))))
    recorder.Record fragments

let splitsOf fragments activation = RecordSplits.Of(recordOf fragments activation)

let await (task: Threading.Tasks.Task<'a>) = task.GetAwaiter().GetResult()

let interpretWith (interpreter: Interpreter) splits = interpreter.InterpretAsync(splits, CancellationToken.None) |> await

/// Explained and simulated by rules.
let interpret splits = interpretWith Interpreter.OfRules splits

/// Where a concept is true of a token.
let onConcept (concept: Concept) (fragment: TextFragment) token = if fragment.Concepts[token].Contains concept then 1f else 0f

/// Noise that depends on the unit, the document and the token.
let noise unit (fragment: TextFragment) token =
    let random = Philox(uint64 unit, "noise", uint64 fragment.Document)
    random.Position <- 2UL * uint64 token
    float32 (random.NextDouble())
