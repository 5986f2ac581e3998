module Mlsae.Tests.Text.BpeTrainerTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Xunit
open Mlsae.Numerics
open Mlsae.Text
open Mlsae.Tests.Assertions

let private mergesOf (tokenizer: Tokenizer) =
    use folder = new TemporaryFolder()
    tokenizer.Save(folder.File "tokenizer.json")
    [ for entry in JsonDocument.Parse(File.ReadAllText(folder.File "tokenizer.json")).RootElement.GetProperty("model").GetProperty("merges").EnumerateArray() ->
          entry.GetString() ]

[<Fact>]
let ``Merges of a small text are those worked out by hand`` () =
    // aaabdaaabac: aa 4; then with A = aa: Aabd Aabac, where ab 2 and Aa 2 tie and ab has the smaller ids; then A·ab 2; then no pair twice.
    let tokenizer = BpeTrainer.Train([ "aaabdaaabac" ], 1000, [||])
    Assert.Equal<string list>([ "a a"; "a b"; "aa ab" ], mergesOf tokenizer)
    Assert.Equal(259, tokenizer.VocabularySize)

/// Counts everything anew before each merge. Words are separated by line feeds.
let private slowMerges (texts: string list) count =
    let words = texts |> List.collect (fun text -> List.ofArray (text.Split '\n')) |> List.map (Seq.map string >> List.ofSeq)
    let rec join (left, right) tokens =
        match tokens with
        | a :: b :: rest when a = left && b = right -> (a + b) :: join (left, right) rest
        | a :: rest -> a :: join (left, right) rest
        | [] -> []
    let rec go words known merges =
        let id token = List.findIndex ((=) token) known
        let counted = words |> List.collect List.pairwise |> List.countBy Operators.id |> List.filter (fun (_, n) -> n > 1)
        if List.length merges = count || counted.IsEmpty then
            List.rev merges
        else
            let (left, right), _ = counted |> List.minBy (fun ((a, b), n) -> -n, id a, id b)
            let known = if List.contains (left + right) known then known else known @ [ left + right ]
            go (List.map (join (left, right)) words) known ($"{left} {right}" :: merges)
    go words [ for letter in 'a' .. 'z' -> string letter ] []

[<Fact>]
let ``Merges of random texts equal those of counting anew each time`` () =
    for seed in 1UL .. 5UL do
        let random = Philox(seed, "trainer")
        let word () = String.init (1 + random.NextInt32 12) (fun _ -> "abc".Substring(random.NextInt32 3, 1))
        let texts = List.init 30 (fun _ -> String.concat "\n" (List.init 5 (fun _ -> word ())))
        Assert.Equal<string list>(slowMerges texts 60, mergesOf (BpeTrainer.Train(texts, 256 + 60, [||])) |> List.truncate 60)

[<Fact>]
let ``The order of the texts does not matter`` () =
    let texts = [ for i in 0..99 -> $"document {i * 7919 % 100} of the corpus, it's about {i} things" ]
    let merges texts = mergesOf (BpeTrainer.Train(texts, 320, [| "<|endoftext|>" |]))
    Assert.Equal<string list>(merges texts, merges (List.rev texts))

[<Fact>]
let ``Special tokens come first and nothing is learned from them`` () =
    let tokenizer = BpeTrainer.Train(List.replicate 50 "ab<|endoftext|>", 400, [| "<|endoftext|>"; "<|padding|>" |])
    Assert.Equal<string list>([ "a b" ], mergesOf tokenizer)
    Assert.Equal(Nullable 0, tokenizer.EndOfText)
    Assert.Equal<int seq>([ 0; 1 ], tokenizer.SpecialIds)
    Assert.Equal<int[]>([| 0; 258; 0 |], tokenizer.Encode "<|endoftext|>ab<|endoftext|>")

[<Fact>]
let ``A trained tokenizer gives back any text`` () =
    let tokenizer = BpeTrainer.Train([ "the cat sat on the mat; the cat's hat" ], 300, [| "<|endoftext|>" |])
    FsCheck.FSharp.Prop.forAll Texts.anyText (fun text -> tokenizer.Decode(tokenizer.Encode text) = Texts.repaired text) |> Texts.check

[<Fact>]
let ``A vocabulary without room, and empty or double special tokens, are refused`` () =
    let refused size (special: string[]) (part: string) =
        let error = Assert.Throws<ArgumentException>(fun () -> BpeTrainer.Train([], size, special) |> ignore)
        Assert.Contains(part, error.Message)
    refused 256 [| "<x>" |] "no room for 256 bytes and 1 special"
    refused 300 [| "" |] "empty"
    refused 300 [| "a"; "a" |] "the same"

[<Fact>]
let ``Training stops when cancelled`` () =
    use source = new CancellationTokenSource()
    source.Cancel()
    Assert.Throws<OperationCanceledException>(fun () -> BpeTrainer.Train([ "text" ], 300, [||], null, source.Token) |> ignore) |> ignore
