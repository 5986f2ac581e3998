/// Rules that explain and simulate: what was planted is found, what is not there is not, and nothing leaks.
module Mlsae.Tests.Analysis.Interpretation.RulesTests

open System
open System.Collections.Generic
open System.Threading
open System.Threading.Tasks
open Xunit
open Mlsae.Analysis.Interpretation
open Mlsae.Analysis.Interpretation.Rules
open Mlsae.Text.Microworlds
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Interpretation.Planted

/// Units that are exactly one concept, of all concepts that vary in enough fragments.
let private concepts =
    lazy [ for concept in Concepts.All do
               match recordOf fragments.Value (onConcept concept) with
               | null -> ()
               | record -> concept, interpret (RecordSplits.Of record) ]

[<Fact>]
let ``A unit that is exactly a concept scores near 1`` () =
    Assert.True(concepts.Value.Length > 30, $"{concepts.Value.Length} concepts")
    let scores = [ for _, found in concepts.Value -> found.Scores.TopRandom ]
    Assert.True(List.average scores >= 0.95, $"mean {List.average scores}")
    for name in [ "quote.inside"; "base64"; "name.subject" ] do
        match concepts.Value |> List.tryFind (fun (concept, _) -> concept.Name = name) with
        | Some(_, found) -> Assert.True(found.Scores.TopRandom >= 0.99, $"{name}: {found.Scores.TopRandom}, {found.Explanation}")
        | None -> ()

[<Fact>]
let ``A unit that is noise scores near 0`` () =
    let scores = [ for unit in 0..29 -> (interpret (splitsOf fragments.Value (noise unit))).Scores.TopRandom ]
    assertClose 0.03 "mean" 0.0 (List.average scores)
    Assert.All(scores, fun score -> assertClose 0.25 "score" 0.0 score)

[<Fact>]
let ``A unit that is a token, or comes after one, or is a token's kind, is told`` () =
    let units =
        [ "token", fun (fragment: TextFragment) token -> if fragment.Texts[token] = " the" then 2f else 0f
          "after", fun fragment token -> if token > 0 && fragment.Texts[token - 1] = " the" then 2f else 0f
          "digit", fun fragment token -> if Seq.exists Char.IsDigit fragment.Texts[token] then 2f else 0f ]
    for name, activation in units do
        let score = (interpret (splitsOf fragments.Value activation)).Scores.TopRandom
        Assert.True(score >= 0.95, $"{name}: {score}")

[<Fact>]
let ``Levels are told apart: a concept, and a token in it that is twice as strong`` () =
    let concept = Concepts.Find "quote.inside"
    let activation (fragment: TextFragment) token = (if fragment.Texts[token] = " the" then 2f else 1f) * onConcept concept fragment token
    let found = interpret (splitsOf fragments.Value activation)
    Assert.True(found.Scores.TopRandom >= 0.95, $"{found.Scores.TopRandom}: {found.Explanation}")

let private withoutConcepts (fragments: IReadOnlyList<TextFragment>) =
    [| for f in fragments -> TextFragment(f.Document, f.Start, f.TokenIds, f.Texts, null) |] :> IReadOnlyList<TextFragment>

[<Fact>]
let ``Where concepts are not known, rules are of tokens alone`` () =
    let plain = withoutConcepts fragments.Value
    let digit (fragment: TextFragment) token = if Seq.exists Char.IsDigit fragment.Texts[token] then 1f else 0f
    let found = interpret (splitsOf plain digit)
    Assert.DoesNotContain("concept", found.Explanation)
    Assert.True(found.Scores.TopRandom >= 0.95)

let private simulate explanation fragment = (RuleSimulator().SimulateAsync(explanation, fragment, CancellationToken.None)).AsTask() |> await

