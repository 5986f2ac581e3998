module Mlsae.Tests.Text.PackedContextsTests

open System
open System.IO
open Xunit
open Mlsae.Storage
open Mlsae.Text
open Mlsae.Tests.Text.Texts

let private stream (documents: string list) config = new PackedContexts((fun () -> documents), bytesOnly, config)

let private rest (contexts: PackedContexts) = List.unfold (fun () -> contexts.Next() |> Option.ofObj |> Option.map (fun next -> next, ())) ()

/// The contexts as text, with | for end of text and _ for the padding id 300.
let private show (contexts: int[] list) =
    contexts |> List.map (Array.map (fun id -> (match id with 0 -> "|" | 300 -> "_" | id -> string (char (id - 1)))) >> String.concat "")

let private packs (documents: string list) config (expected: string list) =
    use contexts = stream documents config
    Assert.Equal<string list>(expected, show (rest contexts))
    Assert.Null(contexts.Next())

let private joined length = PackingConfig(ContextLength = length)
let private published length perGroup = PackingConfig(ContextLength = length, DropsLastOfGroup = true, DocumentsPerGroup = perGroup)

[<Fact>]
let ``Joined documents are cut wherever a context is full, and the rest is dropped`` () =
    packs [ "abc"; ""; "defgh"; "i" ] (joined 4) [ "|abc"; "||de"; "fgh|" ]
    packs [ "abc"; "def" ] (joined 4) [ "|abc"; "|def" ]
    packs [ "abc" ] (joined 5) []
    packs [] (joined 5) []

[<Fact>]
let ``As published, the last context of each group is dropped, even a full one`` () =
    // Groups |abc|de (7 tokens: one of two contexts), |fghijk (7), |lm.
    packs [ "abc"; "de"; "fghi"; "j"; "lm" ] (published 4 2) [ "|abc"; "|fgh" ]
    // Groups of exactly two contexts: the full second one is dropped.
    packs [ "abcdefg"; "hijklmn" ] (published 4 1) [ "|abc"; "|hij" ]
    packs [ "abc"; "defg" ] (published 4 2) [ "|abc"; "|def" ]
    packs [ "abc"; "" ] (published 4 2) [ "|abc" ]
    packs [ "abc" ] (published 4 2) []

[<Fact>]
let ``The published packing has groups of 1,024 documents`` () =
    Assert.Equal(1024, PackingConfig.Published(2048).DocumentsPerGroup)
    let documents = List.replicate 1025 "a"
    use contexts = stream documents (PackingConfig.Published 1000)
    // 2,048 tokens: three contexts, the last one short; the next group has two tokens.
    Assert.Equal(2, (rest contexts).Length)

[<Fact>]
let ``One document a context is cut off, and left out or padded when short`` () =
    let own = PackingConfig(ContextLength = 4, Packing = Packing.OneDocumentPerContext)
    packs [ "abcdef"; "a"; "xyz" ] own [ "|abc"; "|xyz" ]
    let padded = PackingConfig(ContextLength = 4, Packing = Packing.OneDocumentPerContext, PaddingId = 300)
    packs [ "abcdef"; "a"; "" ] padded [ "|abc"; "|a__"; "|___" ]

[<Fact>]
let ``Documents may follow each other without end-of-text`` () =
    packs [ "abc"; ""; "de" ] (PackingConfig(ContextLength = 2, BeginsWithEndOfText = false)) [ "ab"; "cd" ]

[<Fact>]
let ``Packing equals cutting the joined text's tokens`` () =
    let documents = [ "ab <|endoftext|> c"; " d\n"; "<|endo"; "ftext|>" ]
    let whole = bytesOnly.Encode("<|endoftext|>" + String.concat "<|endoftext|>" documents)
    use contexts = stream documents (joined 3)
    Assert.Equal<int[]>(whole |> Array.chunkBySize 3 |> Array.filter (fun part -> part.Length = 3) |> Array.concat, Array.concat (rest contexts))

[<Fact>]
let ``Epochs follow each other, and the rest of one begins the next`` () =
    packs [ "ab"; "c" ] (PackingConfig(ContextLength = 3, Epochs = 3)) [ "|ab"; "|c|"; "ab|"; "c|a"; "b|c" ]
    packs [ "abcd"; "e" ] (PackingConfig(ContextLength = 3, DropsLastOfGroup = true, Epochs = 2)) [ "|ab"; "cd|"; "|ab"; "cd|" ]
    use endless = stream [ "ab" ] (PackingConfig(ContextLength = 2, Epochs = Nullable()))
    Assert.Equal<string list>([ "|a"; "b|"; "ab" ], show (List.init 3 (fun _ -> endless.Next())))

[<Fact>]
let ``Documents that never fill a context do not go round for ever`` () =
    packs [ "a" ] (PackingConfig(ContextLength = 9, DropsLastOfGroup = true, Epochs = Nullable())) []
    packs [ "a" ] (PackingConfig(ContextLength = 9, Packing = Packing.OneDocumentPerContext, Epochs = Nullable())) []
    packs [] (PackingConfig(ContextLength = 9, Epochs = Nullable())) []

let private documents = [ for i in 0..40 -> String.init (i * 7 % 13) (fun j -> string (char (97 + (i + j) % 26))) ]

let private configs =
    [ PackingConfig(ContextLength = 5, Epochs = 2)
      PackingConfig(ContextLength = 5, DropsLastOfGroup = true, DocumentsPerGroup = 7, Epochs = 2)
      PackingConfig(ContextLength = 5, Packing = Packing.OneDocumentPerContext, Epochs = 2)
      PackingConfig(ContextLength = 5, Packing = Packing.OneDocumentPerContext, PaddingId = 300, Epochs = 2) ]

[<Fact>]
let ``A stream goes on from its saved state at every point as if nothing had happened`` () =
    for config in configs do
        let whole = rest (stream documents config)
        Assert.True(whole.Length > 20)
        for taken in 0 .. whole.Length do
            use first = stream documents config
            for _ in 1..taken do
                first.Next() |> ignore
            use second = stream documents config
            second.RestoreState(new TensorSet(first.SaveState()))
            Assert.Equal<int[] list>(List.skip taken whole, rest second)

[<Fact>]
let ``A state of other contexts or other documents is refused`` () =
    use first = stream documents configs[0]
    for _ in 1..8 do
        first.Next() |> ignore
    let refused (documents: string list) config (part: string) =
        use second = stream documents config
        let error = Assert.Throws<InvalidDataException>(fun () -> second.RestoreState(new TensorSet(first.SaveState())))
        Assert.Contains(part, error.Message)
    refused documents (joined 6) "does not fit contexts of 6 tokens"
    refused (List.truncate 2 documents) configs[0] "there are only 2"
    refused (documents |> List.map (fun text -> text + "!")) configs[0] "other documents"

[<Fact>]
let ``A configuration that makes no sense is refused by its field`` () =
    let refused (config: PackingConfig) (part: string) =
        Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(fun () -> (stream documents config).Dispose()).Message)
    refused (joined 0) "ContextLength"
    refused (PackingConfig(ContextLength = 4, Epochs = 0)) "Epochs"
    refused (PackingConfig(ContextLength = 4, PaddingId = 0)) "PaddingId"
    refused (PackingConfig(ContextLength = 4, DropsLastOfGroup = true, Packing = Packing.OneDocumentPerContext)) "DropsLastOfGroup"
    let nameless = BpeTrainer.Train([], 256, [||])
    let make () = (new PackedContexts((fun () -> documents), nameless, joined 4)).Dispose()
    Assert.Contains("no end-of-text token", Assert.Throws<ArgumentException>(make).Message)
