module Mlsae.Tests.Dictionaries.BaselineEngineTests

open System
open System.IO
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

let private d, layers, tokens = 7, 2, 30

/// Correlated vectors about a mean far from zero.
let private vectors purpose rows =
    let mixing, noise = matrix "mixing" d d, matrix purpose rows d
    let x = Matrix(rows, d)
    Kernels.MatMul(noise, mixing, x)
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- x.Values[i] + 10f * float32 (i % d)
    x

let private nonNegative rows =
    let x = vectors "positive" rows
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- max 0f (x.Values[i] - 30f)
    x

let private engineOf (config: BaselineConfig) = DictionaryEngine.Create(config, layers)

let private fed (config: BaselineConfig) (batches: int list) (x: Matrix) =
    let engine = engineOf config
    let mutable start = 0
    for count in batches do
        engine.Step(x.RowWindow(start * layers, count * layers), 100L) |> ignore
        start <- start + count
    engine

let private config baseline = BaselineConfig(ModelDim = d, Method = baseline)

let private errors (dictionary: SparseDictionary) (x: Matrix) =
    let y = Matrix(x.Rows, x.Columns)
    dictionary.Reconstruct(x, y) |> ignore
    Array.zip x.Values y.Values |> Array.sumBy (fun (a, b) -> (float a - float b) ** 2.0)

/// Mean and covariance with divisor N, straight from their definitions.
let private moments (x: Matrix) =
    let n = float x.Rows
    let mean = Array.init d (fun i -> Seq.sum (seq { for row in 0 .. x.Rows - 1 -> float x[row, i] }) / n)
    let covariance i j = Seq.sum (seq { for row in 0 .. x.Rows - 1 -> (float x[row, i] - mean[i]) * (float x[row, j] - mean[j]) }) / n
    mean, Array2D.init d d covariance

[<Fact>]
let ``Principal components are eigenvectors of the covariance with divisor N, by descending eigenvalue, in both directions`` () =
    let x = vectors "pca" (tokens * layers)
    let dictionary = (fed (config BaselineMethod.Pca) [ tokens ] x).Export()
    let mean, covariance = moments x
    let eigenvalue row =
        let q = dictionary.Encoder.Row(row).ToArray() |> Array.map float
        let image = Array.init d (fun i -> Seq.sum (seq { for j in 0 .. d - 1 -> covariance[i, j] * q[j] }))
        let value = Array.fold2 (fun sum a b -> sum + a * b) 0.0 q image
        for i in 0 .. d - 1 do
            assertClose (1e-5 * covariance[0, 0]) $"component {row} at {i}" (value * q[i]) image[i]
        value
    let values = Array.init d eigenvalue
    Assert.Equal<float[]>(Array.sortDescending values, values)
    for i in 0 .. d - 1 do
        assertClose 1e-5 "mean" mean[i] (float dictionary.PreBias[i])
        for j in 0 .. d - 1 do
            Assert.Equal(-dictionary.Encoder[i, j], dictionary.Encoder[d + i, j])

[<Fact>]
let ``Projections on principal components are uncorrelated`` () =
    let x = vectors "pca" (tokens * layers)
    let dictionary = (fed (config BaselineMethod.Pca) [ tokens ] x).Export()
    let scores = Matrix(x.Rows, d)
    Kernels.MatMulTransposedB(x, dictionary.Encoder.RowWindow(0, d), scores)
    let _, covariance = moments scores
    for i in 0 .. d - 1 do
        for j in 0 .. i - 1 do
            assertClose (1e-4 * sqrt (covariance[i, i] * covariance[j, j])) $"{i} and {j}" 0.0 covariance[i, j]

