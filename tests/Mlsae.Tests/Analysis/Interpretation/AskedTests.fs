/// What language models are asked about units, and what is read from their answers.
module Mlsae.Tests.Analysis.Interpretation.AskedTests

open System
open System.Collections.Generic
open System.Threading
open Xunit
open Mlsae.Analysis.Interpretation
open Mlsae.Analysis.Interpretation.Asked
open Mlsae.Endpoints
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Interpretation.Planted

/// Notes questions and gives answers in turn, the last again and again.
type private Scripted(answers: ChatAnswer list) =
    member val Questions = List<ChatQuestion>()
    interface IChat with
        member this.AskAsync(question, _) =
            this.Questions.Add question
            Threading.Tasks.Task.FromResult answers[min this.Questions.Count answers.Length - 1]

let private saying text = ChatAnswer(text, [||], 1, 1)

let private fragment = lazy fragments.Value[3]

let private simulate answers =
    let chat = Scripted answers
    let result = try Ok((EndpointSimulator(chat, "m").SimulateAsync("colours", fragment.Value, CancellationToken.None)).AsTask() |> await) with :? UnansweredException as problem -> Error problem.Message
    result, List.ofSeq chat.Questions

let private values = Array.init 64 (fun i -> i * 7 % 11)

let private lines separator = String.Join("\n", values |> Array.mapi (fun i value -> $"{i + 1}{separator}{value}"))

let private valuesOf result = match result with Ok(simulation: Simulation) -> List.ofArray simulation.Values | Error sentence -> failwith sentence

[<Fact>]
let ``Whole numbers in plain text are the activations, whatever stands around the lines`` () =
    for text in [ lines "\t"; "Here it is:\n```\n" + lines "\t" + "\n```\nDone."; lines ": "; (lines "\t").Replace("\n", "\r\n"); lines "\t" + "\n" ] do
        let result, questions = simulate [ saying text ]
        Assert.Equal<float list>([ for value in values -> float value ], valuesOf result)
        Assert.Single questions |> ignore
        match result with Ok simulation -> Assert.False simulation.FromProbabilities | Error _ -> ()

/// Lines of number, tab and activation as tokens, each activation with what else it could have been.
let private withProbabilities (alternatives: int -> (string * float) list) chosen =
    let tokens =
        [ for i in 1..64 do
              yield AnswerToken($"{i}", [||])
              yield AnswerToken("\t", [||])
              yield AnswerToken(chosen, [| for text, p in alternatives i -> TokenAlternative(text, log p) |])
              yield AnswerToken("\n", [||]) ]
    ChatAnswer(String.Join("", [ for token in tokens -> token.Text ]), Array.ofList tokens, 1, 1)

[<Fact>]
let ``With probabilities an activation is the expected value over 0 to 10, of what is a number`` () =
    let result, _ = simulate [ withProbabilities (fun _ -> [ "8", 0.5; "0", 0.25; " 10", 0.05; "the", 0.15; "11", 0.05 ]) "8" ]
    match result with
    | Ok simulation ->
        Assert.True simulation.FromProbabilities
        Assert.All(simulation.Values, fun value -> assertClose 1e-9 "value" ((8.0 * 0.5 + 10.0 * 0.05) / 0.8) value)
    | Error sentence -> failwith sentence

[<Fact>]
let ``A 10 that is two tokens counts as 10 with the probability of its 1`` () =
    let tokens =
        [ for i in 1..64 do
              for text in [ $"{i}"; "\t" ] do
                  yield AnswerToken(text, [||])
              yield AnswerToken("1", [| TokenAlternative("1", log 0.5); TokenAlternative("0", log 0.5) |])
              for text in [ "0"; "\n" ] do
                  yield AnswerToken(text, [||]) ]
    let result, _ = simulate [ ChatAnswer(String.Join("", [ for token in tokens -> token.Text ]), Array.ofList tokens, 1, 1) ]
    Assert.All(valuesOf result, fun value -> assertClose 1e-9 "value" 5.0 value)

