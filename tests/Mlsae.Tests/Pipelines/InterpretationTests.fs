/// The analysis autointerp-baselines of a small run: what is written, and what language models behind an endpoint make of it. The endpoint is a test double.
module Mlsae.Tests.Pipelines.InterpretationTests

open System
open System.Collections.Concurrent
open System.IO
open System.Text
open System.Threading
open System.Threading.Tasks
open Xunit
open Mlsae.Analysis.Interpretation
open Mlsae.Dictionaries
open Mlsae.Endpoints
open Mlsae.Numerics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Pipelines.Interpretations
open Mlsae.Storage
open Mlsae.Training
open Mlsae.Tests.Assertions
open Mlsae.Tests.Cli
open Mlsae.Tests.Endpoints.LoopbackEndpoint

let private plan name arrangement =
    DictionaryPlan(Name = name, Arrangement = arrangement, TotalTokens = 1280L, Dictionary = TopKConfig(ModelDim = 128, LatentCount = 192, K = 6, AuxK = 8, Seed = 3UL))

let private makeRun (folder: TemporaryFolder) = TrainedRun.Open(AnalysisRunnerTests.makeRun (folder.File "run") [ plan "dictionary" Arrangement.Shared ])

let private analysis = RunAnalyses.AutointerpBaselines

let private rulesSettings =
    AnalysisSettings(Interpretation = InterpretationConfig(Fragments = 150, Units = 4, BaselineTokens = 300, Baselines = [| BaselineMethod.Identity; BaselineMethod.IdentityPositive; BaselineMethod.Pca |]))

let private analyse run settings = AnalysisRunner.Run(run, [ analysis ], settings, true) |> ignore

let private files (run: TrainedRun) =
    [ for path in Directory.GetFiles(run.AnalysisPath analysis.Name, "*", SearchOption.AllDirectories) |> Array.sort do
          if Path.GetFileName path <> AnalysisManifest.FileName then Path.GetRelativePath(run.Folder.Path, path), path ]

[<Fact>]
let ``Units of the dictionary, of baselines and of neurons are explained and scored, and a stranger can check every score`` () =
    use folder = new TemporaryFolder()
    let run = makeRun folder
    analyse run rulesSettings
    let found = analysis.Read run
    Assert.Equal<string list>([ "dictionary"; "identity"; "identity-positive"; "pca"; "neurons" ], [ for scores in found.Result.Dictionaries -> scores.Name ])
    Assert.Equal(5 * 6 * 4, found.Units.Count)
    Assert.True found.Result.IsComplete
    Assert.True found.Result.IsOfRules
    Assert.Equal(150, found.Result.Fragments)
    let scored = [| for unit in found.Units do if not (isNull unit.Scores) then unit |]
    Assert.True(scored.Length > 60)
    Assert.Equal(scored.Length, found.Records.Count)
    for unit, records in Seq.zip scored found.Records do
        // In the file activations are float32, so are simulations.
        let again = records.Scores()
        assertClose 1e-6 "top and random" unit.Scores.TopRandom again.TopRandom
        assertClose 1e-6 "top" unit.Scores.Top again.Top
        assertClose 1e-6 "random" unit.Scores.Random again.Random
        Assert.Equal(unit.Scores.IsConstant, again.IsConstant)
        Assert.Empty(Set.intersect (set [ for r in records.Explanation -> r.Fragment.Document ]) (set [ for r in records.Scored |> Seq.skip 5 -> r.Fragment.Document ]))
    for scores in found.Result.Dictionaries do
        let own = [ for unit in scored do if unit.Unit.Dictionary = scores.Name then unit.Scores.TopRandom ]
        if own.Length > 0 then
            assertClose 1e-9 scores.Name (List.average own) scores.Overall.TopRandom.Mean.Mean
        Assert.Equal(24, scores.Overall.Units)
        Assert.Equal(24 - own.Length, scores.Overall.Skipped)
    let rows = File.ReadAllLines(Path.Combine(run.AnalysisPath analysis.Name, "units.csv"))
    Assert.Equal(1 + found.Units.Count, rows.Length)
    for name in [ "identity"; "identity-positive"; "pca" ] do
        Assert.Equal(6, (LayeredDictionary.Load(Path.Combine(run.AnalysisPath analysis.Name, "baselines", name), 6)).LayerCount)

