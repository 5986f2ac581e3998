/// What must hold for any dictionary and any vectors, as properties over drawn ones.
module Mlsae.Tests.Analysis.InvariantTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open Mlsae.Analysis
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Tests.Assertions

/// A drawn case: layers, latents, k, width, and a seed for the rest.
let private cases =
    gen {
        let! layers = Gen.choose (1, 5)
        let! latents = Gen.choose (2, 40)
        let! k = Gen.choose (1, latents)
        let! width = Gen.choose (3, 12)
        let! seed = Gen.choose (0, 1_000_000)
        return layers, latents, k, width, uint64 seed
    }
    |> Arb.fromGen

let private holds property = Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.forAll cases property)

let private drawn (seed: uint64) (purpose: string) rows columns =
    let matrix = Matrix(rows, columns)
    Philox(seed, purpose).FillGaussian(matrix.AsSpan(), 1f)
    matrix

let private tokens = 6

let private topK (_, latents, k, width, seed) =
    let config = TopKConfig(ModelDim = width, LatentCount = latents, K = k, AuxK = 0)
    TopKDictionary(config, drawn seed "encoder" latents width, drawn seed "decoder" latents width, (drawn seed "bias" 1 width).Values)

let private vectors (layers, _, _, width, seed) = drawn seed "vectors" (tokens * layers) width

let private distributionsOf (codes: SparseRows) (layers, latents, _, _, _) threshold =
    let distributions = LayerDistributions(layers, latents, threshold)
    distributions.Add codes
    distributions

[<Fact>]
let ``counted before ReLU, every layer has tokens times k counts`` () =
    holds (fun case ->
        let layers, latents, k, _, _ = case
        let distributions = distributionsOf ((topK case).EncodeSigned(vectors case)) case LayerDistributions.PublishedThreshold
        for layer in 0 .. layers - 1 do
            Assert.Equal(int64 (tokens * k), Seq.sum (Seq.init latents (fun latent -> distributions.Counts[layer * latents + latent]))))

[<Fact>]
let ``shares of layers sum to 1, and their moments lie within their bounds`` () =
    holds (fun case ->
        let layers, _, _, _, _ = case
        let distributions = distributionsOf ((topK case).Encode(vectors case)) case L0.ActiveAbove
        for latent in distributions.Latents() |> Array.filter (fun latent -> not latent.IsDead) do
            let last = float (layers - 1)
            assertClose 1e-12 "sum" 1.0 (Array.sum (distributions.Probabilities latent.Latent))
            Assert.InRange(latent.LayerMean, 0.0, last + 1e-12)
            Assert.InRange(latent.LayerVariance, 0.0, last * last / 4.0 + 1e-12)
            Assert.InRange(latent.Entropy, -1e-12, log (float layers) + 1e-12))

[<Fact>]
let ``no more than k latents are active, and those of a zero vector give a zero vector back`` () =
    holds (fun case ->
        let _, _, k, width, _ = case
        let dictionary = topK case
        let codes = dictionary.Encode(vectors case)
        for row in 0 .. codes.Rows - 1 do
            Assert.True((codes.RowValues(row).ToArray() |> Array.filter (fun value -> value > 0f)).Length <= k)
        let nothing = Matrix(1, width)
        (SharedDictionary(dictionary, 1)).Reconstruct(Matrix(1, width), nothing) |> ignore
        Assert.All(nothing.Values, fun value -> Assert.Equal(0f, value)))

