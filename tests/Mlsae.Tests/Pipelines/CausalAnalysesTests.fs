/// logit-effects, causal-tree, steering and token-chains of small runs: what they write, for which latents, and what is said of damaged files and wrong wishes.
module Mlsae.Tests.Pipelines.CausalAnalysesTests

open System
open System.IO
open Xunit
open Mlsae.Analysis.Causal
open Mlsae.Analysis.Chains
open Mlsae.Analysis.Facts
open Mlsae.Dictionaries
open Mlsae.Numerics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Text
open Mlsae.Text.Microworlds
open Mlsae
open Mlsae.Scripting
open Mlsae.Training
open Mlsae.Tests.Assertions

let private plan = DictionaryPlan(Name = "dictionary", Arrangement = Arrangement.Shared, TotalTokens = 1280L, Dictionary = TopKConfig(ModelDim = 128, LatentCount = 192, K = 6, AuxK = 8, Seed = 3UL))

let private settings facts = AnalysisSettings(ConceptContexts = 16, Facts = Array.ofList facts)

let private run (folder: TemporaryFolder) = TrainedRun.Open(AnalysisRunnerTests.makeRun (folder.File "run") [ plan ])

let private analyse (run: TrainedRun) (wanted: RunAnalysis list) settings = AnalysisRunner.Run(run, wanted, settings) |> ignore

/// Random bytes are changed, or the end is cut off: reading either works or refuses with a sentence that names the file.
let private assertSurvives (path: string) (read: unit -> unit) =
    let whole = File.ReadAllBytes path
    let random = Philox(3UL, "mutations")
    for _ in 1..300 do
        let copy = if random.NextInt32 3 = 0 then whole[.. random.NextInt32 whole.Length - 1] else Array.copy whole
        for _ in 0 .. random.NextInt32 4 do
            if copy.Length > 0 then
                copy[random.NextInt32(min copy.Length 4000)] <- byte (random.NextInt32 256)
        File.WriteAllBytes(path, copy)
        try read () with :? InvalidDataException as problem -> Assert.Contains(Path.GetFileName path, problem.Message)
    File.WriteAllBytes(path, whole)
    read ()

[<Fact>]
let ``the latents that tell the named facts are looked at, and damaged files are refused with their path`` () =
    use folder = new TemporaryFolder()
    let run = run folder
    analyse run [ RunAnalyses.LogitEffects; RunAnalyses.CausalTree; RunAnalyses.Steering ] (settings [ "next:possessive" ])
    let effects, trees, steered = RunAnalyses.LogitEffects.Read run, RunAnalyses.CausalTree.Read run, RunAnalyses.Steering.Read run
    Assert.Equal("next:possessive", (Assert.Single effects.Latents).Latent.Told.Concept)
    let target = (Assert.Single trees.Trees).Target
    Assert.True(target.Layer >= 1 && target.Told.Concept = "next:possessive")
    Assert.Equal("possessive", (Assert.Single steered.Latents).Fact)
    for curve in steered.Latents[0].Curves do
        Assert.Equal<float list>([ for strength in steered.Config.Strengths -> strength ], [ for point in curve.Points -> point.Strength ])
    let one = effects.Latents[0]
    let at = one.Layers |> Seq.find (fun at -> at.Layer = one.Latent.Layer)
    let rows = RunAnalyses.LogitEffects.ReadNumbers(run.AnalysisPath "logit-effects", one.Latent.Latent, at.Layer)
    let first = at.Ablations[0].Promoted[0]
    Assert.Equal(first.Effect.Mean, float rows[0].OnTokens[first.Token], 5)
    Assert.False rows[rows.Count - 1].Kind.HasValue
    Assert.NotEmpty(LogitEffects.findings effects @ Causes.findings trees @ SteeredTexts.findings steered)
    let file analysis name = Path.Combine(run.AnalysisPath analysis, name)
    assertSurvives (file "logit-effects" "logit-effects.json") (fun () -> RunAnalyses.LogitEffects.Read run |> ignore)
    assertSurvives (file "causal-tree" "causal-tree.json") (fun () -> RunAnalyses.CausalTree.Read run |> ignore)
    assertSurvives (file "steering" "steering.json") (fun () -> RunAnalyses.Steering.Read run |> ignore)
    assertSurvives (file "logit-effects" "effects.safetensors") (fun () -> RunAnalyses.LogitEffects.ReadNumbers(run.AnalysisPath "logit-effects", one.Latent.Latent, at.Layer) |> ignore)

[<Fact>]
let ``unsteered texts are the same however a latent would be turned up, and other latents or prompts are made anew`` () =
    use folder = new TemporaryFolder()
    let run = run folder
    analyse run [ RunAnalyses.Steering ] (settings [ "next:possessive" ])
    let first = RunAnalyses.Steering.Read run
    let untouched = [ for curve in first.Latents[0].Curves do if curve.Mode = SteeringMode.Add then curve.Points[0].Texts[0] ] |> List.distinct
    Assert.Single untouched |> ignore
    let own = first.Latents[0].Latent.Latent
    analyse run [ RunAnalyses.Steering ] (AnalysisSettings(ConceptContexts = 16, Latents = [| own |], Steering = SteeringConfig(Prompt = "The ", Samples = 4, NewTokens = 12)))
    let second = RunAnalyses.Steering.Read run
    Assert.Equal(("The ", own), (second.Config.Prompt, second.Latents[0].Latent.Latent))