[<Fact>]
let ``Recorded activations are the dictionary's own on those tokens`` () =
    use folder = new TemporaryFolder()
    let run = makeRun folder
    analyse run rulesSettings
    let found = analysis.Read run
    let scored = [| for unit in found.Units do if not (isNull unit.Scores) then unit |]
    let place = scored |> Array.findIndex (fun unit -> unit.Unit.Dictionary = "dictionary" && unit.Unit.Layer = 2)
    let record = found.Records[place].Scored[0]
    let tokens = Array.append [| run.Tokenizer.EndOfText.Value |] record.Fragment.TokenIds
    let struct (_, codes) = let text = run.EncodeText(Mlsae.Transformers.TokenBatch.Of [| tokens |]) in struct (text.Vectors, text.Codes)
    for token in 0..63 do
        let row = token * 6 + 2
        let value = Array.zip (codes.RowIndices(row).ToArray()) (codes.RowValues(row).ToArray()) |> Array.tryFind (fst >> (=) scored[place].Unit.Index)
        let expected = match value with Some(_, value) -> max value 0f | None -> 0f
        assertClose 1e-4 $"token {token}" (float expected) (float record.Values[token])

[<Fact>]
let ``The same bytes come of any number of threads`` () =
    use folder = new TemporaryFolder()
    let run = makeRun folder
    let threads = Workers.Count
    let made count =
        Workers.Count <- count
        analyse run rulesSettings
        [ for name, path in files run -> name, File.ReadAllBytes path ]
    try
        Assert.Equal<(string * byte[]) list>(made 1, made 2)
    finally
        Workers.Count <- threads

[<Fact>]
let ``A damaged file is refused with its path, and never read in part`` () =
    use folder = new TemporaryFolder()
    let run = makeRun folder
    analyse run (AnalysisSettings(Interpretation = InterpretationConfig(Fragments = 100, Units = 2, Baselines = [||], Neurons = false)))
    let expected = analysis.Read run
    let random = Philox(1UL, "mutations", 0UL)
    let inRoot = [ for _, path in files run do if Path.GetDirectoryName path = run.AnalysisPath analysis.Name && not (path.EndsWith ".csv") then path ]
    Assert.Equal(4, inRoot.Length)
    for path in inRoot do
        let bytes = File.ReadAllBytes path
        let cut = [ for _ in 1..6 -> bytes[.. random.NextInt32(bytes.Length - 2) - 1] ]
        let head = min bytes.Length 600
        let flipped = [ for _ in 1..25 -> let place = random.NextInt32 head in bytes |> Array.mapi (fun i b -> if i = place then b ^^^ byte (1 <<< random.NextInt32 8) else b) ]
        for number, version in List.indexed (cut @ flipped) do
            File.WriteAllBytes(path, version)
            try
                let found = analysis.Read run
                // What can still be read is whole: a digit or a letter of a text may have changed, no number of units.
                Assert.True(number >= cut.Length, $"{Path.GetFileName path} cut to {version.Length} bytes was read")
                Assert.Equal(expected.Records.Count, found.Records.Count)
            with
            | :? InvalidDataException as problem -> Assert.Contains(Path.GetFileName path, problem.Message)
        File.WriteAllBytes(path, bytes)

[<Fact>]
let ``As published, fragments are read alone, and the numbers say so`` () =
    use folder = new TemporaryFolder()
    let run = makeRun folder
    let settings published = AnalysisSettings(Published = published, Interpretation = InterpretationConfig(Fragments = 100, Units = 3, Baselines = [||], Neurons = false))
    analyse run (settings true)
    let published = analysis.Read run
    Assert.True published.Result.Published
    analyse run (settings false)
    Assert.NotEqual<float>([ for u in published.Units -> u.Moments.Mean ], [ for u in (analysis.Read run).Units -> u.Moments.Mean ])

