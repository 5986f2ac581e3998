module Mlsae.Tests.Microworld.AnnotatedTokensTests

open System
open System.IO
open Xunit
open Mlsae.Text
open Mlsae.Text.Microworlds
open Mlsae.Tests.Assertions

let private path = Path.Combine(AppContext.BaseDirectory, "Models", "microworld-6l", "tokenizer.json")
let private tokenizer = lazy Tokenizer.Load path

[<Fact>]
let ``The tokenizer of the embedded models is what its training makes`` () =
    use folder = new TemporaryFolder()
    MicroworldTokenizer.Train().Save(folder.File "tokenizer.json")
    Assert.Equal<byte[]>(File.ReadAllBytes path, File.ReadAllBytes(folder.File "tokenizer.json"))

[<Fact>]
let ``Every given name with the blank before it is one token, and the end of text is token 0`` () =
    Assert.Equal(Nullable 0, tokenizer.Value.EndOfText)
    Assert.InRange(tokenizer.Value.VocabularySize, 1, 2048)
    for name in IndirectObjectSentences.Names do
        Assert.Equal(1, tokenizer.Value.Encode(" " + name).Length)

[<Fact>]
let ``Every document comes back from its tokens`` () =
    for text in Microworld.Documents(Microworld.HeldOutSeed, 0L, 300L) do
        Assert.Equal(text, tokenizer.Value.Decode(ReadOnlySpan(tokenizer.Value.Encode text)))

[<Fact>]
let ``A token has the concepts of its last character that is no white space`` () =
    for index in 0L .. 100L do
        let document = Microworld.Document(Microworld.HeldOutSeed, index)
        let tokens = AnnotatedTokens.Of(document, tokenizer.Value)
        let spans = tokenizer.Value.EncodeWithOffsets document.Text
        Assert.Equal(spans.Length, tokens.Ids.Length)
        for i in 0 .. spans.Length - 1 do
            let text = document.Text.Substring(spans[i].Start, spans[i].Length)
            let visible = text.TrimEnd().Length
            let character = spans[i].Start + (if visible = 0 then text.Length else visible) - 1
            Assert.Equal(document.At character, tokens.Concepts[i])

[<Fact>]
let ``Contexts are whole documents after an end-of-text token, and only the last is cut`` () =
    let contexts = AnnotatedTokens.Contexts(tokenizer.Value, Microworld.HeldOutSeed, 256, 20)
    let mutable document = 0L
    for context in contexts do
        Assert.Equal(256, context.Ids.Length)
        Assert.Equal(0, context.Ids[0])
        let parts = tokenizer.Value.Decode(ReadOnlySpan context.Ids).Split(MicroworldTokenizer.EndOfText)
        for part in parts[1 .. parts.Length - 2] do
            Assert.Equal((Microworld.Document(Microworld.HeldOutSeed, document)).Text, part)
            document <- document + 1L
        for i in 0 .. 255 do
            if context.Ids[i] = 0 then
                Assert.Equal(ConceptSet(), context.Concepts[i])
        // The cut document; of one cut within a character the last token decodes to a replacement.
        let last = (Microworld.Document(Microworld.HeldOutSeed, document)).Text
        Assert.StartsWith(parts[parts.Length - 1].TrimEnd '\uFFFD', last)
        document <- document + 1L

[<Fact>]
let ``Entropies of sequences that repeat, alternate and scatter`` () =
    let entropy (tokens: int[]) = CorpusEntropy.Of [ tokens ]
    let same = entropy (Array.create 100 7)
    assertClose 1e-12 "unigram of one token" 0.0 same.Unigram
    assertClose 1e-12 "bigram of one token" 0.0 same.Bigram
    let alternating = entropy (Array.init 1000 (fun i -> i % 2))
    assertClose 1e-12 "unigram of two tokens" (log 2.0) alternating.Unigram
    assertClose 1e-5 "bigram of tokens that alternate" 0.0 alternating.Bigram
    let random = Mlsae.Numerics.Philox(1UL, "entropy")
    let scattered = entropy (Array.init 200_000 (fun _ -> random.NextInt32 4))
    assertClose 1e-3 "unigram of four random tokens" (log 4.0) scattered.Unigram
    assertClose 1e-3 "bigram of four random tokens" (log 4.0) scattered.Bigram
    Assert.Equal(200_000L, scattered.Tokens)
