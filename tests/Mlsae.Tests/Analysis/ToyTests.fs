module Mlsae.Tests.Analysis.ToyTests

open System
open System.IO
open Xunit
open Mlsae.Activations
open Mlsae.Analysis.Toys
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Pipelines.Comparisons
open Mlsae.Pipelines.Toys
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

let private superposition () = ToyConfig(ModelDim = 24, FeatureCount = 40, MeanActive = 3.0, Decay = 0.95, Seed = 5UL)
let private layered () = LayeredToyConfig(ModelDim = 24, FeatureCount = 16, MeanActive = 2.0, Decay = 0.98, LayerCount = 4, RotationDegrees = 40.0, Seed = 5UL)

let private read (toy: ToyActivations) tokens =
    let x = Matrix(tokens * toy.LayerCount, toy.ModelDim)
    Assert.Equal(tokens, toy.Read x)
    x

let private cosine (a: Span<float32>) (b: Span<float32>) =
    Reference.Dot(Span.op_Implicit a, Span.op_Implicit b) / sqrt (Reference.Dot(Span.op_Implicit a, Span.op_Implicit a) * Reference.Dot(Span.op_Implicit b, Span.op_Implicit b))

[<Fact>]
let ``A token is the sum of its active features' directions at each layer where they live`` () =
    use toy = new LayeredToy(layered ())
    toy.Position <- 7L
    let x = read toy 20
    for token in 0 .. 19 do
        for layer in 0 .. 3 do
            for i in 0 .. 23 do
                let expected =
                    toy.ActiveAt(7L + int64 token)
                    |> Seq.sumBy (fun struct (feature, coefficient) ->
                        let f = toy.Features[feature]
                        if layer >= f.FirstLayer && layer <= f.LastLayer then float coefficient * float f.Directions[layer, i] else 0.0)
                assertClose 1e-6 "x" expected (float x[token * 4 + layer, i])

[<Fact>]
let ``Tokens do not depend on how they are read, and a stream goes on from its state`` () =
    for config in [ superposition (); layered (); ToyConfig(ModelDim = 24, Correlated = true, Noise = 0.1) ] do
        use whole = ToyActivations.Open config
        use parts = ToyActivations.Open config
        let expected = withThreads 1 (fun () -> bits (read whole 70))
        let first = withThreads 3 (fun () -> bits (read parts 33))
        use folder = new TemporaryFolder()
        SafetensorsFile.Write(folder.File "state", parts.SaveState())
        use resumed = ToyActivations.Open config
        (use state = SafetensorsFile.Open(folder.File "state") in resumed.RestoreState state)
        Assert.Equal<int[]>(expected, Array.append first (bits (read resumed 37)))

[<Fact>]
let ``Features are active as often as they say, with coefficients uniform in 0 to 1, in both modes`` () =
    let tokens = 20_000
    for correlated in [ false; true ] do
        let config = ToyConfig(ModelDim = 8, FeatureCount = 12, MeanActive = 3.0, Decay = 0.9, Correlated = correlated)
        use toy = new ToySuperposition(config)
        let active = [| for token in 0 .. tokens - 1 -> toy.ActiveAt(int64 token) |]
        Assert.True(active |> Array.forall (fun features -> features.Count > 0))
        let coefficients = active |> Seq.collect (Seq.map (fun struct (_, c) -> float c)) |> Array.ofSeq
        assertClose 0.01 "mean coefficient" 0.5 (Array.average coefficients)
        assertClose 0.01 "their variance" (1.0 / 12.0) (coefficients |> Array.averageBy (fun c -> (c - 0.5) ** 2.0))
        let counts = Array.zeroCreate<float> 12
        let both = Array2D.zeroCreate<float> 12 12
        for features in active do
            for struct (i, _) in features do
                counts[i] <- counts[i] + 1.0 / float tokens
                for struct (j, _) in features do
                    both[i, j] <- both[i, j] + 1.0 / float tokens
        // Tokens without a feature were drawn again: every rate is higher by one factor.
        let ratio = Array.sum counts / 3.0
        Assert.True(ratio >= 1.0 && ratio < 1.5)
        Array.iteri2 (fun i p count -> assertClose 0.03 $"rate of {i}" (ratio * p) count) (config.Probabilities()) counts
        let dependence = Seq.max (seq { for i in 0 .. 11 do for j in 0 .. i - 1 -> abs (both[i, j] / (counts[i] * counts[j]) - 1.0) })
        Assert.Equal(correlated, dependence > 0.6)

