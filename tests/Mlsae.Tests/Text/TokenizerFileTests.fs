module Mlsae.Tests.Text.TokenizerFileTests

open System.IO
open System.Text.Json.Nodes
open Xunit
open Mlsae.Text
open Mlsae.Tests.Assertions
open Mlsae.Tests.Text.Texts

/// A small valid file with one change.
let private changed (change: JsonNode -> unit) =
    let folder = new TemporaryFolder()
    let path = folder.File "tokenizer.json"
    BpeTrainer.Train([ "ab ab" ], 300, [| "<|endoftext|>" |]).Save path
    let root = JsonNode.Parse(File.ReadAllText path)
    change root
    File.WriteAllText(path, root.ToJsonString())
    folder

let private refused (path: string) (part: string) =
    let error = Assert.Throws<InvalidDataException>(fun () -> Tokenizer.Load path |> ignore)
    Assert.StartsWith(path, error.Message)
    Assert.Contains(part, error.Message)

let private json (text: string) = JsonNode.Parse text

[<Theory>]
[<InlineData("model", "null", "model is missing")>]
[<InlineData("model", "[]", "model is not an object")>]
[<InlineData("normalizer", "{\"type\": \"NFKC\"}", "normalizer.type is \"NFKC\"")>]
[<InlineData("normalizer", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}, {\"type\": \"Lowercase\"}]}", "normalizer.type is \"Lowercase\"")>]
[<InlineData("normalizer", "3", "normalizer is not an object")>]
[<InlineData("pre_tokenizer", "{\"type\": \"Whitespace\"}", "pre_tokenizer.type is \"Whitespace\"")>]
[<InlineData("pre_tokenizer", "null", "pre_tokenizer has 0 steps")>]
[<InlineData("decoder", "{\"type\": \"WordPiece\"}", "decoder.type is \"WordPiece\"")>]
[<InlineData("added_tokens", "[{\"id\": 1}]", "added_tokens[0].content is missing")>]
[<InlineData("added_tokens", "[{\"id\": -1, \"content\": \"x\"}]", "added_tokens[0].id is -1")>]
[<InlineData("added_tokens", "[{\"id\": 1, \"content\": \"\"}]", "added_tokens[0].content is empty")>]
[<InlineData("added_tokens", "[{\"id\": 1, \"content\": \"x\", \"lstrip\": 3}]", "added_tokens[0].lstrip")>]
let ``A field that is not supported is named`` (field: string, value: string, part: string) =
    use folder = changed (fun root -> root[field] <- json value)
    refused (folder.File "tokenizer.json") part

[<Theory>]
[<InlineData("type", "\"WordPiece\"", "model.type is \"WordPiece\"")>]
[<InlineData("dropout", "0.1", "model.dropout is set")>]
[<InlineData("byte_fallback", "true", "model.byte_fallback is true")>]
[<InlineData("end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is set")>]
[<InlineData("vocab", "{\"a\": 0}", "stands for byte")>]
[<InlineData("vocab", "{\"a\": 1e9}", "model.vocab[\"a\"] is 1e9")>]
[<InlineData("vocab", "{\"a\": 999999999}", "model.vocab[\"a\"] is 999999999")>]
[<InlineData("merges", "{}", "model.merges is not an array")>]
[<InlineData("merges", "[\"ab\"]", "model.merges[0] is neither")>]
[<InlineData("merges", "[[\"a\", \"b\", \"c\"]]", "model.merges[0] is neither")>]
[<InlineData("merges", "[\"a z\"]", "model.merges[0] needs the token \"az\"")>]
[<InlineData("merges", "[\"a b\", \"a b\"]", "model.merges[1] merges \"a\" and \"b\", as an earlier one does")>]
let ``A field of the model that is not supported is named`` (field: string, value: string, part: string) =
    use folder = changed (fun root -> root["model"].[field] <- json value)
    refused (folder.File "tokenizer.json") part

[<Fact>]
let ``Two tokens with one id are refused`` () =
    use folder = changed (fun root -> root["model"].["vocab"].["a"] <- json "5")
    refused (folder.File "tokenizer.json") "gives id 5 to both"

[<Fact>]
let ``A file cut short anywhere is refused`` () =
    use folder = changed ignore
    let path = folder.File "tokenizer.json"
    let bytes = File.ReadAllBytes path
    for length in 0 .. 97 .. bytes.Length - 2 do
        File.WriteAllBytes(path, bytes[.. length - 1])
        refused path "not valid JSON"

[<Fact>]
let ``A missing file is said to be missing`` () =
    Assert.Throws<FileNotFoundException>(fun () -> Tokenizer.Load "/nowhere/tokenizer.json" |> ignore) |> ignore

[<Fact>]
let ``Added tokens may swallow white space or want to stand alone`` () =
    let token id content flag = json $"{{\"id\": {id}, \"content\": \"{content}\", \"{flag}\": true, \"normalized\": false}}"
    use folder = changed (fun root -> root["added_tokens"] <- JsonArray(token 400 "<m>" "lstrip", token 401 "<r>" "rstrip", token 402 "one" "single_word"))
    let tokenizer = Tokenizer.Load folder.Path
    let a, space = tokenizer.TokenId("a").Value, tokenizer.TokenId(" ").Value
    Assert.Equal<int[]>([| a; 400; space; a |], tokenizer.Encode "a  <m> a")
    Assert.Equal<int[]>([| a; space; 401; a |], tokenizer.Encode "a <r>  a")
    Assert.Equal<int[]>([| 402; space; 402 |], tokenizer.Encode "one one")
    Assert.DoesNotContain(402, tokenizer.Encode "oneone someone one's1 one_".[.. 15])
    Assert.Equal(403, tokenizer.VocabularySize)

[<Fact>]
let ``Where merges are ignored, a word that is a token is that token`` () =
    let setUp ignoring =
        changed (fun root ->
            root["model"].["vocab"].["abc"] <- json "500"
            root["model"].["ignore_merges"] <- json ignoring)
    use ignoring = setUp "true"
    Assert.Equal<int[]>([| 500 |], (Tokenizer.Load ignoring.Path).Encode "abc")
    use heeding = setUp "false"
    Assert.DoesNotContain(500, (Tokenizer.Load heeding.Path).Encode "abc")

[<Fact>]
let ``A prefix space is put before pieces that lack one, and offsets are refused`` () =
    use folder = changed (fun root -> root["pre_tokenizer"].["add_prefix_space"] <- json "true")
    let tokenizer = Tokenizer.Load folder.Path
    Assert.Equal<int[]>(tokenizer.Encode " ab", tokenizer.Encode "ab")
    Assert.Throws<System.ArgumentException>(fun () -> tokenizer.EncodeWithOffsets "ab" |> ignore) |> ignore
