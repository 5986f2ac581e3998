/// Independent components and non-negative factors: what they must find where the answer is known.
module Mlsae.Tests.Dictionaries.FactorizationTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

let private computed (config: BaselineConfig) (x: Matrix) =
    use engine = DictionaryEngine.Create(config, 1)
    engine.Step(x, 1L) |> ignore
    engine.Export()

let private errors (dictionary: SparseDictionary) (x: Matrix) =
    let y = Matrix(x.Rows, x.Columns)
    dictionary.Reconstruct(x, y) |> ignore
    Array.zip x.Values y.Values |> Array.sumBy (fun (a, b) -> (float a - float b) ** 2.0)

let private squares (x: Matrix) = x.Values |> Array.sumBy (fun value -> float value ** 2.0)

/// Independent sources: Laplace, uniform, a skewed one, and one that is mostly 0.
let private sources rows =
    let random = Philox(3UL, "sources")
    let sign () = if random.NextSingle() < 0.5f then -1f else 1f
    let laplace () = sign () * -log (1f - random.NextSingle())
    Matrix(rows, 4, [| for _ in 1..rows do
                           laplace ()
                           random.NextSingle() - 0.5f
                           -log (1f - random.NextSingle())
                           (if random.NextSingle() < 0.1f then laplace () else 0f) |])

let private correlation (a: float[]) (b: float[]) =
    let ma, mb = Array.average a, Array.average b
    let product = Array.fold2 (fun sum x y -> sum + (x - ma) * (y - mb)) 0.0 a b
    product / sqrt ((a |> Array.sumBy (fun x -> (x - ma) ** 2.0)) * (b |> Array.sumBy (fun y -> (y - mb) ** 2.0)))

let private mixed rows =
    let s, mixing, x = sources rows, matrix "mixing" 4 4, Matrix(rows, 4)
    Kernels.MatMul(s, mixing, x)
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- x.Values[i] + 5f
    s, mixing, x

let private column (x: Matrix) j = Array.init x.Rows (fun row -> float x[row, j])

[<Fact>]
let ``Independent components are the known sources, up to sign, order and scale, and their directions the mixing's`` () =
    let s, mixing, x = mixed 20_000
    let dictionary = computed (BaselineConfig(ModelDim = 4, Method = BaselineMethod.Ica)) x
    let scores = Matrix(x.Rows, 4)
    Kernels.MatMulTransposedB(x, dictionary.Encoder.RowWindow(0, 4), scores)
    for source in 0..3 do
        let found = Seq.maxBy (fun j -> abs (correlation (column s source) (column scores j))) (seq { 0..3 })
        Assert.True(abs (correlation (column s source) (column scores found)) > 0.999)
        let a, b = Array.init 4 (fun i -> float mixing[source, i]), Array.init 4 (fun i -> float dictionary.Decoder[found, i])
        let dot x y = Array.fold2 (fun sum p q -> sum + p * q) 0.0 x y
        assertClose 0.002 $"direction {source}" 1.0 (abs (dot a b) / sqrt (dot a a * dot b b))

[<Fact>]
let ``Independent components in both directions reconstruct exactly, by rows of norm 1 in the order of what they explain`` () =
    let _, _, x = mixed 3000
    let dictionary = computed (BaselineConfig(ModelDim = 4, Method = BaselineMethod.Ica)) x
    assertClose (1e-9 * squares x) "error" 0.0 (errors dictionary x)
    let scores = Matrix(x.Rows, 4)
    Kernels.MatMulTransposedB(x, dictionary.Encoder.RowWindow(0, 4), scores)
    let explained =
        [| for i in 0..3 do
               let values = column scores i
               let mean = Array.average values
               assertClose 1e-6 "norm" 1.0 (Reference.Dot(Span.op_Implicit (dictionary.Encoder.Row i), Span.op_Implicit (dictionary.Encoder.Row i)))
               (values |> Array.averageBy (fun v -> (v - mean) ** 2.0)) * Reference.Dot(Span.op_Implicit (dictionary.Decoder.Row i), Span.op_Implicit (dictionary.Decoder.Row i)) |]
    Assert.Equal<float[]>(Array.sortDescending explained, explained)

