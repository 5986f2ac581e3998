module Mlsae.Tests.Microworld.MicroworldTests

open System
open System.Text.Json
open System.Text.RegularExpressions
open Xunit
open Mlsae.Text.Microworlds

let private documents = Seq.init 3000 (fun i -> Microworld.Document(Microworld.HeldOutSeed, int64 i)) |> Seq.toArray

let private spansOf (name: string) (document: AnnotatedDocument) =
    let concept = Concepts.Find name
    document.Spans
    |> Seq.filter (fun span -> span.Concept = concept)
    |> Seq.map (fun span -> document.Text[span.Start .. span.End - 1])
    |> Seq.toArray

let private allSpansOf name = documents |> Array.collect (spansOf name)

[<Fact>]
let ``A document depends on seed and index alone`` () =
    let text seed index = (Microworld.Document(seed, index)).Text
    Assert.Equal(text 5UL 77L, text 5UL 77L)
    Assert.NotEqual<string>(text 5UL 77L, text 5UL 78L)
    Assert.NotEqual<string>(text 5UL 77L, text 6UL 77L)
    Assert.Equal<string>([ text 5UL 77L; text 5UL 78L ], Microworld.Documents(5UL, 77L, 2L))
    Assert.True((text 5UL Int64.MaxValue).Length > 0)

[<Fact>]
let ``Documents have 150 to 900 characters`` () =
    for document in documents do
        Assert.InRange(document.Text.Length, 150, 900)

[<Fact>]
let ``No document of one seed is a document of another`` () =
    let trained = Microworld.Documents(Microworld.TrainingSeed, 0L, 3000L) |> Set.ofSeq
    Assert.Empty(documents |> Seq.filter (fun d -> trained.Contains d.Text))

[<Fact>]
let ``There are about a hundred concepts, each with its own name, and all of them happen`` () =
    Assert.InRange(Concepts.All.Count, 100, ConceptSet.Capacity)
    Assert.Equal(Concepts.All.Count, Concepts.All |> Seq.distinctBy (fun c -> c.Name) |> Seq.length)
    let seen = documents |> Seq.collect (fun d -> d.Spans) |> Seq.map (fun s -> s.Concept) |> System.Collections.Generic.HashSet
    Assert.Empty(Concepts.All |> Seq.filter (fun c -> not (seen.Contains c)) |> Seq.map (fun c -> c.Name))

[<Fact>]
let ``The concepts at a character are those whose spans hold it`` () =
    for document in Seq.take 50 documents do
        for i in 0 .. document.Text.Length - 1 do
            let expected = document.Spans |> Seq.filter (fun s -> s.Start <= i && i < s.End) |> Seq.map (fun s -> s.Concept.Id) |> Seq.distinct |> Seq.sort
            Assert.Equal<int>(expected, (document.At i).Concepts |> Seq.map (fun c -> c.Id))

[<Theory>]
[<InlineData("digit.year", "^(19|20)[0-9]{2}$")>]
[<InlineData("digit.price", "^[0-9]+\\.[0-9]{2}$")>]
[<InlineData("time.clock", "^[0-9]{1,2}:[0-9]{2} (am|pm)$")>]
[<InlineData("time.iso-date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")>]
[<InlineData("base64", "^[A-Za-z0-9+/]+={0,2}$")>]
[<InlineData("dna", "^[ACGT]{40,100}$")>]
[<InlineData("script.greek", "^[\\p{IsGreek} ]+\\.$")>]
[<InlineData("script.hebrew", "^[\\p{IsHebrew} ]+\\.$")>]
[<InlineData("contraction", "^('s|n't|'m|'re|'ll|'ve|'d)$")>]
[<InlineData("possessive", "^'s$")>]
[<InlineData("quote.open", "^\"$")>]
[<InlineData("quote.inside", "^[^\"]+$")>]
[<InlineData("pronoun.she", "^([Ss]he|[Hh]er)$")>]
[<InlineData("time.month", "^[A-Z][a-z]+$")>]
[<InlineData("html.closing-tag", "^</[a-z0-9]+>\\n?$")>]
[<InlineData("code.indent", "^ +$")>]
[<InlineData("list.bullet", "^[-*]$")>]
[<InlineData("ioi.preposition", "^(to|for)$")>]
let ``The text of a concept looks as the concept says`` (name: string, pattern: string) =
    let spans = allSpansOf name
    Assert.NotEmpty spans
    for text in spans do
        Assert.Matches(pattern, text)