/// What the test double says: an explanation that depends on the question, and activations that depend on the explanation and the text.
let private answer _ (request: Request) =
    let system, user = message 0 request, message 1 request
    let tokens = Encoding.UTF8.GetByteCount(system + user) / 3
    if system.Contains "You study" then
        completion $"things like {user.Length}" tokens 8
    else
        let lines = [ for i in 1..64 -> $"{i}\t{(i * user.Length + user.Length / 7) % 11}" ]
        completion (String.Join("\n", lines)) tokens 200

let private settings = AnalysisSettings(Interpretation = InterpretationConfig(Fragments = 120, Units = 2, Baselines = [||], Neurons = true))

let private config (server: LoopbackEndpoint) tokens =
    EndpointInterpretationConfig(
        Endpoint = EndpointConfig(Address = Uri server.Address, Key = "sk-very-secret"), Explainer = "explaining", Simulator = "simulating", Limits = SpendLimits(Tokens = tokens), Concurrency = 2)

let private estimateOf run harvested config =
    use interpretation = new EndpointInterpretation(run, harvested, config)
    interpretation.Estimate()

let private interpret run harvested config (cancellation: CancellationToken) =
    use interpretation = new EndpointInterpretation(run, harvested, config, fun _ _ -> Task.CompletedTask)
    let estimate = interpretation.Estimate()
    let findings = interpretation.InterpretAsync(settings, null, cancellation).GetAwaiter().GetResult()
    estimate, findings, interpretation.SpentTokens

[<Fact>]
let ``Work that a cap ends goes on without asking anything twice, to what uncapped work finds`` () =
    use folder = new TemporaryFolder()
    use server = new LoopbackEndpoint(answer)
    let run = makeRun folder
    let harvested = analysis.Harvest(run, settings)
    let estimate, capped, spent = interpret run harvested (config server (Nullable 60_000L)) CancellationToken.None
    Assert.Equal(0, estimate.Known)
    Assert.InRange(spent, 1L, 60_000L)
    Assert.False capped.Result.IsComplete
    Assert.True(capped.Result.Units < capped.Result.PlannedUnits)
    Assert.All(capped.Records, fun records -> Assert.Equal(10, records.Simulated.Count))
    let asked = server.Requests.Length
    let rest, whole, further = interpret run harvested (config server (Nullable())) CancellationToken.None
    Assert.True(rest.Known >= asked)
    Assert.InRange(server.Requests.Length, rest.Questions - rest.Known, rest.Questions)
    Assert.Equal(server.Requests.Length, (List.distinct [ for request in server.Requests -> request.Body.ToJsonString() ]).Length)
    // What was said before the start is never passed.
    Assert.True(spent + further <= estimate.InputTokens + estimate.OutputTokens)
    Assert.True(whole.Result.IsComplete && not whole.Result.IsOfRules)
    Assert.Equal("explaining", whole.Result.Explainer)
    Assert.Equal(spent + further, whole.Result.Endpoint.InputTokens + whole.Result.Endpoint.OutputTokens)
    let again, last, nothing = interpret run harvested (config server (Nullable 1L)) CancellationToken.None
    Assert.Equal(0L, nothing)
    Assert.Equal(0L, again.InputTokens + again.OutputTokens)
    Assert.Equal<InterpretedUnit seq>(whole.Units, last.Units)
    analysis.Write(run, settings, whole, harvested)
    Assert.Equal<InterpretedUnit seq>(whole.Units, (analysis.Read run).Units)
    for path in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories) do
        Assert.False((File.ReadAllText path).Contains "sk-very-secret", path)

