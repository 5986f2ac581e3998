module Mlsae.Tests.Analysis.ResidualMomentsTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

let private layers, width, length = 3, 5, 4

/// Vectors whose second dimension is large at the last layer.
let private vectors tokens =
    let all = Matrix(tokens * layers, width)
    Philox(2UL, "vectors").FillGaussian(all.AsSpan(), 1f)
    for row in 0 .. all.Rows - 1 do
        if row % layers = layers - 1 then
            all[row, 1] <- 40f + 10f * all[row, 1]
    all

let private batches (all: Matrix) =
    [ for sequence in 0 .. all.Rows / (layers * length) - 1 ->
          encoded sequence 1 length (all.RowWindow(sequence * layers * length, layers * length)) null ]

let private whole (all: Matrix) = encoded 0 (all.Rows / (layers * length)) length all null

let private ofLayer layer (all: Matrix) = [| for row in layer .. layers .. all.Rows - 1 -> all.Row(row).ToArray() |> Array.map float |]

let private moments (all: Matrix) =
    let moments = ResidualMoments(layers, width)
    batches all |> List.iter moments.Add
    moments

[<Fact>]
let ``means, variances, magnitudes and norms are those of the definition`` () =
    let all = vectors 40
    let result = (moments all).Result 0UL
    for layer in 0 .. layers - 1 do
        let rows, found = ofLayer layer all, result.Layers[layer]
        let norms = rows |> Array.map (fun x -> sqrt (Array.sumBy (fun v -> v * v) x))
        assertClose 1e-9 "norm" (Array.average norms) found.Norm.Mean
        let mean = Array.average norms
        assertClose 1e-9 "std of the norm" (sqrt (Array.sumBy (fun n -> (n - mean) ** 2.0) norms / 39.0)) found.NormStd
        for i in 0 .. width - 1 do
            let values = rows |> Array.map (fun x -> x[i])
            let mean = Array.average values
            assertClose 1e-9 "mean" mean found.Means[i]
            assertClose 1e-9 "variance" (values |> Array.averageBy (fun v -> (v - mean) ** 2.0)) found.Variances[i]
            assertClose 1e-9 "largest" (values |> Array.map abs |> Array.max) found.Largest[i]
        let squares = found.Means |> Seq.sumBy (fun m -> m * m)
        assertClose 1e-9 "share of the mean" (squares / (norms |> Array.averageBy (fun n -> n * n))) found.MeanShare
    Assert.Equal(40L, result.Tokens)
    Assert.Equal(10, result.Layers[0].Norm.N)

[<Fact>]
let ``a dimension that varies a hundred times as much is the outlier of its layer, and no other layer has one`` () =
    let result = (moments (vectors 400)).Result 0UL
    Assert.Empty(result.Layers[0].Outliers())
    let outlier = Assert.Single(result.Layers[2].Outliers())
    Assert.Equal(1, outlier.Dimension)
    assertClose 2.0 "mean" 40.0 outlier.Mean
    assertClose 1.0 "std" 10.0 outlier.Std
    Assert.True(outlier.VarianceShare > 0.9 && result.Layers[2].EffectiveDimensions < 1.5)
    Assert.InRange(result.Layers[0].EffectiveDimensions, 4.5, 5.0)
    let shares = result.Layers[2].CumulativeShares()
    assertClose 1e-12 "all" 1.0 (Array.last shares)
    assertClose 1e-12 "first" outlier.VarianceShare shares[0]

[<Fact>]
let ``the means are handed on for centring, and saving between sequences changes no byte`` () =
    let all = vectors 24
    let means = (moments all).Means()
    for layer in 0 .. layers - 1 do
        for i in 0 .. width - 1 do
            assertClose 1e-5 "mean" (ofLayer layer all |> Array.averageBy (fun x -> x[i])) (float means[layer, i])
    let make () = ResidualMoments(layers, width) :> ITextSums
    assertResumes make (batches all) (whole all)
    assertRefusesState (make ()) (ResidualMoments(layers, width + 1))
    Assert.Throws<InvalidOperationException>(fun () -> ResidualMoments(layers, width).Result 0UL |> ignore) |> ignore

let private similarity (means: Matrix) (all: Matrix) =
    let sums = LayerSimilarity means
    batches all |> List.iter sums.Add
    sums

[<Fact>]
let ``cosines of layers are those of the definition, raw and centred`` () =
    let all = vectors 40
    let means = (moments all).Means()
    let result = (similarity means all).Result 0UL
    let cosine (x: float[]) (y: float[]) = Array.fold2 (fun s a b -> s + a * b) 0.0 x y / sqrt (Array.sumBy (fun a -> a * a) x * Array.sumBy (fun a -> a * a) y)
    Assert.Equal<(int * int) list>([ 0, 1; 0, 2; 1, 2 ], [ for pair in result.Pairs -> pair.A, pair.B ])
    for pair in result.Pairs do
        let centre layer = ofLayer layer all |> Array.map (Array.mapi (fun i v -> v - float means[layer, i]))
        let check what left right mean std =
            let cosines = Array.map2 cosine left right
            let expected = Array.average cosines
            assertClose 1e-6 what expected mean
            assertClose 1e-6 $"{what}, std" (sqrt (Array.sumBy (fun c -> (c - expected) ** 2.0) cosines / 39.0)) std
        check "raw" (ofLayer pair.A all) (ofLayer pair.B all) pair.Raw.Mean pair.RawStd
        check "centred" (centre pair.A) (centre pair.B) pair.Centred.Mean pair.CentredStd
    assertClose 1e-12 "neighbours" ((result.Pairs[0].Raw.Mean + result.Pairs[2].Raw.Mean) / 2.0) result.AdjacentRaw.Mean
    assertClose 1e-12 "neighbours" ((result.Pairs[0].Centred.Mean + result.Pairs[2].Centred.Mean) / 2.0) result.AdjacentCentred.Mean

[<Fact>]
let ``a mean that all vectors share makes layers alike until it is taken off`` () =
    let all = vectors 400
    for row in 0 .. all.Rows - 1 do
        all[row, 0] <- all[row, 0] + 30f
    let result = (similarity ((moments all).Means()) all).Result 0UL
    Assert.True(result.Pairs[0].Raw.Mean > 0.98)
    Assert.InRange(result.Pairs[0].Centred.Mean, -0.1, 0.1)

[<Fact>]
let ``vectors of zeros count as unlike everything, one layer has no neighbour, and other means are refused on going on`` () =
    let result = (similarity (Matrix(layers, width)) (Matrix(layers * length, width))).Result 0UL
    Assert.Equal(0.0, result.Pairs[0].Raw.Mean)
    Assert.Throws<ArgumentException>(fun () -> LayerSimilarity(Matrix(1, width)) |> ignore) |> ignore
    let all = vectors 20
    let make () = LayerSimilarity((moments all).Means()) :> ITextSums
    assertResumes make (batches all) (whole all)
    assertRefusesState (make ()) (LayerSimilarity(Matrix(layers, width)))
