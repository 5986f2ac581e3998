/// A server on this machine that speaks just enough of the chat-completions protocol to test the wire format, retries and caps against. It is no language model.
module Mlsae.Tests.Endpoints.LoopbackEndpoint

open System
open System.Collections.Concurrent
open System.IO
open System.Net
open System.Net.Sockets
open System.Text
open System.Text.Json.Nodes
open System.Threading.Tasks

/// What a client sent.
type Request = { Path: string; Headers: Map<string, string>; Body: JsonNode }

/// What it gets.
type Reply = { Status: int; Headers: (string * string) list; Body: string; Delay: TimeSpan }

let reply status body = { Status = status; Headers = []; Body = body; Delay = TimeSpan.Zero }

let refusal status (message: string) (code: string) =
    reply status ((JsonObject [ Collections.Generic.KeyValuePair("error", JsonObject [ Collections.Generic.KeyValuePair("message", JsonValue.Create message :> JsonNode); Collections.Generic.KeyValuePair("code", JsonValue.Create code :> JsonNode) ] :> JsonNode) ]).ToJsonString())

let private quoted (text: string) = (JsonValue.Create text).ToJsonString()

/// A chat completion that says a text, with what it counts of tokens.
let completion (text: string) input output =
    reply 200 $"""{{"id":"x","object":"chat.completion","choices":[{{"index":0,"message":{{"role":"assistant","content":{quoted text}}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{input + output}}}}}"""

/// The same with its tokens and what else each could have been: (text, alternatives as text and probability).
let completionOf (tokens: (string * (string * float) list) list) input output =
    let alternative (text: string, probability: float) =
        String.Format(Globalization.CultureInfo.InvariantCulture, "{{\"token\":{0},\"logprob\":{1:R},\"bytes\":null}}", quoted text, log probability)
    let token (text: string, alternatives) =
        let own = alternatives |> List.tryFind (fun (other, _) -> other = text) |> Option.defaultValue (text, 1.0)
        $"""{(alternative own).TrimEnd '}'},"top_logprobs":[{String.Join(",", List.map alternative alternatives)}]}}"""
    let content = String.Join("", List.map fst tokens)
    reply 200 $"""{{"choices":[{{"message":{{"role":"assistant","content":{quoted content}}},"logprobs":{{"content":[{String.Join(",", List.map token tokens)}]}}}}],"usage":{{"prompt_tokens":{input},"completion_tokens":{output}}}}}"""

/// The text of a message of a request, the first for the system's.
let message place (request: Request) = request.Body["messages"].[place: int].["content"].GetValue<string>()

type LoopbackEndpoint(answer: int -> Request -> Reply) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    let requests = ConcurrentQueue<Request>()
    let mutable count = 0

    let readLine (stream: Stream) =
        let line = StringBuilder()
        let mutable next = stream.ReadByte()
        while next >= 0 && next <> int '\n' do
            line.Append(char next) |> ignore
            next <- stream.ReadByte()
        line.ToString().TrimEnd '\r'

    let read (stream: Stream) =
        let first = readLine stream
        let headers = Seq.initInfinite (fun _ -> readLine stream) |> Seq.takeWhile ((<>) "") |> Seq.map (fun line -> let at = line.IndexOf ':' in line[.. at - 1].ToLowerInvariant(), line[at + 1 ..].Trim()) |> Map.ofSeq
        let body = Array.zeroCreate<byte> (int headers["content-length"])
        stream.ReadExactly(body, 0, body.Length)
        { Path = (first.Split ' ')[1]; Headers = headers; Body = JsonNode.Parse(Encoding.UTF8.GetString body) }

    let serve (client: TcpClient) =
        task {
            use client = client
            use stream = client.GetStream()
            let request = read stream
            requests.Enqueue request
            let found = answer (Threading.Interlocked.Increment(&count)) request
            if found.Delay > TimeSpan.Zero then do! Task.Delay found.Delay
            let body = Encoding.UTF8.GetBytes found.Body
            let headers = String.Join("", [ for name, value in found.Headers -> $"{name}: {value}\r\n" ])
            do! stream.WriteAsync(ReadOnlyMemory(Encoding.ASCII.GetBytes $"HTTP/1.1 {found.Status} X\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}Connection: close\r\n\r\n"))
            do! stream.WriteAsync(ReadOnlyMemory body)
        }

    do
        listener.Start()
        Task.Run(fun () ->
            task {
                try
                    while true do
                        let! client = listener.AcceptTcpClientAsync()
                        Task.Run(fun () -> (task { try do! serve client with :? IOException | :? SocketException -> () } :> Task)) |> ignore
                with :? ObjectDisposedException | :? SocketException -> ()
            }
            :> Task)
        |> ignore

    /// The address that /chat/completions comes after.
    member _.Address = $"http://127.0.0.1:{(listener.LocalEndpoint :?> IPEndPoint).Port}/v1"

    /// What was asked so far, in order.
    member _.Requests = List.ofSeq requests

    interface IDisposable with
        member _.Dispose() = listener.Stop()
