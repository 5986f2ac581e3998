module Mlsae.Tests.Pipelines.BudgetTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Pipelines.Comparisons

let private sizes = VectorSizes(128, 6)
let private equal budget arrangement latents = ArmBudget.Equal(budget, arrangement, latents, 1000L, sizes)
let private mlsae latents = ArmBudget.Shared(latents, 1000L, sizes)

[<Fact>]
let ``Every budget makes equal what it names, where it divides evenly`` () =
    let n = 6 * 350
    let shared = mlsae n
    let perLayer budget = equal budget Arrangement.PerLayer n
    Assert.Equal(shared.TotalLatents, (perLayer Budget.TotalLatents).TotalLatents)
    Assert.Equal(shared.Tokens, (perLayer Budget.TotalLatents).Tokens)
    Assert.Equal(shared.LatentsPerDictionary, (perLayer Budget.LatentsPerDictionary).LatentsPerDictionary)
    Assert.Equal(shared.VectorsPerDictionary, (perLayer Budget.TrainingVectors).VectorsPerDictionary)
    Assert.Equal(shared.LatentsPerDictionary, (perLayer Budget.TrainingVectors).LatentsPerDictionary)
    Assert.Equal(shared.EncoderFlops, (perLayer Budget.TrainingFlops).EncoderFlops)
    Assert.Equal(shared.TotalLatents, (perLayer Budget.TrainingFlops).TotalLatents)
    for budget in [ Budget.TotalLatents; Budget.LatentsPerDictionary; Budget.TrainingVectors; Budget.TrainingFlops ] do
        Assert.Null (perLayer budget).Rounding

[<Fact>]
let ``Equal parameters are as equal as whole latents allow`` () =
    let shared = mlsae 2048
    for arrangement, granularity in [ Arrangement.PerLayer, 6L * 2L * 128L; Arrangement.Crosscoder, 2L * 6L * 128L ] do
        let other = equal Budget.Parameters arrangement 2048
        Assert.True(2L * abs (other.Parameters - shared.Parameters) <= granularity, $"{arrangement}: {other.Parameters} against {shared.Parameters}")

[<Fact>]
let ``The parameters of a budget are those of a dictionary`` () =
    let expected = 2L * 2048L * 128L + 128L
    Assert.Equal(expected, (mlsae 2048).Parameters)
    Assert.Equal(6L * (2L * 341L * 128L + 128L), (equal Budget.TotalLatents Arrangement.PerLayer 2048).Parameters)

[<Fact>]
let ``A budget that does not divide says what it became`` () =
    let arm = equal Budget.TotalLatents Arrangement.PerLayer 2048
    Assert.Equal(341, arm.LatentsPerDictionary)
    Assert.Equal(2046, arm.TotalLatents)
    Assert.Equal("341.33 latents a dictionary became 341, -0.10 %", arm.Rounding)

[<Fact>]
let ``A crosscoder with equal latents multiplies as much as the multi-layer dictionary`` () =
    let crosscoder = equal Budget.TotalLatents Arrangement.Crosscoder 2048
    Assert.Equal(2048, crosscoder.TotalLatents)
    Assert.Equal((mlsae 2048).EncoderFlops, crosscoder.EncoderFlops)
    Assert.Equal(1000L, (equal Budget.TrainingVectors Arrangement.Crosscoder 2048).Tokens)

[<Fact>]
let ``Names are read back, and an unknown one is refused with the list`` () =
    for struct (budget, name) in Budgets.All do
        Assert.Equal(budget, Budgets.Parse name)
        Assert.Equal(name, Budgets.NameOf budget)
        Assert.EndsWith(".", Budgets.RuleOf budget)
    let problem = Assert.Throws<ArgumentException>(fun () -> Budgets.Parse "latents" |> ignore)
    for name in [ "total-latents"; "latents-per-dictionary"; "parameters"; "training-vectors"; "training-flops" ] do
        Assert.Contains(name, problem.Message)

[<Fact>]
let ``Plans have one dictionary for each point, arm and seed, each with its own tokens`` () =
    let config = ComparisonConfig(Points = [| ComparisonPoint(4, 60); ComparisonPoint(8, 120) |], Seeds = 2, Budget = Budget.TrainingFlops, WithCrosscoder = true)
    let plans = config.Plans(TopKConfig(ModelDim = 128, AuxK = 64, Seed = 7UL), 1000L, sizes)
    Assert.Equal(2 * 3 * 2, plans.Count)
    Assert.Equal(plans.Count, (plans |> Seq.distinctBy _.Name |> Seq.length))
    let plan = plans |> Seq.find (fun plan -> plan.Name = "k4.n60.per-layer.seed1")
    Assert.Equal(6000L, plan.TotalTokens)
    Assert.Equal(Arrangement.PerLayer, plan.Arrangement)
    let dictionary = plan.Dictionary :?> TopKConfig
    Assert.Equal((10, 4, 10, 10UL), (dictionary.LatentCount, dictionary.K, dictionary.AuxK, dictionary.Seed))
    let first = plans |> Seq.filter (fun plan -> plan.Name.StartsWith "k4.") |> Seq.collect (fun plan -> plan.ConfigsFor 6) |> Seq.map _.Seed |> List.ofSeq
    Assert.Equal(first.Length, (List.distinct first).Length)
    for plan in plans do
        plan.Validated() |> ignore

[<Fact>]
let ``A k above what the budget leaves is refused with both numbers`` () =
    let config = ComparisonConfig(Points = [| ComparisonPoint(16, 60) |])
    let problem = Assert.Throws<ArgumentException>(fun () -> config.Plans(TopKConfig(ModelDim = 128), 1000L, sizes) |> ignore)
    Assert.Contains("k is 16", problem.Message)
    Assert.Contains("10 latents", problem.Message)
    let none = Assert.Throws<ArgumentException>(fun () -> equal Budget.TotalLatents Arrangement.PerLayer 2 |> ignore)
    Assert.Contains("2 latents leave 0.33", none.Message)
