/// Caps hold whatever happens, and what was answered once is not asked again.
module Mlsae.Tests.Endpoints.SpendingTests

open System
open System.Collections.Concurrent
open System.IO
open System.Threading
open System.Threading.Tasks
open Xunit
open Mlsae.Endpoints
open Mlsae.Tests.Assertions
open Mlsae.Tests.Endpoints.LoopbackEndpoint

/// Answers without an endpoint.
let private chat (answer: ChatQuestion -> ChatAnswer) =
    { new IChat with
        member _.AskAsync(question, _) =
            task {
                do! Task.Yield()
                return answer question
            } }

let private saying text = ChatAnswer(text, [||], 40, 5)

let private question number = ChatQuestion("m", "system", $"number {number}", 10)

let private awaited (task: Task<'a>) = task.GetAwaiter().GetResult()

let private ask (chat: IChat) question = chat.AskAsync(question, CancellationToken.None) |> awaited

let private prices = dict [ "m", TokenPrices(1e6, 2e6) ] |> Collections.Generic.Dictionary

[<Fact>]
let ``No cap on tokens is passed, however many ask at once, and most of it can be used`` () =
    let limited = LimitedChat(chat (fun _ -> ChatAnswer("a", [||], 12, 8)), SpendLimits(Tokens = Nullable 1000L))
    let answered = ConcurrentBag<int>()
    Parallel.For(0, 200, fun i -> try ask limited (question i) |> ignore; answered.Add i with :? SpendLimitException -> ()) |> ignore
    Assert.Equal(20L * int64 answered.Count, limited.SpentTokens)
    Assert.InRange(limited.SpentTokens, 900L, 1000L)

[<Fact>]
let ``Cost is counted at the model's prices, and capped`` () =
    let limited = LimitedChat(chat (fun _ -> saying "a"), SpendLimits(Cost = Nullable 120.0, Prices = prices))
    ask limited (question 1) |> ignore
    assertClose 1e-9 "cost" 50.0 limited.SpentCost
    ask limited (question 2) |> ignore
    Assert.Throws<SpendLimitException>(fun () -> ask limited (question 3) |> ignore) |> ignore
    assertClose 1e-9 "cost" 100.0 limited.SpentCost

[<Fact>]
let ``A refused question costs nothing; one that was worked on and came back malformed counts in full`` () =
    use busy = new LoopbackEndpoint(fun _ _ -> reply 503 "")
    use malformed = new LoopbackEndpoint(fun _ _ -> reply 200 "{}")
    let spent (server: LoopbackEndpoint) =
        use endpoint = new EndpointChat(EndpointConfig(Address = Uri server.Address))
        let limited = LimitedChat(endpoint, SpendLimits())
        Assert.ThrowsAny<IOException>(fun () -> ask limited (question 1) |> ignore) |> ignore
        limited.SpentTokens
    Assert.Equal(0L, spent busy)
    Assert.Equal(int64 (TokenEstimate.Of(question 1) + 10), spent malformed)

[<Fact>]
let ``The cap stands before every attempt, not before the question alone`` () =
    use malformed = new LoopbackEndpoint(fun _ _ -> reply 200 "{}")
    let config = EndpointConfig(Address = Uri malformed.Address, Attempts = 6)
    use endpoint = new EndpointChat(config)
    let most = int64 (TokenEstimate.Of(question 1) + 10)
    let limited = LimitedChat(endpoint, SpendLimits(Tokens = Nullable(2L * most)))
    Assert.Throws<SpendLimitException>(fun () -> ask (PersistentChat(limited, config, fun _ _ -> Task.CompletedTask)) (question 1) |> ignore) |> ignore
    Assert.Equal(2, malformed.Requests.Length)

[<Fact>]
let ``Caps and prices that cannot be are refused`` () =
    let refused (limits: SpendLimits) = Assert.Throws<ArgumentException>(fun () -> limits.Validated() |> ignore) |> ignore
    refused (SpendLimits(Tokens = Nullable 0L))
    refused (SpendLimits(Cost = Nullable 1.0))
    refused (SpendLimits(Cost = Nullable nan, Prices = prices))
    refused (SpendLimits(Prices = (dict [ "m", TokenPrices(-1.0, 0.0) ] |> Collections.Generic.Dictionary)))
    Assert.Throws<ArgumentException>(fun () -> SpendLimits(Cost = Nullable 1.0, Prices = prices).PricesOf "other" |> ignore) |> ignore

[<Fact>]
let ``A question with its answer is kept, and each part of it decides whether it is the same`` () =
    use folder = new TemporaryFolder()
    let mutable asked = 0
    let cached endpoint = CachedChat(chat (fun q -> asked <- asked + 1; ChatAnswer($"{q.User}!", [| AnswerToken("a", [| TokenAlternative("b", -0.5) |]) |], 4, 2)), AnswerCache(folder.File "answers", endpoint))
    let first = ask (cached "https://a/v1") (question 1)
    let second = ask (cached "https://a/v1") (question 1)
    Assert.Equal(1, asked)
    Assert.Equal(first.Text, second.Text)
    Assert.Equal(-0.5, second.Tokens[0].Alternatives[0].LogProbability)
    let others = [ question 2; ChatQuestion("n", "system", "number 1", 10); ChatQuestion("m", "systems", "number 1", 10); ChatQuestion("m", "system", "number 1", 11); ChatQuestion("m", "system", "number 1", 10, true) ]
    for other in others do
        ask (cached "https://a/v1") other |> ignore
    ask (cached "https://b/v1") (question 1) |> ignore
    Assert.Equal(2 + others.Length, asked)

[<Fact>]
let ``Used tokens count each question once, also those that were known`` () =
    use folder = new TemporaryFolder()
    let cache = AnswerCache(folder.File "answers", "e")
    ask (CachedChat(chat (fun _ -> saying "a"), cache)) (question 1) |> ignore
    let again = CachedChat(chat (fun _ -> saying "a"), cache)
    for number in [ 1; 2; 2; 1 ] do
        ask again (question number) |> ignore
    Assert.Equal<struct (string * int64 * int64) list>([ struct ("m", 80L, 10L) ], List.ofSeq (again.Used()))

[<Fact>]
let ``A kept answer that is damaged is refused by its path, whatever byte it is`` () =
    use folder = new TemporaryFolder()
    let cache = AnswerCache(folder.File "answers", "e")
    let answer = saying "what was said"
    cache.Keep(question 1, answer)
    let path = Assert.Single(Directory.GetFiles(folder.File "answers", "*.json", SearchOption.AllDirectories))
    let bytes = File.ReadAllBytes path
    let spoilt = [ for length in [ 0; 1; bytes.Length / 2; bytes.Length - 3 ] -> bytes[.. length - 1] ] @ [ for place in 0 .. 3 .. bytes.Length - 1 -> bytes |> Array.mapi (fun i b -> if i = place then b ^^^ 16uy else b) ]
    for version in spoilt do
        File.WriteAllBytes(path, version)
        let found = try Choice1Of2(cache.Find(question 1)) with :? InvalidDataException as problem -> Choice2Of2 problem.Message
        match found with
        | Choice2Of2 sentence -> Assert.Contains(path, sentence)
        // A byte of the answer itself, or of white space between fields: what it says is still an answer to this question.
        | Choice1Of2 found -> Assert.NotNull found
    File.WriteAllBytes(path, bytes)
    cache.Keep(question 2, answer)
    let other = Directory.GetFiles(folder.File "answers", "*.json", SearchOption.AllDirectories) |> Array.find ((<>) path)
    File.Copy(other, path, true)
    Assert.Contains("another question", Assert.Throws<InvalidDataException>(fun () -> cache.Find(question 1) |> ignore).Message)