[<Fact>]
let ``All principal components in both directions reconstruct exactly, and the k largest leave the other components' variance`` () =
    let x = vectors "pca" (tokens * layers)
    let dictionary = (fed (config BaselineMethod.Pca) [ tokens ] x).Export()
    let mean, covariance = moments x
    let variance = float x.Rows * Seq.sum (seq { for i in 0 .. d - 1 -> covariance[i, i] })
    assertClose (1e-9 * variance) "error" 0.0 (errors dictionary x)
    let k = 2
    let topK = (fed (BaselineConfig(ModelDim = d, Method = BaselineMethod.Pca, K = k)) [ tokens ] x).Export()
    Assert.Equal("pca-topk", topK.Config.Kind)
    // Of the 2d scores the k largest are the k largest of |q·(x − mean)|: a vector's error is the sum of the other squares.
    let left row =
        let score q = Seq.sum (seq { for i in 0 .. d - 1 -> float dictionary.Encoder[q, i] * (float x[row, i] - mean[i]) })
        Seq.init d (fun q -> score q ** 2.0) |> Seq.sortDescending |> Seq.skip k |> Seq.sum
    let expected = Seq.sumBy left (seq { 0 .. x.Rows - 1 })
    assertClose (1e-5 * expected) "error of k" expected (errors topK x)

[<Fact>]
let ``Identity reconstructs non-negative vectors exactly and identity-positive all`` () =
    let negative, positive = vectors "any" (tokens * layers), nonNegative (tokens * layers)
    for i in 0 .. negative.Values.Length - 1 do
        negative.Values[i] <- negative.Values[i] - 30f
    let identity = (fed (config BaselineMethod.Identity) [ tokens ] positive).Export()
    let both = (fed (config BaselineMethod.IdentityPositive) [ tokens ] negative).Export()
    Assert.Equal(0.0, errors identity positive)
    Assert.Equal(0.0, errors both negative)
    let lost = negative.Values |> Array.sumBy (fun value -> float (min 0f value) ** 2.0)
    assertClose (1e-6 * lost) "what identity loses" lost (errors identity negative)

[<Fact>]
let ``A random rotation is orthogonal, rebuilds every vector, and is another for another seed`` () =
    let x = vectors "rotation" (tokens * layers)
    let rotation seed = (fed (BaselineConfig(ModelDim = d, Method = BaselineMethod.RandomRotation, Seed = seed)) [ tokens ] x).Export()
    let dictionary = rotation 1UL
    Assert.Equal("random-rotation", dictionary.Config.Kind)
    for i in 0 .. d - 1 do
        for j in 0 .. d - 1 do
            let cosine = Reference.Dot(Span.op_Implicit (dictionary.Encoder.Row i), Span.op_Implicit (dictionary.Encoder.Row j))
            assertClose 1e-6 $"{i} {j}" (if i = j then 1.0 else 0.0) cosine
        Assert.Equal<float32[]>(dictionary.Decoder.Row(i).ToArray() |> Array.map (~-), dictionary.Decoder.Row(i + d).ToArray())
    assertClose (1e-9 * (x.Values |> Array.sumBy (fun value -> float value ** 2.0))) "error" 0.0 (errors dictionary x)
    Assert.NotEqual<float32[]>(dictionary.Encoder.Values, (rotation 2UL).Encoder.Values)

[<Fact>]
let ``Random directions are normal numbers that the seed gives, and codes are their positive products`` () =
    let config = BaselineConfig(ModelDim = d, Method = BaselineMethod.Random, LatentCount = 500, Seed = 3UL)
    let x = vectors "random" (tokens * layers)
    let dictionary = (fed config [ tokens ] x).Export()
    let all = dictionary.Encoder.Values |> Array.map float
    assertClose 0.05 "mean" 0.0 (Array.average all)
    assertClose 0.05 "variance" 1.0 (all |> Array.averageBy (fun value -> value * value))
    let codes = dictionary.Encode x
    for row in 0 .. x.Rows - 1 do
        for latent in codes.RowIndices(row) do
            Assert.True(Reference.Dot(Span.op_Implicit (x.Row row), Span.op_Implicit (dictionary.Encoder.Row latent)) > -1e-4)
    Assert.NotEqual<float32[]>(dictionary.Encoder.Values, (fed (BaselineConfig(ModelDim = d, Method = BaselineMethod.Random, LatentCount = 500, Seed = 4UL)) [ tokens ] x).Export().Encoder.Values)

