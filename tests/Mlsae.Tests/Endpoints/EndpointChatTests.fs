/// The wire: what is sent, what is made of answers, and what becomes of failures. The server is a test double on this machine.
module Mlsae.Tests.Endpoints.EndpointChatTests

open System
open System.Collections.Generic
open System.Net
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open Xunit
open Mlsae.Endpoints
open Mlsae.Tests.Assertions
open Mlsae.Tests.Endpoints.LoopbackEndpoint

let private key = "sk-secret-0123456789"
let private question = ChatQuestion("a-model", "what to do", "with \"this\"\n", 17)
let private withProbabilities = ChatQuestion("a-model", "what to do", "with this", 17, true)

let private config (address: string) key = EndpointConfig(Address = EndpointConfig.Parse address, Key = key, Timeout = TimeSpan.FromSeconds 20.0, Attempts = 4)

let private awaited (task: Task<'a>) = task.GetAwaiter().GetResult()

/// Asks once, with retries; what was waited for is noted instead.
let private ask (config: EndpointConfig) question =
    let waits = List<TimeSpan>()
    use chat = new EndpointChat(config)
    let persistent = PersistentChat(chat, config, fun wait _ -> waits.Add wait; Task.CompletedTask)
    let answer = try Ok(persistent.AskAsync(question, CancellationToken.None) |> awaited) with :? EndpointException as problem -> Error problem.Message
    answer, [ for wait in waits -> wait.TotalSeconds ]

/// A server that gives these replies in turn, the last again and again.
let private scripted (replies: Reply list) = new LoopbackEndpoint(fun turn _ -> replies[min turn replies.Length - 1])

let private good = completion "yes" 12 3

let private text answer = match answer with Ok(answer: ChatAnswer) -> answer.Text | Error sentence -> failwith sentence

let private sentence answer = match answer with Error(sentence: string) -> sentence | Ok _ -> failwith "an answer was not expected"

[<Fact>]
let ``A question goes out as the protocol has it`` () =
    use server = scripted [ good ]
    let answer, waits = ask (config server.Address key) withProbabilities
    Assert.Equal("yes", text answer)
    Assert.Empty waits
    let request = Assert.Single server.Requests
    Assert.Equal("/v1/chat/completions", request.Path)
    Assert.Equal($"Bearer {key}", request.Headers["authorization"])
    Assert.StartsWith("application/json", request.Headers["content-type"])
    Assert.Equal(
        """{"model":"a-model","messages":[{"role":"system","content":"what to do"},{"role":"user","content":"with this"}],"max_tokens":17,"temperature":0,"logprobs":true,"top_logprobs":20}""",
        request.Body.ToJsonString())

[<Fact>]
let ``Without a key none is sent, and probabilities only where they are wanted`` () =
    use server = scripted [ good ]
    let answer, _ = ask (config (server.Address + "/") null) question
    Assert.Equal<AnswerToken seq>([], (match answer with Ok found -> found.Tokens | Error _ -> null))
    let request = Assert.Single server.Requests
    Assert.Equal("/v1/chat/completions", request.Path)
    Assert.False(request.Headers.ContainsKey "authorization")
    Assert.Null request.Body["logprobs"]

[<Fact>]
let ``Tokens, alternatives and counts come back`` () =
    use server = scripted [ completionOf [ "y", [ "y", 0.75; "n", 0.25; "?", 1e-6 ]; "es", [ "es", 1.0 ] ] 21 2 ]
    match fst (ask (config server.Address null) withProbabilities) with
    | Error sentence -> failwith sentence
    | Ok answer ->
        Assert.Equal("yes", answer.Text)
        Assert.Equal((21, 2), (answer.InputTokens, answer.OutputTokens))
        Assert.Equal<string list>([ "y"; "es" ], [ for token in answer.Tokens -> token.Text ])
        // Alternatives that change nothing are left out.
        Assert.Equal<string list>([ "y"; "n" ], [ for other in answer.Tokens[0].Alternatives -> other.Text ])
        assertClose 1e-12 "probability" 0.25 (exp answer.Tokens[0].Alternatives[1].LogProbability)

[<Fact>]
let ``A busy endpoint is asked again after as long as it says, a failing one after waits that double`` () =
    let busy = { refusal 429 "slow down" "rate_limit" with Headers = [ "Retry-After", "7" ] }
    use server = scripted [ busy; reply 500 "oops"; reply 503 ""; good ]
    let answer, waits = ask (config server.Address null) question
    Assert.Equal("yes", text answer)
    Assert.Equal(7.0, waits[0])
    Assert.InRange(waits[1], 1.0, 2.0)
    Assert.InRange(waits[2], 2.0, 4.0)
    Assert.Equal(4, server.Requests.Length)

[<Fact>]
let ``It ends after the last attempt with one sentence that says how to go on`` () =
    use server = scripted [ reply 529 "" ]
    let answer, waits = ask (config server.Address null) question
    Assert.Contains("status 529", sentence answer)
    Assert.Contains("4 times", sentence answer)
    Assert.Contains("run again", sentence answer)
    Assert.Equal(3, waits.Length)
    Assert.Equal(4, server.Requests.Length)

[<Fact>]
let ``A wait that is too long is refused, with how long it would be`` () =
    use server = scripted [ { reply 429 "" with Headers = [ "Retry-After", "3600" ] } ]
    let answer, waits = ask (config server.Address null) question
    Assert.Contains("60 minutes", sentence answer)
    Assert.Empty waits

[<Theory>]
[<InlineData(401, "key")>]
[<InlineData(403, "key")>]
[<InlineData(404, "a-model")>]
[<InlineData(400, "refuses the question")>]
let ``What will not pass is not tried again, and the key is never shown`` (status: int, mention: string) =
    use server = scripted [ refusal status $"wrong key {key}\nor model" "" ]
    let answer, _ = ask (config server.Address key) question
    Assert.Contains(mention, sentence answer)
    Assert.DoesNotContain(key, sentence answer)
    Assert.DoesNotContain("\n", sentence answer)
    Assert.Single server.Requests |> ignore

[<Fact>]
let ``An account without credit is not asked again, though its status is that of a busy one`` () =
    use server = scripted [ refusal 429 "no more" "insufficient_quota" ]
    Assert.Contains("no credit", sentence (fst (ask (config server.Address null) question)))
    Assert.Single server.Requests |> ignore

[<Theory>]
[<InlineData("")>]
[<InlineData("<html>")>]
[<InlineData("[]")>]
[<InlineData("null")>]
[<InlineData("{}")>]
[<InlineData("""{"choices":[]}""")>]
[<InlineData("""{"choices":[{"text":"a"}]}""")>]
[<InlineData("""{"choices":{"message":1}}""")>]
[<InlineData("""{"choices":[{"message":{"content":"a"},"logprobs":{"content":[{"token":1}]}}]}""")>]
[<InlineData("""{"choices":[{"message":{"content":"a"},"logprobs":{"content":[{"token":"a","top_logprobs":[{"token":"a","logprob":"x"}]}]}}]}""")>]
let ``A malformed answer is asked for again, and ends in a sentence`` (body: string) =
    use server = scripted [ reply 200 body ]
    let answer, waits = ask (config server.Address null) question
    Assert.Contains("no chat completion", sentence answer)
    Assert.Equal(3, waits.Length)

[<Fact>]
let ``An answer without counts or content has the estimate and no text`` () =
    use server = scripted [ reply 200 """{"choices":[{"message":{"role":"assistant","content":null,"refusal":"no"}}],"usage":{"prompt_tokens":"many"}}""" ]
    match fst (ask (config server.Address null) question) with
    | Ok answer -> Assert.Equal(("", TokenEstimate.Of question, 17), (answer.Text, answer.InputTokens, answer.OutputTokens))
    | Error sentence -> failwith sentence

[<Fact>]
let ``Fields that an endpoint refuses are left out from then on`` () =
    let answer _ (request: Request) =
        if not (isNull request.Body["logprobs"]) then refusal 400 "this model has no logprobs" ""
        elif not (isNull request.Body["max_tokens"]) then refusal 400 "use max_completion_tokens instead of max_tokens" ""
        elif not (isNull request.Body["temperature"]) then refusal 400 "temperature is fixed" ""
        else good
    use server = new LoopbackEndpoint(answer)
    use chat = new EndpointChat(config server.Address null)
    for asked in [ 4; 5 ] do
        Assert.Equal("yes", (chat.AskAsync(withProbabilities, CancellationToken.None) |> awaited).Text)
        Assert.Equal(asked, server.Requests.Length)
    Assert.Equal(17, (List.last server.Requests).Body["max_completion_tokens"].GetValue<int>())

[<Fact>]
let ``No answer in time is a failure that may pass`` () =
    use server = scripted [ { good with Delay = TimeSpan.FromSeconds 3.0 }; good ]
    let hasty = EndpointConfig(Address = Uri server.Address, Timeout = TimeSpan.FromSeconds 0.3, Attempts = 1)
    Assert.Contains("no answer within 0.3 seconds", sentence (fst (ask hasty question)))

[<Fact>]
let ``What is not there cannot be reached`` () =
    let free = new TcpListener(IPAddress.Loopback, 0)
    free.Start()
    let address = $"http://127.0.0.1:{(free.LocalEndpoint :?> IPEndPoint).Port}/v1"
    free.Stop()
    Assert.Contains("cannot be reached", sentence (fst (ask (config address null) question)))

[<Fact>]
let ``A redirect is not followed, so that no key goes elsewhere`` () =
    use other = scripted [ good ]
    use server = scripted [ { reply 307 "" with Headers = [ "Location", other.Address + "/chat/completions" ] } ]
    Assert.Contains("is elsewhere", sentence (fst (ask (config server.Address key) question)))
    Assert.Empty other.Requests

[<Fact>]
let ``A question can be cancelled while it waits for an answer, and between attempts`` () =
    use server = scripted [ { good with Delay = TimeSpan.FromSeconds 10.0 } ]
    use chat = new EndpointChat(config server.Address null)
    use source = new CancellationTokenSource(TimeSpan.FromSeconds 0.2)
    Assert.ThrowsAny<OperationCanceledException>(fun () -> chat.AskAsync(question, source.Token) |> awaited |> ignore) |> ignore
    use busy = scripted [ { reply 503 "" with Headers = [ "Retry-After", "60" ] } ]
    use again = new EndpointChat(config busy.Address null)
    use soon = new CancellationTokenSource(TimeSpan.FromSeconds 0.5)
    Assert.ThrowsAny<OperationCanceledException>(fun () -> PersistentChat(again, config busy.Address null).AskAsync(question, soon.Token) |> awaited |> ignore) |> ignore

[<Fact>]
let ``Addresses and keys that cannot be are refused`` () =
    for address in [ "localhost:8080"; "ftp://x/v1"; ""; "https://user:pass@host/v1" ] do
        Assert.Throws<ArgumentException>(fun () -> EndpointConfig.Parse address |> ignore) |> ignore
    let problem = Assert.Throws<ArgumentException>(fun () -> (config "http://example.org/v1" key).Validated() |> ignore)
    Assert.DoesNotContain(key, problem.Message)
    for wrong in [ "two words"; "a\nb"; "ключ" ] do
        let problem = Assert.Throws<ArgumentException>(fun () -> (config "https://example.org/v1" wrong).Validated() |> ignore)
        Assert.DoesNotContain(wrong, problem.Message)
    Assert.Equal("https://example.org/v1", (config "https://example.org/v1?secret=1" null).ShownAddress)