[<Fact>]
let ``Directions in which the sample does not vary are kept, so that the reconstruction stays exact`` () =
    let _, _, x = mixed 2000
    let wide = Matrix(x.Rows, 6)
    for row in 0 .. x.Rows - 1 do
        x.Row(row).CopyTo(wide.Row row)
        wide[row, 4] <- x[row, 0] - x[row, 1]
        wide[row, 5] <- 3f
    let dictionary = computed (BaselineConfig(ModelDim = 6, Method = BaselineMethod.Ica)) wide
    assertClose (1e-8 * squares wide) "error" 0.0 (errors dictionary wide)
    let other = matrix "other" 20 6
    assertClose (1e-6 * squares other) "error of other vectors" 0.0 (errors dictionary other)

/// Non-negative vectors that are combinations of few non-negative directions with disjoint parts, and those directions.
let private parts rows =
    let directions = Matrix(3, 9)
    for i in 0..2 do
        for j in 0..2 do
            directions[i, 3 * i + j] <- [| 0.8f; 0.48f; 0.36f |][j]
    let random = Philox(8UL, "parts")
    let codes = Matrix(rows, 3, Array.init (rows * 3) (fun _ -> if random.NextSingle() < 0.5f then 0f else random.NextSingle()))
    let x = Matrix(rows, 9)
    Kernels.MatMul(codes, directions, x)
    x, codes, directions

[<Fact>]
let ``Non-negative factors are the known parts, and codes what was put in`` () =
    let x, codes, directions = parts 500
    let dictionary = computed (BaselineConfig(ModelDim = 9, Method = BaselineMethod.Nmf, LatentCount = 3)) x
    Assert.IsType<NonNegativeDictionary> dictionary |> ignore
    let nearest =
        [| for i in 0..2 ->
               Seq.maxBy (fun j -> Reference.Dot(Span.op_Implicit (directions.Row i), Span.op_Implicit (dictionary.Decoder.Row j))) (seq { 0..2 }) |]
    Assert.Equal(3, (Array.distinct nearest).Length)
    let found = dictionary.Encode x
    for i in 0..2 do
        assertAllClose 1e-3 $"direction {i}" (directions.Row(i).ToArray()) (dictionary.Decoder.Row(nearest[i]).ToArray())
    for row in 0 .. x.Rows - 1 do
        let values = Array.zeroCreate<float32> 3
        for entry in 0 .. found.RowIndices(row).Length - 1 do
            values[found.RowIndices(row)[entry]] <- found.RowValues(row)[entry]
        for i in 0..2 do
            assertClose 2e-3 $"code ({row}, {i})" (float codes[row, i]) (float values[nearest[i]])

[<Fact>]
let ``Negative vectors are refused in one sentence, in training and after it`` () =
    let x, _, _ = parts 50
    let config = BaselineConfig(ModelDim = 9, Method = BaselineMethod.Nmf)
    let dictionary = computed config x
    x[7, 2] <- -0.25f
    let inTraining = Assert.Throws<ArgumentException>(fun () -> computed config x |> ignore)
    Assert.Equal("nmf is of vectors that are never negative, but the activations have -0.25; take those behind a ReLU.", inTraining.Message)
    let after = Assert.Throws<ArgumentException>(fun () -> dictionary.Encode x |> ignore)
    Assert.Equal("nmf is of vectors that are never negative, but the vectors have -0.25; take those behind a ReLU.", after.Message)

[<Fact>]
let ``A sample beyond the largest array is refused`` () =
    let config = BaselineConfig(ModelDim = 4096, Method = BaselineMethod.Ica, SampleVectors = 1_000_000)
    Assert.Contains("sample_vectors is 1000000", Assert.Throws<ArgumentException>(fun () -> DictionaryEngine.Create(config, 1) |> ignore).Message)