[<Fact>]
let ``chains are of the last layer whatever the arrangement, and a damaged file is refused with its path`` () =
    use folder = new TemporaryFolder()
    let plans = [ for name, arrangement in [ "one", Arrangement.Shared; "each", Arrangement.PerLayer; "across", Arrangement.Crosscoder ] -> DictionaryPlan(Name = name, Arrangement = arrangement, TotalTokens = 1280L, Dictionary = plan.Dictionary) ]
    let settings = AnalysisSettings(RareSequences = 40, Permutations = 3)
    for run in TrainedRun.OpenAll(AnalysisRunnerTests.makeRun (folder.File "run") plans) do
        analyse run [ RunAnalyses.TokenChains ] settings
        let found = RunAnalyses.TokenChains.Read run
        Assert.Equal(("blocks.5.hook_resid_post", true, 40), (found.Place, found.IsOnlyPath, found.Contexts))
        Assert.Equal<string list>([ ChainNull.RandomDirections; ChainNull.PermutedDirections; ChainNull.ExchangedTokens ], [ for chance in found.Chance -> chance.Name ])
        Assert.Equal(float found.Edges.Count, found.Counts.Edges + found.Counts.SelfLoops)
        Assert.Equal(found.Latents.Kept, found.Members.Count)
        // Of one dictionary for each layer only the last one's latents can be active.
        let struct (first, _) = run.Dictionary.LatentsAt 5
        for latent in found.Members do
            Assert.True(latent.Latent >= first && latent.Promoted.Count = PromotedTokens.Count)
        Assert.NotEmpty(TokenChains.findings found)
        assertSurvives (Path.Combine(run.AnalysisPath "token-chains", TokenChainsAnalysis.FileName)) (fun () -> RunAnalyses.TokenChains.Read run |> ignore)
        Assert.Empty(AnalysisRunner.Run(run, [ RunAnalyses.TokenChains ], settings))

[<Fact>]
let ``chains without draws have no chance beside them, and too little text is refused`` () =
    use folder = new TemporaryFolder()
    let run = run folder
    analyse run [ RunAnalyses.TokenChains ] (AnalysisSettings(RareSequences = 40, Permutations = 0))
    let found = RunAnalyses.TokenChains.Read run
    Assert.Empty found.Chance
    Assert.NotEmpty(TokenChains.blocks found)
    let again = Assert.Throws<ArgumentException>(fun () -> AnalysisRunner.Run(run, [ RunAnalyses.TokenChains ], AnalysisSettings(RareSequences = 1), true) |> ignore)
    Assert.Contains("--rare-sequences", again.Message)

[<Fact>]
let ``wrong wishes are refused with what would be right`` () =
    use folder = new TemporaryFolder()
    let run = run folder
    let refused settings = (Assert.ThrowsAny<ArgumentException>(fun () -> analyse run [ RunAnalyses.LogitEffects ] settings)).Message
    Assert.Contains("base64", refused (settings [ "base65" ]))
    Assert.Contains("the one or the other", refused (AnalysisSettings(Latents = [| 1 |], Facts = [| "base64" |])))
    Assert.Contains("192", refused (AnalysisSettings(ConceptContexts = 4, Latents = [| 500 |])))
    let long = AnalysisSettings(ConceptContexts = 4, Steering = SteeringConfig(Prompt = String.replicate 300 "word "))
    Assert.Contains("256", (Assert.Throws<ArgumentException>(fun () -> analyse run [ RunAnalyses.Steering ] long)).Message)

[<Fact>]
let ``a reading of text counts: pairs that are seen often say their own share, others lean on the token and the whole`` () =
    let tokenizer = Tokenizer.Load(Path.Combine(EmbeddedModels.Folder "microworld-6l", "tokenizer.json"))
    let contexts = AnnotatedTokens.Contexts(tokenizer, Microworld.HeldOutSeed, 128, 32)
    let fact = TextFacts.Find "possessive"
    let facts, reading = TextFacts(contexts, tokenizer), FactReading(contexts, tokenizer, fact)
    let places =
        [ for c in 0 .. contexts.Count - 1 do
              for t in 0 .. contexts[c].Ids.Length - 1 do
                  if not (tokenizer.IsSpecial contexts[c].Ids[t]) then (if t > 0 then contexts[c].Ids[t - 1] else -1), contexts[c].Ids[t], Seq.contains fact facts[c * 128 + t] ]
    let share (some: (int * int * bool) list) wider = (float (some |> List.filter (fun (_, _, holds) -> holds) |> List.length) + wider) / float (some.Length + 1)
    let overall = float (places |> List.filter (fun (_, _, holds) -> holds) |> List.length) / float places.Length
    assertClose 1e-12 "overall" overall reading.Overall
    for before, token, _ in places |> List.filter (fun (before, _, _) -> before >= 0) |> List.truncate 200 do
        let ofToken = share (places |> List.filter (fun (_, t, _) -> t = token)) overall
        assertClose 1e-12 "pair" (share (places |> List.filter (fun (b, t, _) -> b = before && t = token)) ofToken) (reading.Of(before, token))
    assertClose 1e-12 "never seen" overall (reading.Of(-2, -3))
    Assert.True(overall > 0.0)
