module Mlsae.Tests.Text.TokenizerTests

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open FsCheck.FSharp
open Xunit
open Mlsae.Text
open Mlsae.Tests.Assertions
open Mlsae.Tests.Text.Texts

let private load name = Tokenizer.Load(golden $"tokenizers/{name}.pruned.json")
let private gpt2 = load "gpt2"
let private neoX = load "gpt-neox-20b"

let private vectors name =
    File.ReadLines(golden $"tokenizers/tricky.{name}.jsonl")
    |> Seq.map (fun line ->
        let root = JsonDocument.Parse(line).RootElement
        root.GetProperty("text").GetString(), [| for id in root.GetProperty("ids").EnumerateArray() -> id.GetInt32() |])
    |> List.ofSeq

[<Theory>]
[<InlineData("gpt2")>]
[<InlineData("gpt-neox-20b")>]
let ``Ids are those of Hugging Face's tokenizers for every tricky text`` (name: string) =
    let tokenizer = load name
    let cases = vectors name
    Assert.Equal(675, cases.Length)
    for text, ids in cases do
        Assert.True((ids = tokenizer.Encode text), $"{name}: {JsonSerializer.Serialize text}")

[<Fact>]
let ``Decoding gives back what was encoded, composed where the tokenizer composes`` () =
    for text, ids in vectors "gpt2" do
        Assert.Equal(text, gpt2.Decode ids)
    for text, expected in [ "e\u0301", "é"; "\u1112\u1161\u11AB", "한"; "\u0958", "\u0915\u093C"; "a\u0323\u0307", "\u1EA1\u0307"; "\u212B", "Å" ] do
        Assert.Equal(expected, neoX.Decode(neoX.Encode text))

[<Fact>]
let ``Any text survives encoding and decoding; unpaired surrogates become U+FFFD`` () =
    Prop.forAll anyText (fun text -> gpt2.Decode(gpt2.Encode text) = repaired text) |> check

[<Fact>]
let ``Composing twice is composing once`` () =
    let compose (text: string) = neoX.Decode(neoX.Encode text)
    Prop.forAll anyText (fun text -> let once = compose text in compose once = once) |> check

[<Fact>]
let ``Words are the matches of the GPT-2 pattern`` () =
    let pattern = Regex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)
    // The runtime's expressions see UTF-16 units, so only texts of one unit a character compare; added tokens are no words.
    let plain (text: string) = String.filter (Char.IsSurrogate >> not) text |> _.Replace("<|endoftext|>", "")
    Prop.forAll anyText (fun text ->
        let words = [ for word in pattern.Matches(plain text) -> word.Value ]
        String.concat "" words = plain text && Array.collect gpt2.Encode (Array.ofList words) = gpt2.Encode(plain text))
    |> check

/// Joins the first of the lowest-ranked pairs until none is left.
let rec private merge (ranks: Map<string * string, int>) (tokens: string list) =
    let rank pair = Map.tryFind pair ranks |> Option.defaultValue Int32.MaxValue
    match List.pairwise tokens with
    | [] -> tokens
    | pairs ->
        let at = pairs |> List.mapi (fun place pair -> rank pair, place) |> List.min |> snd
        if rank pairs[at] = Int32.MaxValue then
            tokens
        else
            merge ranks (List.take at tokens @ [ fst pairs[at] + snd pairs[at] ] @ List.skip (at + 2) tokens)

let private mergesOf (path: string) =
    [ for entry in JsonDocument.Parse(File.ReadAllText path).RootElement.GetProperty("model").GetProperty("merges").EnumerateArray() ->
          let sides = entry.GetString().Split ' '
          sides[0], sides[1] ]

[<Fact>]
let ``Merging words of every length up to 120 equals the definition`` () =
    let random = Mlsae.Numerics.Philox(5UL, "words")
    let word length = String.init length (fun _ -> "abcd".Substring(random.NextInt32 4, 1))
    let trained = BpeTrainer.Train(List.init 200 (fun i -> word (i + 2)), 600, [||])
    use folder = new TemporaryFolder()
    trained.Save(folder.File "tokenizer.json")
    let ranks = mergesOf (folder.File "tokenizer.json") |> List.mapi (fun rank pair -> pair, rank) |> Map.ofList
    for length in 1..120 do
        let text = word length
        let expected = text |> Seq.map string |> List.ofSeq |> merge ranks
        let actual = [ for id in trained.Encode text -> Encoding.UTF8.GetString(trained.TokenBytes(id).Span) ]
        Assert.Equal<string list>(expected, actual)

[<Fact>]
let ``A word of a million letters does not take quadratic time`` () =
    let text = String('a', 1_000_000)
    let clock = Diagnostics.Stopwatch.StartNew()
    Assert.Equal(text, gpt2.Decode(gpt2.Encode text))
    // A second or two on an idle machine; 10^12 / 2 steps would take many minutes.
    Assert.True(clock.Elapsed < TimeSpan.FromMinutes 2.0, $"took {clock.Elapsed}")