[<Fact>]
let ``Where some tokens have no probabilities the answers themselves are taken there, and it is not said to be of probabilities`` () =
    let result, _ = simulate [ withProbabilities (fun i -> if i = 9 then [] else [ "8", 0.5; "0", 0.5 ]) "8" ]
    match result with
    | Ok simulation ->
        Assert.False simulation.FromProbabilities
        assertClose 1e-9 "answer" 8.0 simulation.Values[8]
        assertClose 1e-9 "expected" 4.0 simulation.Values[9]
    | Error sentence -> failwith sentence

[<Fact>]
let ``A malformed answer is asked for again, with what was wrong; after three a unit is unanswered`` () =
    let cut = String.Join("\n", (lines "\t").Split('\n')[0..60])
    let swapped = (lines "\t").Replace("5\t", "6\t")
    for wrong in [ ""; "I cannot."; cut; swapped; lines "\t" + "\n65\t3"; (lines "\t").Replace("\t10", "\t12"); (lines "\t").Replace("\t7", "\t-7") ] do
        let result, questions = simulate [ saying wrong; saying (lines "\t") ]
        Assert.Equal<float list>([ for value in values -> float value ], valuesOf result)
        Assert.Equal(2, questions.Length)
        Assert.Contains("64 lines", questions[1].User)
        Assert.NotEqual<ChatQuestion>(questions[0], questions[1])
    let result, questions = simulate [ saying "no" ]
    Assert.Equal(3, questions.Length)
    Assert.Equal(3, (List.distinct questions).Length)
    Assert.Contains("3 times", (match result with Error sentence -> sentence | Ok _ -> ""))

[<Fact>]
let ``A simulator's question holds the explanation and every token on a line of its own, and no activation`` () =
    let odd = fragmentOf 0L [ "a\nb"; "\t"; "\\n"; " the" ]
    let chat = Scripted [ saying (lines "\t") ]
    (EndpointSimulator(chat, "m").SimulateAsync("names of colours", odd, CancellationToken.None)).AsTask() |> await |> ignore
    let question = Seq.head chat.Questions
    Assert.Equal("m", question.Model)
    Assert.True question.WantsProbabilities
    Assert.Contains("names of colours", question.User)
    let given = question.User.Split '\n'
    Assert.Equal<string list>([ "1\ta\\nb"; "2\t\\t"; "3\t\\\\n"; "4\t the" ], List.ofArray given[2..5])
    Assert.Equal<string>("64\t the", given[65])

[<Fact>]
let ``An explainer's question holds the tokens of its five fragments with their levels, and nothing of the others`` () =
    let activation (fragment: TextFragment) token = if fragment.Texts[token] = " the" then 2f else 0f
    let splits = splitsOf fragments.Value activation
    let asked (splits: RecordSplits) =
        let chat = Scripted [ saying "  the word\n the " ]
        let explanation = (EndpointExplainer(chat, "m").ExplainAsync(ActivationScale.Scaled splits.Explanation, CancellationToken.None)).AsTask() |> await
        explanation, Seq.exactlyOne chat.Questions
    let explanation, question = asked splits
    Assert.Equal("the word the", explanation)
    Assert.Contains("\n the\t10\n", question.User)
    Assert.False question.WantsProbabilities
    for number in 1..5 do
        Assert.Contains($"Text {number}\n", question.User)
    // The active tokens come once more, as they are few.
    Assert.Contains("once more", question.User)
    let others = RecordSplits(splits.Explanation, splits.Random, splits.Top)
    Assert.Equal(question, snd (asked others))

[<Fact>]
let ``An explanation without words leaves its unit unanswered, and the others go on`` () =
    let chat = Scripted [ saying " \n " ]
    let interpreter = Interpreter(EndpointExplainer(chat, "m"), EndpointSimulator(chat, "m"))
    let found = interpretWith interpreter (splitsOf fragments.Value (noise 1))
    Assert.Equal(InterpretationOutcome.Unanswered, found.Outcome)
    Assert.Null found.Scores
