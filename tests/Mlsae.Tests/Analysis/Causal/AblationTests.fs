/// Latents taken away from vectors: each kind against its slow definition.
module Mlsae.Tests.Analysis.Causal.AblationTests

open System
open Xunit
open Mlsae.Analysis.Causal
open Mlsae.Dictionaries
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Causal.CausalSamples

let private x = vectors 24

let private valuesOf (at: DictionaryAtLayer) latent = DictionaryAtLayer.ValuesOf(at.Encode x, latent)

let private steps at kind latent = AblationSteps.Of(at, latent, kind, x, valuesOf at latent)

let private without (at: DictionaryAtLayer) kind latent =
    let moved = x.Copy()
    (steps at kind latent).Apply(moved, at.Direction latent)
    moved

/// What a pre-activation's terms sum to in absolute value, about.
let private scale = 20.0

let private moved (row: float[]) (direction: float[]) step = Array.map2 (fun value f -> value - step * f) row direction

/// The root nearest to 0 by going outwards in small steps on both sides, then by bisection, of the definition alone.
let private bisected (dictionary: SparseDictionary) row latent target =
    let direction = doubles (dictionary.Decoder.Row latent)
    let f step = preActivation dictionary (moved row direction step) latent - target
    let rec bisect low high count =
        let middle = (low + high) / 2.0
        if count = 0 then middle elif (f low > 0.0) = (f middle > 0.0) then bisect middle high (count - 1) else bisect low middle (count - 1)
    let crossing side =
        Seq.initInfinite (fun i -> side * 0.05 * float i, side * 0.05 * float (i + 1))
        |> Seq.takeWhile (fun (_, b) -> abs b < 80.0)
        |> Seq.tryFind (fun (a, b) -> (f a > 0.0) <> (f b > 0.0))
        |> Option.map (fun (a, b) -> bisect a b 60)
    [ crossing 1.0; crossing -1.0 ] |> List.choose id |> List.sortBy abs |> List.tryHead

[<Fact>]
let ``single pre-activations and their gradients are those of the definition`` () =
    for name in names do
        let dictionary, at = dictionary name, atLayer name
        for row in 0 .. x.Rows - 1 do
            for latent in 0 .. latents - 1 do
                let here = doubles (x.Row row)
                assertClose 1e-9 name (preActivation dictionary here latent) (at.PreActivation(x.Row row, latent))
                let gradient = Array.zeroCreate<float32> width
                at.Gradient(x.Row row, latent, gradient)
                for i in 0 .. width - 1 do
                    let shifted by = here |> Array.mapi (fun j value -> if i = j then value + by else value)
                    let expected = (preActivation dictionary (shifted 1e-5) latent - preActivation dictionary (shifted -1e-5) latent) / 2e-5
                    assertClose 1e-5 $"{name} gradient" expected (float gradient[i])

[<Fact>]
let ``less than rank one leaves the pre-activation at exactly 0, to the rounding of a float`` () =
    for name in names do
        let dictionary, at = dictionary name, atLayer name
        let mutable edited = 0
        for latent in 0 .. latents - 1 do
            let steps = steps at AblationKind.LessThanRankOne latent
            let after, values = without at AblationKind.LessThanRankOne latent, valuesOf at latent
            edited <- edited + steps.Edited
            for row in 0 .. x.Rows - 1 do
                if values[row] > 0f && steps.Steps[row] <> 0.0 then
                    let bound = 1e-6 * (scale + abs steps.Steps[row])
                    assertClose bound $"{name} {latent}" 0.0 (at.PreActivation(after.Row row, latent))
                    assertClose bound $"{name} {latent}" 0.0 (preActivation dictionary (doubles (after.Row row)) latent)
                else
                    Assert.Equal<float32[]>(x.Row(row).ToArray(), after.Row(row).ToArray())
        Assert.True(edited > 50, $"{name}: {edited} vectors were edited")

[<Fact>]
let ``the step is the one that bisection of the definition finds, and there is none where that finds none`` () =
    for name in names do
        let dictionary, at = dictionary name, atLayer name
        let mutable unsolved = 0
        for latent in 0 .. latents - 1 do
            for row in 0 .. 7 do
                let here = doubles (x.Row row)
                match bisected dictionary here latent 0.0, Option.ofNullable (at.StepTo(x.Row row, latent)) with
                | Some expected, Some actual -> assertClose (1e-7 * (1.0 + abs expected)) $"{name} {latent} {row}" expected actual
                | None, Some actual -> Assert.True(abs actual >= 79.0, $"{name} {latent} {row}: {actual}, where bisection finds none")
                | None, None -> unsolved <- unsolved + 1
                | Some expected, None -> failwith $"{name} {latent} {row}: no step, where bisection finds {expected}"
        Assert.True(name.EndsWith "raw" || unsolved < latents * 4, $"{name}: {unsolved} of {latents * 8}")

[<Fact>]
let ``with one unit direction for both maps the step is the latent's value`` () =
    let at = atLayer "tied-relu raw"
    for latent in 0 .. latents - 1 do
        let values = valuesOf at latent
        Array.iter2 (fun (value: float32) step -> assertClose 1e-5 "step" (float value) step) values (steps at AblationKind.LessThanRankOne latent).Steps

[<Fact>]
let ``an untied step is the pre-activation over the encoder's part along the direction`` () =
    let dictionary, at = dictionary "relu raw", atLayer "relu raw"
    for latent in 0 .. latents - 1 do
        let along = dot (doubles (dictionary.Encoder.Row latent)) (doubles (dictionary.Decoder.Row latent))
        for row in 0 .. x.Rows - 1 do
            assertClose 1e-6 "step" (at.PreActivation(x.Row row, latent) / along) (at.StepTo(x.Row row, latent)).Value

