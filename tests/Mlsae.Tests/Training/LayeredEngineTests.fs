module Mlsae.Tests.Training.LayeredEngineTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Training
open Mlsae.Tests.Assertions

let private width, layers, tokens = 6, 3, 8

let private batch seed =
    let x = Matrix(tokens * layers, width)
    Philox(uint64 seed, "batch").FillGaussian(x.Values, 1f)
    for row in 0 .. x.Rows - 1 do
        Kernels.Scale(x.Row row, float32 (1 + row % layers))
    x

let private layerRows (x: Matrix) layer =
    let rows = Matrix(x.Rows / layers, width)
    for token in 0 .. rows.Rows - 1 do
        x.Row(token * layers + layer).CopyTo(rows.Row token)
    rows

let private plan arrangement (config: DictionaryConfig) = DictionaryPlan(Arrangement = arrangement, Dictionary = config, TotalTokens = int64 (tokens * 10))

let private topK () = TopKConfig(ModelDim = width, LatentCount = 24, K = 3, DeadAfterTokens = 20L, Seed = 5UL, Adam = AdamConfig(LearningRate = 1e-2, DecaySteps = 5L))

let private batchTopK () = BatchTopKConfig(ModelDim = width, LatentCount = 24, K = 3, DeadAfterTokens = 20L, Seed = 5UL, Adam = AdamConfig(LearningRate = 1e-2, DecaySteps = 5L))

let private bits (dictionary: SparseDictionary) =
    Array.concat [ dictionary.Encoder.Values; dictionary.Decoder.Values; dictionary.PreBias ] |> Array.map BitConverter.SingleToInt32Bits

let private checkPerLayer (config: DictionaryConfig) =
    let plan = plan Arrangement.PerLayer config
    use engine = new LayeredEngine(plan, layers, tokens)
    let separate = [ for own in plan.ConfigsFor layers -> DictionaryEngine.Create(own, 1) ]
    for step in 1..10 do
        let x = batch step
        let report = engine.Step x
        let reports = separate |> List.mapi (fun layer own -> own.Step(layerRows x layer, engine.TotalSteps))
        for layer in 0 .. layers - 1 do
            Assert.Equal(reports[layer].Fvu[0], report.Fvu[layer])
            Assert.Equal(reports[layer].FvuMlsae[0], report.FvuMlsae[layer])
            Assert.Equal(reports[layer].L0[0], report.L0[layer])
            Assert.Equal(reports[layer].L1[0], report.L1[layer])
        assertClose 1e-12 "loss" (reports |> List.averageBy (fun own -> own.Loss)) report.Loss
        assertClose 1e-12 "dead share" (reports |> List.averageBy (fun own -> own.DeadFraction)) report.DeadFraction
        Assert.Equal(reports |> List.sumBy (fun own -> own.DeadCount), report.DeadCount)
    let exported = engine.Export(DictionaryOrigin())
    separate |> List.iteri (fun layer own -> Assert.Equal<int array>(bits (own.Export()), bits exported.Dictionaries[layer]))
    Assert.NotEqual<int array>(bits exported.Dictionaries[0], bits exported.Dictionaries[1])

[<Fact>]
let ``Training per layer is training separate engines, bit for bit, and reports are per layer`` () = checkPerLayer (topK ())

[<Fact>]
let ``Per layer with BatchTopK each layer has its own batch`` () = checkPerLayer (batchTopK ())

[<Fact>]
let ``A crosscoder's report has each layer's FVU, and its loss is their mean`` () =
    use engine = new LayeredEngine(plan Arrangement.Crosscoder (TopKConfig(ModelDim = width, LatentCount = 24, K = 3, AuxK = 0, Seed = 5UL)), layers, tokens)
    for step in 1..3 do
        let x = batch step
        let before = if step > 1 then Some(engine.Export(DictionaryOrigin())) else None
        let report = engine.Step x
        Assert.Equal(layers, report.Fvu.Length)
        assertClose 1e-9 "loss" (Array.average report.Fvu) report.Loss
        match before with
        | None -> ()
        | Some dictionary ->
            let y = Matrix(x.Rows, width)
            dictionary.Reconstruct(x, y) |> ignore
            for layer in 0 .. layers - 1 do
                let x, y = layerRows x layer, layerRows y layer
                let error = Seq.sum (seq { for i in 0 .. x.Values.Length - 1 -> (float x.Values[i] - float y.Values[i]) ** 2.0 })
                let variance =
                    Seq.sum (
                        seq {
                            for column in 0 .. width - 1 do
                                let values = [ for row in 0 .. tokens - 1 -> float x[row, column] ]
                                for value in values -> (value - List.average values) ** 2.0
                        }
                    )
                assertClose 1e-5 $"FVU of layer {layer}" (error / variance) report.Fvu[layer]

[<Theory>]
[<InlineData(Arrangement.Shared)>]
[<InlineData(Arrangement.PerLayer)>]
[<InlineData(Arrangement.Crosscoder)>]
let ``A training that goes on from a saved state ends with the same bytes in every arrangement`` (arrangement: Arrangement) =
    let make () = new LayeredEngine(plan arrangement (batchTopK ()), layers, tokens)
    use whole = make ()
    use first = make ()
    use second = make ()
    for step in 1..10 do
        whole.Step(batch step) |> ignore
    for step in 1..5 do
        first.Step(batch step) |> ignore
    second.RestoreState(new TensorSet(first.SaveState()))
    for step in 6..10 do
        second.Step(batch step) |> ignore
    Assert.True second.IsDone
    let parts (engine: LayeredEngine) = [ for part in engine.Export(DictionaryOrigin()).Dictionaries -> bits part ]
    Assert.Equal<int array list>(parts whole, parts second)

[<Fact>]
let ``A NaN at one layer stops training per layer and names that layer`` () =
    use engine = new LayeredEngine(plan Arrangement.PerLayer (topK ()), layers, tokens)
    let x = batch 1
    x[4, 1] <- Single.NaN
    let error = Assert.Throws<NonFiniteException>(fun () -> engine.Step x |> ignore)
    Assert.Equal("the activations of layer 1", error.Tensor)