[<Fact>]
let ``Directions have norm 1, persist, or turn by their angle from layer to layer`` () =
    use toy = new LayeredToy(layered ())
    for feature in toy.Features do
        for layer in 0 .. 3 do
            assertClose 1e-6 "norm" 1.0 (Reference.Dot(Span.op_Implicit (feature.Directions.Row layer), Span.op_Implicit (feature.Directions.Row layer)))
            if layer > 0 then
                let expected = if feature.Trajectory = ToyTrajectory.Rotating then cos (40.0 * Math.PI / 180.0) else 1.0
                assertClose 1e-6 "turn" expected (cosine (feature.Directions.Row(layer - 1)) (feature.Directions.Row layer))
        assertClose 1e-12 "shares" 1.0 (Seq.sum (seq { for layer in 0 .. 3 -> feature.ShareAt layer }))
    Assert.Equal<ToyTrajectory[]>(Enum.GetValues<ToyTrajectory>(), [| for i in 0 .. 3 -> toy.Features[i].Trajectory |])
    Assert.Equal<int[]>([| 1; 2; 3; 1 |], [| for i in 0 .. 3 -> toy.Features[4 * i + 1].FirstLayer |])

/// A dictionary that encodes and decodes with given directions.
let private dictionary (directions: Matrix) parts =
    let config = TopKConfig(ModelDim = directions.Columns, Parts = parts, LatentCount = directions.Rows, K = directions.Rows, AuxK = 0, Standardize = false)
    new TopKDictionary(config, directions, directions, Array.zeroCreate directions.Columns)

/// Rows that are given features' directions at given layers.
let private knowing (toy: ToyActivations) (rows: (ToyFeature * int) list) =
    let directions = Matrix(rows.Length, toy.ModelDim)
    rows |> List.iteri (fun i (feature, layer) -> (feature.Directions.Row layer).CopyTo(directions.Row i))
    directions

/// A toy with one feature of each trajectory, rarely active and nearly at right angles, so that features hardly disturb each other; and which has a given trajectory.
let private alone trajectory =
    let config = LayeredToyConfig(ModelDim = 200, FeatureCount = 4, MeanActive = 0.2, Decay = 1.0, LayerCount = 4, RotationDegrees = 40.0, Seed = 9UL)
    let toy = new LayeredToy(config)
    toy, toy.Features |> Seq.findIndex (fun f -> f.Trajectory = trajectory)

[<Fact>]
let ``A shared dictionary that knows every direction is one latent for features that keep theirs, but not for rotating ones`` () =
    for trajectory in Enum.GetValues<ToyTrajectory>() do
        let toy, index = alone trajectory
        let feature = toy.Features[index]
        let layers = if trajectory = ToyTrajectory.Rotating then [ 0..3 ] else [ feature.FirstLayer ]
        let shared = SharedDictionary(dictionary (knowing toy [ for layer in layers -> feature, layer ]) 1, 4)
        let recovery = ToyRecovery.Measure(toy, shared, 1000L, 2000)
        let found = recovery.Features[index]
        assertClose 1e-6 "cosine" 1.0 found.Cosine
        assertClose 1e-12 "recovered" 1.0 found.Recovered
        Assert.Equal((if trajectory = ToyTrajectory.Rotating then 0.0 else 1.0), found.OneLatent)
        if trajectory <> ToyTrajectory.Rotating then
            // What other features leave in the code is small: directions in 200 dimensions are nearly at right angles.
            assertClose 0.02 "profile" 0.0 found.ProfileDistance.Value
            assertClose 0.02 "linked profile" 0.0 found.LinkedProfileDistance.Value

[<Fact>]
let ``Dictionaries per layer that know every direction recover all, and are one latent only at one layer`` () =
    for trajectory in Enum.GetValues<ToyTrajectory>() do
        let toy, index = alone trajectory
        let feature = toy.Features[index]
        let perLayer = PerLayerDictionaries([| for layer in 0..3 -> dictionary (knowing toy [ feature, layer ]) 1 :> SparseDictionary |])
        let found = ToyRecovery.Measure(toy, perLayer, 1000L, 2000).Features[index]
        assertClose 1e-12 "recovered" 1.0 found.Recovered
        Assert.Equal((if feature.FirstLayer = feature.LastLayer then 1.0 else 0.0), found.OneLatent)
        assertClose 0.02 "linked profile" 0.0 found.LinkedProfileDistance.Value
        // A latent of one layer has all its activation there.
        assertClose 1e-6 "profile" (1.0 - 1.0 / float feature.Lifetime) found.ProfileDistance.Value