[<Fact>]
let ``A fixed baseline reports what its reconstruction of the batch leaves`` () =
    let x = vectors "report" (tokens * layers)
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- x.Values[i] - 30f
    use engine = engineOf (config BaselineMethod.Identity)
    let report = engine.Step(x, 1L)
    for layer in 0 .. layers - 1 do
        let rows = Matrix(tokens, d)
        for token in 0 .. tokens - 1 do
            (x.Row(token * layers + layer)).CopyTo(rows.Row token)
        let _, covariance = moments rows
        let variance = float tokens * Seq.sum (seq { for i in 0 .. d - 1 -> covariance[i, i] })
        let expected = (rows.Values |> Array.sumBy (fun value -> float (min 0f value) ** 2.0)) / variance
        assertClose (1e-6 * expected) "FVU" expected report.Fvu[layer]
        assertClose 1e-9 "L0" (float (rows.Values |> Array.filter (fun value -> value > 1e-3f) |> Array.length) / float tokens) report.L0[layer]

/// Every baseline with a configuration and vectors that fit it.
let private all =
    [ yield! Enum.GetValues<BaselineMethod>() |> Seq.map config
      for baseline in [ BaselineMethod.Ica; BaselineMethod.Nmf ] do yield BaselineConfig(ModelDim = d, Method = baseline, SampleVectors = 41)
      yield BaselineConfig(ModelDim = d, Method = BaselineMethod.Pca, K = 3, Standardize = true)
      yield BaselineConfig(ModelDim = d, Method = BaselineMethod.Ica, K = 2) ]

let private saved (engine: IDictionaryEngine) =
    use folder = new TemporaryFolder()
    engine.Export().Save folder.Path
    File.ReadAllBytes(folder.File "model.safetensors")

[<Fact>]
let ``A baseline's bytes depend neither on threads nor on how the vectors are cut into batches`` () =
    for config in all do
        let x = nonNegative (tokens * layers)
        let once = withThreads 1 (fun () -> saved (fed config [ tokens ] x))
        Assert.Equal<byte[]>(once, withThreads 3 (fun () -> saved (fed config [ 3; 20; 7 ] x)))

[<Fact>]
let ``A baseline that was saved and restored ends with the same bytes`` () =
    for config in all do
        let x = nonNegative (tokens * layers)
        let first = fed config [ 11 ] x
        use folder = new TemporaryFolder()
        SafetensorsFile.Write(folder.File "state", first.SaveState())
        use second = engineOf config
        (use state = SafetensorsFile.Open(folder.File "state") in second.RestoreState state)
        Assert.Equal<float32[]>(first.Export().Encoder.Values, second.Export().Encoder.Values)
        second.Step(x.RowWindow(11 * layers, 19 * layers), 100L) |> ignore
        Assert.Equal((2L, int64 tokens), (second.StepCount, second.TokenCount))
        Assert.Equal<byte[]>(saved (fed config [ tokens ] x), saved second)

[<Fact>]
let ``A baseline that was written is read as it was`` () =
    for config in all do
        let x = nonNegative (tokens * layers)
        let dictionary = (fed config [ tokens ] x).Export()
        use folder = new TemporaryFolder()
        dictionary.Save folder.Path
        let read = SparseDictionary.Load folder.Path
        Assert.Equal(string config, string read.Config)
        Assert.Equal(errors dictionary x, errors read x)

[<Fact>]
let ``Vectors that are not numbers are refused with their layer, and change nothing`` () =
    for config in all do
        let x = nonNegative (tokens * layers)
        let before = fed config [ tokens ] x
        let bad = x.Copy()
        bad[5, 2] <- Single.NaN
        let error = Assert.Throws<NonFiniteException>(fun () -> before.Step(bad, 100L) |> ignore)
        Assert.Equal("NaN or infinity in the activations of layer 1 at step 2.", error.Message)
        Assert.Equal<byte[]>(saved (fed config [ tokens ] x), saved before)

[<Fact>]
let ``What a baseline cannot be is said in one sentence`` () =
    let refusal (config: BaselineConfig) = Assert.Throws<ArgumentException>(fun () -> config.Validated() |> ignore).Message
    Assert.Equal("Only pca and ica have a variant with k.", refusal (BaselineConfig(ModelDim = d, Method = BaselineMethod.Random, K = 3)))
    Assert.Equal("nmf is of vectors that are never negative: standardize must be false.", refusal (BaselineConfig(ModelDim = d, Method = BaselineMethod.Nmf, Standardize = true)))
    Assert.Contains("latent_count is 9", refusal (BaselineConfig(ModelDim = d, Method = BaselineMethod.Pca, LatentCount = 9)))