[<Fact>]
let ``An explanation is read again as what it was, whatever characters its tokens have`` () =
    let odd = [ "\""; "\\"; "; 3 on the token \"x\""; "\\\"; "; "\n"; "·"; " "; "é"; "{0}" ]
    for token in odd do
        let texts (i: int64) = [ for t in 0..63 -> if t = int i % 50 + 3 then token else $"w{(t * 7 + int i) % 40}" ]
        let fragments = [| for i in 0L .. 59L -> fragmentOf i (texts i) |] :> IReadOnlyList<TextFragment>
        let found = interpret (splitsOf fragments (fun fragment t -> if fragment.Texts[t] = token then 3f else 0f))
        Assert.Equal(InterpretationOutcome.Scored, found.Outcome)
        Assert.True(found.Scores.TopRandom >= 0.99, $"{token}: {found.Scores.TopRandom} of {found.Explanation}")

[<Fact>]
let ``What is no rule, or needs concepts that are not known, is refused in one sentence`` () =
    for text in [ ""; "words about cats"; "11 on the token \"a\""; "3 on the token \"a"; "3 on tokens of a kind"; "3 on the token \"a\"; "; "3 on the token \"a\" and more" ] do
        let problem = Assert.Throws<ArgumentException>(fun () -> simulate text (fragmentOf 0L [ "a" ]) |> ignore)
        Assert.Contains("is no rule", problem.Message)
    let concept = Concepts.Find "quote.inside"
    let problem = Assert.Throws<ArgumentException>(fun () -> simulate $"3 on concept {concept.Name} ({concept.Meaning})" (fragmentOf 0L [ "a" ]) |> ignore)
    Assert.Contains("not known", problem.Message)

[<Fact>]
let ``Neither explanation nor simulation depends on the activations that they are scored on`` () =
    let splits = splitsOf fragments.Value (fun fragment token -> onConcept (Concepts.Find "quote.inside") fragment token + 0.1f * noise 1 fragment token)
    let spoilt (records: IReadOnlyList<FragmentRecord>) = [| for record in records -> FragmentRecord(record.Fragment, Array.map (fun value -> 5f - value) record.Values) |]
    let before, after = interpret splits, interpret (RecordSplits(splits.Explanation, spoilt splits.Top, spoilt splits.Random))
    Assert.Equal(before.Explanation, after.Explanation)
    Assert.Equal<float[] seq>(before.Simulated, after.Simulated)
    assertClose 1e-9 "score" -before.Scores.TopRandom after.Scores.TopRandom

/// Notes what it is shown.
type private Spy() =
    member val Explained = List<int64>()
    member val Simulated = List<string * int64>()
    interface IExplainer with
        member _.Name = "spy"
        member this.ExplainAsync(fragments, _) =
            for scaled in fragments do this.Explained.Add scaled.Fragment.Document
            ValueTask<string> "what the spy says"
    interface ISimulator with
        member _.Name = "spy"
        member this.SimulateAsync(explanation, fragment, _) =
            this.Simulated.Add((explanation, fragment.Document))
            ValueTask<Simulation>(Simulation(Array.init 64 float))

[<Fact>]
let ``An explainer is shown the five fragments that explain, a simulator its words and the ten others, none of them among the five`` () =
    let splits = splitsOf fragments.Value (onConcept (Concepts.Find "quote.inside"))
    let spy = Spy()
    interpretWith (Interpreter(spy, spy)) splits |> ignore
    Assert.Equal<int64 list>([ for record in splits.Explanation -> record.Fragment.Document ], List.ofSeq spy.Explained)
    Assert.Equal<(string * int64) list>([ for record in splits.Scored -> "what the spy says", record.Fragment.Document ], List.ofSeq spy.Simulated)
    Assert.Empty(Set.intersect (set spy.Explained) (set (Seq.map snd spy.Simulated)))

[<Fact>]
let ``A unit without records is skipped, and says why`` () =
    let found = interpret null
    Assert.Equal(InterpretationOutcome.Skipped, found.Outcome)
    Assert.Contains("fewer than 20", found.Explanation)
    Assert.Null found.Scores