[<Fact>]
let ``A crosscoder that knows every direction is one latent for every trajectory`` () =
    for trajectory in Enum.GetValues<ToyTrajectory>() do
        let toy, index = alone trajectory
        let feature = toy.Features[index]
        let directions = Matrix(1, 4 * 200)
        for layer in feature.FirstLayer .. feature.LastLayer do
            (feature.Directions.Row layer).CopyTo(directions.ColumnWindow(layer * 200, 200).Row 0)
        let found = ToyRecovery.Measure(toy, Crosscoder(dictionary directions 4), 1000L, 2000).Features[index]
        assertClose 1e-12 "recovered" 1.0 found.Recovered
        Assert.Equal(1.0, found.OneLatent)
        assertClose 1e-6 "profile" 0.0 found.ProfileDistance.Value

[<Fact>]
let ``Random directions recover nothing, and measuring leaves the stream where it was`` () =
    use toy = new LayeredToy(layered ())
    toy.Position <- 3L
    let recovery = ToyRecovery.Measure(toy, SharedDictionary(dictionary (matrix "random" 5 24) 1, 4), 500L, 300)
    Assert.Equal(3L, toy.Position)
    Assert.Equal(300L, recovery.Layers[0].Vectors)
    Assert.True(recovery.Features |> Seq.forall (fun f -> f.Recovered = 0.0 && f.OneLatent = 0.0 && f.Cosine < 0.9))

[<Fact>]
let ``The experiment finds the features, writes what it found, and gives the same numbers again`` () =
    let toy = ToyConfig(ModelDim = 16, FeatureCount = 12, MeanActive = 1.5, Seed = 2UL)
    let plans = ToyPlans(Toy = toy, Latents = 24, K = 2, Tokens = 40_000L, BatchTokens = 128)
    let config = ToyExperimentConfig(Toy = toy, Dictionaries = [| plans.OfKind "topk"; plans.OfKind "random" |], Seeds = 2, BatchTokens = 128, EvaluationTokens = 1000)
    let result = ToyExperiment.Run config
    Assert.True(result.Dictionaries[0].All.Recovered.Mean > 0.9, string result.Dictionaries[0].All)
    Assert.Equal(24, result.Dictionaries[0].All.Recovered.N)
    Assert.True(result.Dictionaries[1].All.Recovered.Mean < 0.1)
    use folder = new TemporaryFolder()
    result.Save folder.Path
    Assert.Equal(1 + 2 * 2 * 12, File.ReadAllLines(folder.File "features.csv").Length)
    use again = new TemporaryFolder()
    (withThreads 1 (fun () -> ToyExperiment.Run config)).Save again.Path
    Assert.Equal(File.ReadAllText(folder.File "toy.json"), File.ReadAllText(again.File "toy.json"))
    Assert.Equal(File.ReadAllText(folder.File "features.csv"), File.ReadAllText(again.File "features.csv"))

[<Fact>]
let ``Arrangements have as many latents in all`` () =
    let toy = layered ()
    let plans = ToyPlans(Toy = toy, Latents = 48, K = 2, Tokens = 1000L, BatchTokens = 50)
    let latents arrangement = plans.InArrangement(arrangement, "topk", Budget.TotalLatents, 4).Dictionary.LatentCount
    Assert.Equal<int[]>([| 48; 12; 48 |], [| for arrangement in Enum.GetValues<Arrangement>() -> latents arrangement |])

[<Fact>]
let ``Toys that cannot be are refused in one sentence`` () =
    let refusal (config: ToyConfig) = Assert.Throws<ArgumentException>(fun () -> config.Validated() |> ignore).Message
    Assert.Contains("above 1", refusal (ToyConfig(FeatureCount = 4, MeanActive = 5.0)))
    Assert.Contains("noise", (refusal (ToyConfig(Noise = -1.0))))
    Assert.Contains("layer_count is 1", refusal (LayeredToyConfig(LayerCount = 1)))