[<Fact>]
let ``Work that is cancelled or that the endpoint ends keeps every answer`` () =
    use folder = new TemporaryFolder()
    let run = makeRun folder
    let harvested = analysis.Harvest(run, settings)
    use source = new CancellationTokenSource()
    use server = new LoopbackEndpoint(fun turn request ->
        if turn = 30 then source.Cancel()
        if turn = 60 then refusal 401 "no" "" else answer turn request)
    Assert.ThrowsAny<OperationCanceledException>(fun () -> interpret run harvested (config server (Nullable())) source.Token |> ignore) |> ignore
    let known = (estimateOf run harvested (config server (Nullable()))).Known
    Assert.InRange(known, 25, 30)
    Assert.Contains("refuses the key", Assert.Throws<EndpointException>(fun () -> interpret run harvested (config server (Nullable())) CancellationToken.None |> ignore).Message)
    let before, whole, _ = interpret run harvested (config server (Nullable())) CancellationToken.None
    Assert.True(before.Known >= 50)
    Assert.True whole.Result.IsComplete

[<Fact>]
let ``A unit that a language model cannot simulate is unanswered, and the rest is scored`` () =
    use folder = new TemporaryFolder()
    let run = makeRun folder
    let harvested = analysis.Harvest(run, settings)
    let first = ref ""
    use server = new LoopbackEndpoint(fun turn request ->
        let user = message 1 request
        if (message 0 request).Contains "You study" then
            lock first (fun () -> if first.Value = "" then first.Value <- user)
            if user = first.Value then completion "the odd one" 10 10 else answer turn request
        elif user.Contains "the odd one" then completion "I would rather not." 10 10
        else answer turn request)
    let _, found, _ = interpret run harvested (config server (Nullable())) CancellationToken.None
    Assert.True found.Result.IsComplete
    let odd = Assert.Single [ for unit in found.Units do if unit.Outcome = InterpretationOutcome.Unanswered then unit ]
    Assert.Contains("simulating", odd.Explanation)
    Assert.Equal(1, Seq.sum [ for scores in found.Result.Dictionaries -> scores.Overall.Unanswered ])

[<Fact>]
let ``mlsae interpret says what it would ask with --dry-run and asks nothing, and without it writes what the analysis reads`` () =
    use folder = new TemporaryFolder()
    use server = new LoopbackEndpoint(answer)
    let run = makeRun folder
    let command more = [ "interpret"; run.Folder.Path; "--endpoint"; server.Address; "--explainer"; "a"; "--units"; "1"; "--fragments"; "80"; "--baselines"; "none" ] @ more
    Assert.Equal((0, ""), CommandRunner.run (command [ "--dry-run"; "--prices"; "1"; "2" ]))
    Assert.Empty server.Requests
    Assert.Equal((0, ""), CommandRunner.run (command []))
    Assert.NotEmpty server.Requests
    let found = analysis.Read run
    Assert.Equal("a", found.Result.Simulator)
    Assert.Equal(6, found.Units.Count)
    Assert.Equal(0, AnalysisRunner.Run(run, [ analysis ], settings).Count)

[<Fact>]
let ``mlsae interpret refuses what cannot be in one sentence`` () =
    let interpret more = [ "interpret"; "--endpoint"; "http://127.0.0.1:9/v1"; "--explainer"; "a" ] @ more
    CommandRunner.assertRefused 2 [ "--endpoint" ] [ "interpret"; "--explainer"; "a" ]
    CommandRunner.assertRefused 2 [ "no endpoint" ] [ "interpret"; "--endpoint"; "localhost"; "--explainer"; "a" ]
    CommandRunner.assertRefused 2 [ "needs prices" ] (interpret [ "--max-cost"; "3" ])
    CommandRunner.assertRefused 2 [ "both" ] (interpret [ "--simulator"; "b"; "--prices"; "1"; "2" ])
    CommandRunner.assertRefused 2 [ "cap on tokens is 0" ] (interpret [ "--max-tokens"; "0" ])
    CommandRunner.assertRefused 2 [ "'nmf'"; "identity-positive" ] (interpret [ "--baselines"; "nmf" ])
    CommandRunner.assertRefused 2 [ "units is 0" ] (interpret [ "--units"; "0" ])
    CommandRunner.assertRefused 2 [ "fragments is 10"; "20" ] (interpret [ "--fragments"; "10" ])
    CommandRunner.assertRefused 1 [ "no-such-run" ] (interpret [ "no-such-run" ])