[<Fact>]
let ``Offsets name the characters of each token and cover the text`` () =
    let text = "Mary's naïve 😀 <|endoftext|>  x"
    let spans = gpt2.EncodeWithOffsets text
    Assert.Equal<int[]>(gpt2.Encode text, spans |> Array.map _.Id)
    for span in spans do
        let bytes = gpt2.TokenBytes(span.Id).ToArray()
        let characters = Encoding.UTF8.GetBytes(text.Substring(span.Start, span.Length))
        Assert.True(ReadOnlySpan(characters).IndexOf(ReadOnlySpan bytes) >= 0, $"{span}")
    Assert.True(spans |> Array.exists (fun span -> text.Substring(span.Start, span.Length) = "<|endoftext|>"))

[<Fact>]
let ``Offsets leave no character out in any text`` () =
    Prop.forAll anyText (fun text ->
        let spans = gpt2.EncodeWithOffsets text
        let touches (a: TokenSpan) (b: TokenSpan) = b.Start >= a.Start && b.Start <= a.Start + a.Length
        (spans |> Array.map _.Id) = gpt2.Encode text
        && (spans |> Array.pairwise |> Array.forall (fun (a, b) -> touches a b))
        && (text = "" || (spans[0].Start = 0 && spans[spans.Length - 1].Start + spans[spans.Length - 1].Length = text.Length)))
    |> check

[<Fact>]
let ``Offsets are refused only where composition would move them`` () =
    Assert.Equal<int[]>(neoX.Encode "café", neoX.EncodeWithOffsets "café" |> Array.map _.Id)
    let error = Assert.Throws<ArgumentException>(fun () -> neoX.EncodeWithOffsets "cafe\u0301" |> ignore)
    Assert.Contains("NFC", error.Message)

[<Fact>]
let ``Tokens are found by their text, special ones too`` () =
    Assert.Equal(Nullable 50256, gpt2.EndOfText)
    Assert.Equal(Nullable 0, neoX.EndOfText)
    Assert.Equal<int seq>([ 0; 1 ], neoX.SpecialIds)
    Assert.True(gpt2.IsSpecial 50256 && not (gpt2.IsSpecial 0))
    Assert.Equal(Nullable 220, gpt2.TokenId " ")
    Assert.Equal(Nullable 50256, gpt2.TokenId "<|endoftext|>")
    Assert.Equal(Nullable 50276, neoX.TokenId "  ")
    Assert.False(gpt2.TokenId("no such token").HasValue)
    Assert.Equal(50257, gpt2.VocabularySize)
    Assert.Equal(50277, neoX.VocabularySize)

[<Fact>]
let ``An id without a token is refused by its number`` () =
    let missing = Seq.initInfinite id |> Seq.find (gpt2.Contains >> not)
    for id in [ -1; missing; 50257 ] do
        let error = Assert.Throws<ArgumentOutOfRangeException>(fun () -> gpt2.TokenBytes id |> ignore)
        Assert.Contains($"Token {id} does not exist", error.Message)

[<Theory>]
[<InlineData(" a", "·a")>]
[<InlineData("\n\t", "↵⇥")>]
[<InlineData("\u00A0\u0301\u0000", "\\u{A0}\u0301\\u{0}")>]
[<InlineData("\u0301", "◌\u0301")>]
let ``A token is displayed on one line with everything visible`` (text: string, shown: string) =
    let one = BpeTrainer.Train(List.replicate 3 "", 257, [| text |])
    Assert.Equal(shown, one.Display 0)

[<Fact>]
let ``Bytes that are no character are displayed as numbers and decoded as U+FFFD`` () =
    Assert.Equal("\\xE2", bytesOnly.Display(0xE2 + 1))
    let ids = [| int 'a' + 1; 0xE2 + 1; int 'b' + 1 |]
    Assert.Equal("a\uFFFDb", bytesOnly.Decode ids)

[<Theory>]
[<InlineData("gpt2")>]
[<InlineData("gpt-neox-20b")>]
let ``A saved tokenizer loads with the same ids, and saves the same bytes again`` (name: string) =
    use folder = new TemporaryFolder()
    (load name).Save(folder.File "a.json")
    let again = Tokenizer.Load(folder.File "a.json")
    again.Save(folder.File "b.json")
    Assert.Equal<byte[]>(File.ReadAllBytes(folder.File "a.json"), File.ReadAllBytes(folder.File "b.json"))
    for text, ids in vectors name do
        Assert.Equal<int[]>(ids, again.Encode text)

[<Fact>]
let ``Merges as pairs mean what merges as strings mean`` () =
    use folder = new TemporaryFolder()
    let pair (entry: string) = let sides = entry.Split ' ' in Nodes.JsonArray(Nodes.JsonValue.Create sides[0], Nodes.JsonValue.Create sides[1])
    let root = Nodes.JsonNode.Parse(File.ReadAllText(golden "tokenizers/gpt2.pruned.json"))
    let merges = [| for entry in root["model"].["merges"].AsArray() -> pair (entry.GetValue<string>()) :> Nodes.JsonNode |]
    root["model"].["merges"] <- Nodes.JsonArray merges
    File.WriteAllText(folder.File "tokenizer.json", root.ToJsonString())
    let tokenizer = Tokenizer.Load folder.Path
    for text, ids in vectors "gpt2" do
        Assert.Equal<int[]>(ids, tokenizer.Encode text)