[<Fact>]
let ``to the threshold: JumpReLU just stops firing, and without thresholds it is less than rank one`` () =
    let at = atLayer "jumprelu"
    for latent in 0 .. latents - 1 do
        let steps, values = steps at AblationKind.Threshold latent, valuesOf at latent
        let after = without at AblationKind.Threshold latent
        let left = DictionaryAtLayer.ValuesOf(at.Encode after, latent)
        for row in 0 .. x.Rows - 1 do
            if values[row] > 0f && steps.Steps[row] <> 0.0 then
                Assert.Equal(0f, left[row])
                assertClose 1e-4 "pre-activation" (at.Threshold latent) (at.PreActivation(after.Row row, latent))
    for name in [ "topk"; "relu"; "relu raw" ] do
        for latent in 0 .. latents - 1 do
            let at = atLayer name
            Assert.Equal<float[]>((steps at AblationKind.LessThanRankOne latent).Steps, (steps at AblationKind.Threshold latent).Steps)

[<Fact>]
let ``zero ablation takes off what the latent adds to the reconstruction`` () =
    for name in names do
        let dictionary, at = dictionary name, atLayer name
        let codes = dictionary.Encode x
        let whole = Matrix(x.Rows, width)
        dictionary.Decode(codes, x, whole)
        for latent in 0 .. latents - 1 do
            let fewer = dictionary.Encode x
            for row in 0 .. x.Rows - 1 do
                let entry = fewer.RowIndices(row).IndexOf latent
                if entry >= 0 then fewer.RowValues(row)[entry] <- 0f
            let rest = Matrix(x.Rows, width)
            dictionary.Decode(fewer, x, rest)
            let after = without at AblationKind.Zero latent
            for row in 0 .. x.Rows - 1 do
                for i in 0 .. width - 1 do
                    assertClose 1e-4 $"{name} {latent}" (float (whole[row, i] - rest[row, i])) (float (x[row, i] - after[row, i]))

[<Fact>]
let ``mean ablation moves every token that is not special, and on average not at all`` () =
    for name in names do
        let text, at = text name true, DictionaryAtLayer(shared name, 1)
        let read = (model.Forward(Mlsae.Transformers.TokenBatch.Of contexts, Mlsae.Transformers.ForwardOptions(Captures = hooks)))[hooks[1]]
        let ids = Array.concat contexts
        for latent in 0 .. latents - 1 do
            let mean = text.MeanInTransformerUnits(1, latent)
            let values = DictionaryAtLayer.ValuesOf(at.Encode read, latent)
            let expected = Seq.average (seq { for row in 0 .. ids.Length - 1 do if ids[row] <> 3 then float values[row] * at.Scale(read.Row row) })
            assertClose 1e-6 "mean" expected mean
            let steps = AblationSteps.Of(at, latent, AblationKind.Mean, read, values, mean, fun row -> ids[row] = 3)
            for row in 0 .. ids.Length - 1 do
                if ids[row] = 3 then Assert.Equal(0.0, steps.Steps[row])
            assertClose 1e-4 "sum of steps" 0.0 (Array.sum steps.Steps)

[<Fact>]
let ``where nothing along the direction stops the latent, the vector is left and counted`` () =
    let encoder, decoder = Matrix(2, 4, [| 1f; 0f; 0f; 0f; 0f; 1f; 0f; 0f |]), Matrix(2, 4, [| 0f; 1f; 0f; 0f; 0f; 1f; 0f; 0f |])
    let raw = ThresholdDictionary(ReluConfig(ModelDim = 4, LatentCount = 2, Standardize = false), encoder, decoder, Array.zeroCreate 4, null, Array.zeroCreate 2)
    let at = DictionaryAtLayer(SharedDictionary(raw, 1), 0)
    let x = Matrix(1, 4, [| 2f; 3f; 0f; 0f |])
    let ablate latent = AblationSteps.Of(at, latent, AblationKind.LessThanRankOne, x, DictionaryAtLayer.ValuesOf(at.Encode x, latent))
    Assert.Equal(1, (ablate 0).Unsolved)
    Assert.Equal<float[]>([| 0.0 |], (ablate 0).Steps)
    Assert.Equal(0, (ablate 1).Unsolved)
    Assert.Equal<float[]>([| 3.0 |], (ablate 1).Steps)

[<Fact>]
let ``dictionaries without pre-activations of one layer, and latents that are not there, are refused with what would be right`` () =
    let half = dictionary "relu raw"
    let both = ThresholdDictionary(ReluConfig(ModelDim = width, Parts = 2, LatentCount = latents, Standardize = false), half.Encoder, half.Decoder, half.PreBias, null, Array.zeroCreate latents)
    let across = LayeredDictionary.Of(Arrangement.Crosscoder, [ both :> SparseDictionary ], 2)
    Assert.Contains("per-layer", Assert.Throws<ArgumentException>(fun () -> DictionaryAtLayer(across, 0) |> ignore).Message)
    let perLayer = LayeredDictionary.Of(Arrangement.PerLayer, [| dictionary "topk"; dictionary "topk" |], 2)
    let second = DictionaryAtLayer(perLayer, 1)
    Assert.True(second.Has latents && not (second.Has(latents - 1)))
    Assert.Contains($"{latents} to {2 * latents - 1}", Assert.Throws<ArgumentException>(fun () -> second.PreActivation(x.Row 0, 0) |> ignore).Message)
    Assert.Equal(DictionaryAtLayer(perLayer, 0).PreActivation(x.Row 0, 3), second.PreActivation(x.Row 0, latents + 3))
