/// That the page on interpretation shows the numbers that were found, and says whose scores they are.
module Mlsae.Tests.Scripting.ExplanationsTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Analysis.Interpretation
open Mlsae.Metrics
open Mlsae.Pipelines.Interpretations
open Mlsae.Scripting

let private summary value = ScoreSummary(Estimate(value, value - 0.1, value + 0.1, 4), 4, Nullable 0.2)

let private layer (number: Nullable<int>) value = LayerScores(number, 5, 1, 0, 2, summary value, summary (value / 2.0), summary (value / 4.0))

let private scores name description values =
    DictionaryScores(name, description, [| for number, value in List.indexed values -> layer (Nullable number) value |], layer (Nullable()) (List.average values))

let private moments kind = MomentCorrelations(kind, Estimate(0.1, 0.0, 0.2, 4), null, Estimate(0.3, 0.2, 0.4, 4), Estimate(-0.4, -0.5, -0.3, 4), 8)

let private result (endpoint: EndpointUse) =
    InterpretationResult(
        Explainer = "rules", Simulator = "rules", Endpoint = endpoint, Config = InterpretationConfig(Units = 5), Fragments = 150, PassedOver = PassedOverDocuments(0, 0, 0), Seed = 0UL,
        Hooks = [| "blocks.0.hook_resid_post"; "blocks.1.hook_resid_post" |], PlannedUnits = 24, Simulations = 40, SimulationsFromProbabilities = 10,
        Dictionaries = [| scores "dictionary" "topk, shared" [ 0.5; 0.7 ]; scores "pca" "components" [ 0.2; 0.3 ] |],
        Advantages = [| ScoreAdvantage("pca", Estimate(0.35, 0.25, 0.45, 4), null, null) |], Moments = [| for kind in Enum.GetValues<ScoreKind>() -> moments kind |])

let private series (figure: Figure) = figure.Traces |> List.choose (function Line s | Points s | Bars s -> Some s | _ -> None)

[<Fact>]
let ``each dictionary's mean scores stand at its layers, each kind in its own figure`` () =
    for kind, share in [ ScoreKind.TopRandom, 1.0; ScoreKind.Top, 0.5; ScoreKind.Random, 0.25 ] do
        let figure = Explanations.byLayer kind [ result null ]
        Assert.Equal<(string * float list) list>(
            [ "MLSAE", [ 0.5 * share; 0.7 * share ]; "PCA", [ 0.2 * share; 0.3 * share ] ], [ for s in series figure -> s.Name, List.ofArray s.Y ])
        Assert.Contains("150 fragments", figure.Caption)

[<Fact>]
let ``scores by rules are said to be that wherever they are shown, and those of a language model to be its own`` () =
    let byRules = "how well such rules describe units"
    let captions (result: InterpretationResult) = [ (Explanations.byLayer ScoreKind.TopRandom [ result ]).Caption; (Explanations.table [ result ]).Caption; (Explanations.moments result).Caption ]
    Assert.All(captions (result null), fun caption -> Assert.Contains(byRules, caption))
    for caption in captions (result (EndpointUse("http://x/v1", 10L, 5L, Nullable()))) do
        Assert.DoesNotContain(byRules, caption)
        Assert.Contains("25.0 %", caption)
        Assert.Contains("A cap on spend ended the work: 10 of 24 units", caption)

[<Fact>]
let ``the sentences give the mean with its interval, what it is more than others, and how many units are skipped`` () =
    let text = Explanations.findings (InterpretationFindings(result null, [||], [||])) |> String.concat " "
    Assert.Contains("0.6 [0.5, 0.7]", text)
    Assert.Contains("n = 4", text)
    Assert.Contains("PCA 0.35 [0.25, 0.45]", text)
    Assert.Contains("1 of its 5 units", text)

[<Fact>]
let ``of several seeds of one arm the first is shown`` () =
    Assert.Equal<string list>([ "shared.seed0"; "per-layer.seed0"; "other" ], Explanations.firstSeeds [ "shared.seed0"; "shared.seed1"; "per-layer.seed0"; "per-layer.seed1"; "other" ])

[<Fact>]
let ``every table has a column for each heading, also where correlations are not defined`` () =
    for table in [ Explanations.table [ result null ]; Explanations.moments (result null); Explanations.first 3 (InterpretationFindings(result null, [||], [||])) ] do
        Assert.All(table.Rows, fun row -> Assert.Equal(table.Columns.Length, List.length row))
