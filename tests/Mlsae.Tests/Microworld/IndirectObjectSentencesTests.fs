module Mlsae.Tests.Microworld.IndirectObjectSentencesTests

open System.Collections.Generic
open System.Text.RegularExpressions
open Xunit
open Mlsae.Text.Microworlds

/// What a template's sentences look like; group a, b, s and io are the names.
let private patterns =
    IndirectObjectSentences.Templates
    |> Seq.map (fun template ->
        let escaped = Regex.Escape(template).Replace("]", "\\]")
        let named = Regex.Replace(escaped, @"\\\[(a|b|s|io)\\\]", "(?<$1>[A-Z][a-z]+)")
        Regex("^" + Regex.Replace(named, @"\\\[[a-z]+\\\]", "[A-Za-z]+") + "$"))
    |> Seq.toArray

let private readSentence (sentence: string) =
    let template = patterns |> Array.findIndex (fun pattern -> pattern.IsMatch sentence)
    template, patterns[template].Match sentence

let private name (found: Match) (group: string) = found.Groups[group].Value

[<Fact>]
let ``No held-out combination of names and template is in a hundred thousand documents`` () =
    let concept = Concepts.Find "ioi.sentence"
    let seen = HashSet<struct (string * string * int)>()
    let mutable sentences = 0
    for index in 0L .. 99_999L do
        let document = Microworld.Document(Microworld.TrainingSeed, index)
        for span in document.Spans do
            if span.Concept = concept then
                let template, found = readSentence document.Text[span.Start .. span.End - 1]
                sentences <- sentences + 1
                seen.Add(struct (min (name found "a") (name found "b"), max (name found "a") (name found "b"), template)) |> ignore
    Assert.InRange(sentences, 50_000, 500_000)
    Assert.InRange(seen.Count, 30_000, sentences)
    Assert.Empty(seen |> Seq.filter (fun (struct (a, b, template)) -> IndirectObjectSentences.IsHeldOut(a, b, template)))

[<Fact>]
let ``About one combination in eight is held out, whichever name comes first`` () =
    let names = IndirectObjectSentences.Names
    let held =
        [| for a in names do
               for b in names do
                   if a <> b then
                       for template in 0..2 do
                           Assert.Equal(IndirectObjectSentences.IsHeldOut(a, b, template), IndirectObjectSentences.IsHeldOut(b, a, template))
                           if IndirectObjectSentences.IsHeldOut(a, b, template) then 1.0 else 0.0 |]
    Assert.InRange(Array.average held, 0.115, 0.135)

[<Fact>]
let ``Held-out prompts are held out, end before the indirect object, and name the subject twice`` () =
    let prompts = IndirectObjectSentences.HeldOut(3UL, 1000)
    Assert.Equal(1000, prompts.Count)
    for prompt in prompts do
        Assert.True(IndirectObjectSentences.IsHeldOut(prompt.IndirectObject, prompt.Subject, prompt.Template))
        Assert.Matches(" (to|for)$", prompt.Text)
        let template, found = readSentence $"{prompt.Text} {prompt.IndirectObject}."
        Assert.Equal(prompt.Template, template)
        Assert.Equal(prompt.Subject, name found "s")
        Assert.Equal(prompt.IndirectObject, name found "io")
        Assert.Equal<Set<string>>(set [ prompt.Subject; prompt.IndirectObject ], set [ name found "a"; name found "b" ])

[<Fact>]
let ``Held-out prompts use both orders of names and every template, and depend on the seed alone`` () =
    let prompts = IndirectObjectSentences.HeldOut(3UL, 1000)
    Assert.Equal<IndirectObjectPrompt>(prompts, IndirectObjectSentences.HeldOut(3UL, 1000))
    Assert.NotEqual<IndirectObjectPrompt>(prompts, IndirectObjectSentences.HeldOut(4UL, 1000))
    Assert.Equal(IndirectObjectSentences.Templates.Count, prompts |> Seq.distinctBy (fun p -> p.Template) |> Seq.length)
    let subjectFirst = prompts |> Seq.filter (fun p -> p.Text.IndexOf p.Subject < p.Text.IndexOf p.IndirectObject) |> Seq.length
    Assert.InRange(subjectFirst, 430, 570)

[<Fact>]
let ``In every document's sentence the giver is one of the two named and the other is given to`` () =
    for index in 0L .. 2000L do
        let document = Microworld.Document(Microworld.HeldOutSeed, index)
        for span in document.Spans do
            if span.Concept.Name = "ioi.sentence" then
                let _, found = readSentence document.Text[span.Start .. span.End - 1]
                Assert.Equal<Set<string>>(set [ name found "a"; name found "b" ], set [ name found "s"; name found "io" ])