[<Fact>]
let ``Every word of a closed class carries its concept in prose`` () =
    for document in documents do
        for span in document.Spans do
            if span.Concept.Name = "kind.letter" then
                for word in Regex.Matches(document.Text[span.Start .. span.End - 1], "\\b(I|the|she|Monday|June)\\b") do
                    let expected =
                        match word.Value with
                        | "I" -> "pronoun.i"
                        | "the" -> "word.article"
                        | "she" -> "pronoun.she"
                        | "Monday" -> "time.weekday"
                        | _ -> "time.month"
                    Assert.True((document.At(span.Start + word.Index)).Contains(Concepts.Find expected), word.Value)

[<Fact>]
let ``Equations are right`` () =
    let equations = allSpansOf "number.equation"
    Assert.NotEmpty equations
    for equation in equations do
        let parts = equation.Split ' '
        let left, right, result = int parts[0], int parts[2], int parts[4]
        let expected =
            match parts[1] with
            | "+" -> left + right
            | "-" -> left - right
            | _ -> left * right
        Assert.Equal(expected, result)

[<Fact>]
let ``Prices in shops add up and so does the change`` () =
    let cents (text: string) = int (Decimal.Parse(text, Globalization.CultureInfo.InvariantCulture) * 100m)
    let shops = documents |> Seq.collect (fun d -> Regex.Matches(d.Text, "went to the [a-z]+ and bought a .*?Together that was .*? back\\.")) |> Seq.toArray
    Assert.NotEmpty shops
    for shop in shops do
        let prices = Regex.Matches(shop.Value, "\\$([0-9]+\\.[0-9]{2})") |> Seq.map (fun m -> cents m.Groups[1].Value) |> Seq.toArray
        let goods = prices[.. prices.Length - 4]
        Assert.Equal(Array.sum goods, prices[prices.Length - 3])
        Assert.Equal(prices[prices.Length - 2] - Array.sum goods, prices[prices.Length - 1])

[<Fact>]
let ``JSON is valid and no object has a key twice`` () =
    let texts = allSpansOf "json"
    Assert.NotEmpty texts
    for text in texts do
        use _document = JsonDocument.Parse(text, JsonDocumentOptions(AllowDuplicateProperties = false))
        ()

[<Fact>]
let ``Base64 decodes`` () =
    for text in allSpansOf "base64" do
        Assert.InRange((Convert.FromBase64String text).Length, 24, 60)

[<Fact>]
let ``Brackets close in every document, and their depth is what their concepts say`` () =
    for document in documents do
        let mutable depth = 0
        for i in 0 .. document.Text.Length - 1 do
            match document.Text[i] with
            | '(' | '[' | '{' -> depth <- depth + 1
            | ')' | ']' | '}' -> depth <- depth - 1
            | _ -> ()
            for d in 1..3 do
                Assert.Equal((depth = d), (document.At i).Contains(Concepts.Find $"bracket.depth-{d}"))
        Assert.Equal(0, depth)

[<Fact>]
let ``Random data is a few percent of the characters`` () =
    let total = documents |> Array.sumBy (fun d -> d.Text.Length)
    let random = Seq.append (allSpansOf "base64") (allSpansOf "dna") |> Seq.sumBy (fun t -> t.Length)
    Assert.InRange(float random / float total, 0.002, 0.03)

[<Fact>]
let ``An unknown concept is refused with a sentence that lists the known ones`` () =
    let error = Assert.Throws<ArgumentException>(fun () -> Concepts.Find "quote" |> ignore)
    Assert.Contains("quote.inside", error.Message)