[<Fact>]
let ``scaling and shifting a vector leaves its code and moves its reconstruction alike`` () =
    holds (fun case ->
        let dictionary, x = topK case, vectors case
        let moved = Matrix(x.Rows, x.Columns, x.Values |> Array.map (fun value -> 4f * value - 3f))
        let here, there = Matrix(x.Rows, x.Columns), Matrix(x.Rows, x.Columns)
        let codes, movedCodes = dictionary.Encode x, dictionary.Encode moved
        dictionary.Decode(codes, x, here)
        // The moved vector's own code may differ in which of two nearly equal latents it keeps, so its values are compared.
        dictionary.Decode(movedCodes, moved, there)
        assertAllClose 2e-3 "code" codes.Values movedCodes.Values
        let scale = here.Values |> Array.fold (fun most value -> max most (abs value)) 1f
        if codes.Indices = movedCodes.Indices then
            assertAllClose (1e-3 * float scale) "reconstruction" (here.Values |> Array.map (fun value -> 4f * value - 3f)) there.Values)

[<Fact>]
let ``with all latents kept, TopK is a ReLU dictionary`` () =
    holds (fun case ->
        let layers, latents, _, width, seed = case
        let all = layers, latents, latents, width, seed
        let dictionary, x = topK all, vectors all
        let relu =
            ThresholdDictionary(
                ReluConfig(ModelDim = width, LatentCount = latents, Standardize = true), dictionary.Encoder, dictionary.Decoder, dictionary.PreBias, null, Array.zeroCreate latents)
        let a, b = Matrix(x.Rows, width), Matrix(x.Rows, width)
        dictionary.Decode(dictionary.Encode x, x, a)
        relu.Decode(relu.Encode x, x, b)
        let scale = a.Values |> Array.fold (fun most value -> max most (abs value)) 1f
        assertAllClose (1e-5 * float scale) "reconstruction" a.Values b.Values)

/// The dictionary with its latents in another order, and that order.
let private reordered case (dictionary: TopKDictionary) =
    let _, latents, _, width, seed = case
    let order = Array.init latents id
    Philox(seed, "order").Shuffle(Span order)
    let rows (matrix: Matrix) =
        let moved = Matrix(latents, width)
        order |> Array.iteri (fun i from -> matrix.Row(from).CopyTo(moved.Row i))
        moved
    TopKDictionary(dictionary.Config, rows dictionary.Encoder, rows dictionary.Decoder, dictionary.PreBias), order

[<Fact>]
let ``the order of the latents changes neither codes nor reconstructions nor where latents live`` () =
    holds (fun case ->
        let dictionary, x = topK case, vectors case
        let moved, order = reordered case dictionary
        let codes, movedCodes = dictionary.Encode x, moved.Encode x
        Assert.Equal<float32[]>(codes.Values, movedCodes.Values)
        Assert.Equal<int[]>(codes.Indices, movedCodes.Indices |> Array.map (fun latent -> order[latent]))
        let a, b = Matrix(x.Rows, x.Columns), Matrix(x.Rows, x.Columns)
        dictionary.Decode(codes, x, a)
        moved.Decode(movedCodes, x, b)
        Assert.Equal<float32[]>(a.Values, b.Values)
        let here, there = distributionsOf codes case L0.ActiveAbove, distributionsOf movedCodes case L0.ActiveAbove
        for i in 0 .. order.Length - 1 do
            Assert.Equal((here.Latent order[i]).LayerMean, (there.Latent i).LayerMean))

[<Fact>]
let ``the heat map holds the same columns in whatever order the latents came`` () =
    holds (fun case ->
        let dictionary, x = topK case, vectors case
        let moved, _ = reordered case dictionary
        let columns (of': TopKDictionary) =
            let map = LayerHeatMap.Of(distributionsOf (of'.Encode x) case L0.ActiveAbove)
            [ for column in 0 .. map.Columns - 1 -> [ for layer in map.Shares -> layer[column] ] ]
        Assert.Equal<float list list>(List.sort (columns dictionary), List.sort (columns moved)))

[<Fact>]
let ``capacities sum to at most the dimensions`` () =
    holds (fun case ->
        let _, latents, _, width, seed = case
        Assert.True(Array.sum (Capacity.Of(drawn seed "decoder" latents width)) <= float (min latents width) + 1e-4))
