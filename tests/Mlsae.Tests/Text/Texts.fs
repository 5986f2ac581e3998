/// Random texts, and a byte-level tokenizer made on the spot.
module Mlsae.Tests.Text.Texts

open System.Text
open FsCheck
open FsCheck.FSharp
open Mlsae.Text

let private unit (value: int) = string (char value)

let private codePoint =
    Gen.choose (0, 0x10FFFF) |> Gen.map (fun value -> if value >= 0xD800 && value < 0xE000 then unit value else System.Char.ConvertFromUtf32 value)

/// ASCII, white space, contractions, marks, Hangul, unpaired surrogates and any code point at all.
let private fragment =
    Gen.frequency
        [ 6, Gen.choose (32, 126) |> Gen.map unit
          3, Gen.elements [ " "; "  "; "\n"; "\r\n"; "\t"; "\u00A0"; "\u2003"; "\u0085"; "'s"; "'LL"; "'ve"; " don't"; "the"; " of"; "12" ]
          2, Gen.choose (0xA0, 0x24F) |> Gen.map unit
          2, Gen.choose (0x300, 0x345) |> Gen.map unit
          1, Gen.choose (0x1100, 0x11FF) |> Gen.map unit
          1, Gen.choose (0xD800, 0xDFFF) |> Gen.map unit
          2, codePoint
          1, Gen.elements [ "<|endoftext|>"; "<|endoftext|"; "    "; "\U0001F469\u200D\U0001F52C" ] ]

/// Any text, valid UTF-16 or not.
let anyText = Gen.listOf fragment |> Gen.map (String.concat "") |> Arb.fromGen

/// The text with each unpaired surrogate as U+FFFD.
let repaired (text: string) = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes text)

/// Runs a property on 500 cases, the same ones in every run.
let check (property: Property) =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(Some { Rnd = Rnd(2024UL, 7UL); Size = None }), property)

/// Token 0 is <|endoftext|>, and token b + 1 is byte b.
let bytesOnly = BpeTrainer.Train([], 257, [| "<|endoftext|>" |])

/// What bytesOnly makes of ASCII text.
let bytesOf (text: string) = text |> Seq.map (fun letter -> int letter + 1) |> Array.ofSeq
