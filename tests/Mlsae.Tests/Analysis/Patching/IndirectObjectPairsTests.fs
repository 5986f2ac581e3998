/// The data set of indirect-object patching.
module Mlsae.Tests.Analysis.Patching.IndirectObjectPairsTests

open System
open System.IO
open Xunit
open Mlsae.Analysis.Patching
open Mlsae.Text
open Mlsae.Text.Microworlds
open Mlsae.Tests.Assertions

let private tokenizer = lazy Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Models", "microworld-6l", "tokenizer.json"))

let private data = lazy IndirectObjectPairs tokenizer.Value

[<Fact>]
let ``There are fifteen templates, each with both orders of the names`` () =
    Assert.Equal(15, IndirectObjectPairs.Templates.Count)
    let drawn = data.Value.Draw(60, 3UL)
    for template in IndirectObjectPairs.Templates do
        let own = drawn |> Seq.filter (fun pair -> pair.Base.Template = template) |> List.ofSeq
        let indirectObjectFirst = own |> List.filter (fun pair -> pair.Base.Text.IndexOf pair.Base.IndirectObject < pair.Base.Text.IndexOf pair.Base.Subject)
        Assert.Equal((4, 2), (own.Length, indirectObjectFirst.Length))

[<Fact>]
let ``Base and counterfactual differ in the indirect object alone, one token`` () =
    for pair in data.Value.Draw(90, 1UL) do
        let differing = Seq.zip pair.Ids.Base pair.Ids.Target |> Seq.filter (fun (a, b) -> a <> b) |> List.ofSeq
        Assert.Equal<(int * int) list>([ (tokenizer.Value.Encode(" " + pair.Base.IndirectObject))[0], (tokenizer.Value.Encode(" " + pair.Target.IndirectObject))[0] ], differing)
        Assert.Equal(pair.Base.Text, pair.Target.Text.Replace(pair.Target.IndirectObject, pair.Base.IndirectObject))
        Assert.Equal(tokenizer.Value.EndOfText.Value, pair.Ids.Base[0])
        Assert.NotEqual(pair.Ids.Base[pair.Ids.Base.Length - 1], (tokenizer.Value.Encode(" " + pair.Base.IndirectObject))[0])
        for prompt in [ pair.Base; pair.Target ] do
            Assert.True(IndirectObjectSentences.IsHeldOut(prompt.IndirectObject, prompt.Subject, prompt.Template))
            Assert.DoesNotContain("[", prompt.Text)

[<Fact>]
let ``The seed gives the pairs, and fewer are the first of more`` () =
    let texts count seed = [ for pair in data.Value.Draw(count, seed) -> pair.Base.Text ]
    Assert.Equal<string list>(texts 12 5UL, texts 40 5UL |> List.truncate 12)
    Assert.NotEqual<string list>(texts 12 5UL, texts 12 6UL)

[<Fact>]
let ``A tokenizer that has no names as single tokens is refused with how many it has`` () =
    let bytes = BpeTrainer.Train([ "nothing of it" ], 260, [| "<|endoftext|>" |])
    let error = Assert.Throws<ArgumentException>(fun () -> IndirectObjectPairs bytes |> ignore)
    Assert.Contains("names", error.Message)
    Assert.Contains("single tokens", error.Message)
