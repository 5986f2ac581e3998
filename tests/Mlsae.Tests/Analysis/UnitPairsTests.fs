/// Streamed sums of pairs of units against their definitions: correlations, masked cosines, and what splitting and universality make of them.
module Mlsae.Tests.Analysis.UnitPairsTests

open System
open Xunit
open Mlsae.Analysis.Splitting
open Mlsae.Analysis.Units
open Mlsae.Analysis.Universality
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

let private random purpose = Philox(17UL, purpose)

/// [rows][units] the values of codes.
let private dense units (codes: SparseRows) =
    [| for row in 0 .. codes.Rows - 1 ->
           let values = Array.zeroCreate units
           for entry in 0 .. codes.RowIndices(row).Length - 1 do
               values[codes.RowIndices(row)[entry]] <- float (codes.RowValues(row)[entry])
           values |]

let private column unit (rows: float[][]) = rows |> Array.map (fun row -> row[unit])

let private dot x y = Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

let private pearson (x: float[]) (y: float[]) =
    let centred (values: float[]) = let mean = Array.average values in values |> Array.map (fun v -> v - mean)
    let x, y = centred x, centred y
    let scale = sqrt (dot x x * dot y y)
    if scale = 0.0 then 0.0 else dot x y / scale

let private cosine (x: float[]) (y: float[]) =
    let scale = sqrt (dot x x * dot y y)
    if scale = 0.0 then 0.0 else dot x y / scale

/// The definition: the cosine over the rows where the first fires, and over those where the second fires; the larger.
let private maskedCosine (x: float[]) (y: float[]) =
    let where (fires: float[]) = let rows = [| for i in 0 .. x.Length - 1 do if fires[i] <> 0.0 then i |] in cosine [| for i in rows -> x[i] |] [| for i in rows -> y[i] |]
    max (where x) (where y)

let private masked (x: float32 list) (y: float32 list) =
    let codes (values: float32 list) = codesOf [ for value in values -> if value = 0f then [] else [ 0, value ] ]
    let pairs, first, second = LatentPairs(1, 1), UnitMoments 1, UnitMoments 1
    pairs.Add(codes x, codes y)
    first.Add(codes x)
    second.Add(codes y)
    match pairs.Of 0 with
    | [| pair |] -> MaskedCosine.Of(&pair, first.Squares[0], second.Squares[0])
    | _ -> 0.0

[<Fact>]
let ``the masked cosine of (1, 1, 0) and (1, 0, 1) is 0.7071`` () =
    assertClose 1e-6 "masked" 0.70710678 (masked [ 1f; 1f; 0f ] [ 1f; 0f; 1f ])

[<Fact>]
let ``of a latent that fires on a part of another's tokens with the same values it is 1`` () =
    assertClose 1e-9 "part" 1.0 (masked [ 1f; 2f; 3f; 4f ] [ 1f; 2f; 0f; 0f ])
    assertClose 1e-9 "apart" 0.0 (masked [ 1f; 0f ] [ 0f; 1f ])

let private rolled (codes: SparseRows) = codes.Select(ReadOnlySpan [| for row in 0 .. codes.Rows - 1 -> (row + 1) % codes.Rows |])

[<Fact>]
let ``masked cosines and correlations of all pairs are those of the definition, in batches as at once`` () =
    let a, b = drawnCodes (random "a") (1, 12, 3) 70 false, drawnCodes (random "b") (1, 20, 4) 70 false
    let pairs, first, second = LatentPairs(12, 20), UnitMoments 12, UnitMoments 20
    for start, count in [ 0, 30; 30, 1; 31, 39 ] do
        let part (codes: SparseRows) = codes.Select(ReadOnlySpan [| start .. start + count - 1 |])
        pairs.Add(part a, part b)
        first.Add(part a)
        second.Add(part b)
    let x, y = dense 12 a, dense 20 b
    for i in 0..11 do
        let own = pairs.Of i
        Assert.Equal<int seq>(own |> Seq.map _.Second |> Seq.sort, own |> Seq.map _.Second)
        let products = Array.zeroCreate 20
        pairs.Read(i, Span products)
        for j in 0..19 do
            let xi, yj = column i x, column j y
            assertClose 1e-5 "product" (dot xi yj) products[j]
            assertClose 1e-5 "correlation" (pearson xi yj) (first.Correlation(i, second, j, products[j]))
            let streamed = match own |> Array.tryFind (fun pair -> pair.Second = j) with Some pair -> MaskedCosine.Of(&pair, first.Squares[i], second.Squares[j]) | None -> 0.0
            assertClose 1e-5 "masked cosine" (maskedCosine xi yj) streamed

[<Fact>]
let ``products with neurons are those of the definition, for codes and for neurons, with values below 0 too`` () =
    let codes = drawnCodes (random "codes") (1, 9, 3) 50 true
    let neurons, others = Matrix(50, 6), Matrix(50, 5)
    (random "neurons").FillGaussian(neurons.AsSpan(), 1f)
    (random "others").FillGaussian(others.AsSpan(), 1f)
    let ofCodes, ofNeurons = DenseProducts(9, 6), DenseProducts(5, 6)
    for start, count in [ 0, 20; 20, 30 ] do
        ofCodes.Add(codes.Select(ReadOnlySpan [| start .. start + count - 1 |]), neurons.RowWindow(start, count))
        ofNeurons.Add(others.RowWindow(start, count), neurons.RowWindow(start, count))
    let rows (m: Matrix) = [| for row in 0 .. m.Rows - 1 -> m.Row(row).ToArray() |> Array.map float |]
    let check (products: DenseProducts) (first: float[][]) =
        for i in 0 .. products.FirstCount - 1 do
            let found = Array.zeroCreate 6
            products.Read(i, Span found)
            for j in 0..5 do
                assertClose 1e-4 "product" (dot (column i first) (column j (rows neurons))) found[j]
    check ofCodes (dense 9 codes)
    check ofNeurons (rows others)

[<Fact>]
let ``pairs of other numbers of rows, or of latents that are none, are refused`` () =
    let a, b = drawnCodes (random "a") (1, 12, 3) 10 false, drawnCodes (random "b") (1, 20, 4) 10 false
    Assert.ThrowsAny<ArgumentException>(fun () -> LatentPairs(12, 20).Add(a, b.Select(ReadOnlySpan [| 0..8 |]))) |> ignore
    Assert.ThrowsAny<ArgumentException>(fun () -> LatentPairs(12, 10).Add(a, b)) |> ignore

/// A parent on tokens 0 to 39 whose values two children share, 20 tokens each; another latent of each dictionary elsewhere; one that fires too rarely.
let private family =
    let parents = codesOf [ for t in 0..99 -> if t < 40 then [ 0, 1f + float32 (t % 5) ] elif t < 60 then [ 1, 1f ] else (if t > 97 then [ 2, 1f ] else []) ]
    let children = codesOf [ for t in 0..99 -> if t < 20 then [ 1, 1f + float32 (t % 5) ] elif t < 40 then [ 3, 1f + float32 (t % 5) ] elif t > 97 then [ 2, 1f ] elif t >= 60 then [ 0, 1f ] else [] ]
    parents, children

[<Fact>]
let ``a latent that splits in two has two children, and what fires too rarely is left out and counted`` () =
    let parents, children = family
    let sums = FeatureSplittingSums(3, 5, 7)
    sums.Add(parents, children, [| for t in 0..99 -> t % 7 |], null)
    let found = sums.Result(struct ("small", "large"), 4, string, 1UL)
    Assert.Equal<(int * int) list>([ 0, 1; 0, 3 ], [ for edge in found.Nearest -> edge.Parent, edge.Child ])
    Assert.Equal(2, found.Edges)
    for edge in found.Nearest do
        assertClose 1e-6 "cosine" 1.0 edge.Cosine
        Assert.Equal(20L, edge.Together)
    Assert.Equal(UnitCensus(3, 0, 1, 2), found.Parents)
    Assert.Equal(UnitCensus(5, 1, 1, 3), found.Children)
    assertClose 1e-12 "several" 0.5 found.ChildrenOfParents.Several.Mean
    assertClose 1e-12 "none" 0.5 found.ChildrenOfParents.None.Mean
    assertClose 1e-12 "nearest" 0.5 found.NearestChildren.Several.Mean
    assertClose 1e-12 "mean" 1.0 found.ChildrenOfParents.Mean.Mean
    assertClose 1e-12 "one parent" (2.0 / 3.0) found.ParentsOfChildren.One.Mean
    Assert.Equal(2, found.ParentLabels.Count)
    Assert.Equal(0.4, found.ParentLabels[0].Density)

[<Fact>]
let ``of a child's edges the nearest is that with the largest cosine`` () =
    let edges = [ SplitEdge(0, 1, 0.5, 9L); SplitEdge(2, 1, 0.8, 9L); SplitEdge(1, 3, 0.6, 9L); SplitEdge(2, 3, 0.6, 9L) ]
    Assert.Equal<(int * int) list>([ 1, 3; 2, 1 ], [ for edge in FeatureSplits.Nearest edges -> edge.Parent, edge.Child ])

[<Fact>]
let ``a label's tokens have the largest shares of the latent's activation`` () =
    let labels = LatentLabels(1, 4)
    labels.Add(codesOf [ [ 0, 1f ]; [ 0, 5f ]; [ 0, 2f ]; [] ], [| 3; 1; 3; 2 |], null)
    let label = (labels.Of([| 0 |], string))[0]
    Assert.Equal<(string * float) list>([ "1", 0.625; "3", 0.375 ], [ for t in label.Tokens -> t.Token, t.Share ])
    Assert.Null label.Concept

/// What a model with some codes, neurons and next tokens is compared by.
let private model (codes: SparseRows) (neurons: Matrix) next = ModelRows(codes, neurons, next)

let private gaussian purpose rows columns =
    let matrix = Matrix(rows, columns)
    (random purpose).FillGaussian(matrix.AsSpan(), 1f)
    matrix

let private universality (weightsA: Matrix) (weightsB: Matrix) (a: ModelRows) (b: ModelRows) =
    let neuronWeights purpose = gaussian purpose a.Neurons.Columns weightsA.Columns
    let sums = UniversalitySums(ComparedModel("first", weightsA, neuronWeights "neurons of the first"), ComparedModel("second", weightsB, neuronWeights "neurons of the second"))
    let part start count (rows: ModelRows) = ModelRows(rows.Codes.Select(ReadOnlySpan [| start .. start + count - 1 |]), rows.Neurons.RowWindow(start, count), rows.Next[start .. start + count - 1])
    sums.Add(part 0 250 a, part 0 250 b)
    sums.Add(part 250 150 a, part 250 150 b)
    sums.Result(8, 1UL)

let private rowsCount, latentCount, vocabulary = 400, 10, 6

let private drawnModel purpose =
    let next = [| let r = random "next" in for _ in 1..rowsCount -> r.NextInt32 vocabulary |]
    model (drawnCodes (random purpose) (1, latentCount, 2) rowsCount false) (gaussian (purpose + " neurons") rowsCount 5) next

[<Fact>]
let ``a model compared with itself has correlations of 1, and each unit itself as its match`` () =
    let own, weights = drawnModel "own", gaussian "weights" latentCount vocabulary
    let found = universality weights weights own own
    for pair in found.Latents.Pairs do
        Assert.Equal(pair.Unit, pair.Match)
        assertClose 1e-6 "activation" 1.0 pair.Activation
        assertClose 1e-6 "attribution" 1.0 pair.Attribution
        assertClose 1e-6 "logit weights" 1.0 pair.LogitWeights
        Assert.False pair.IsOdd
    assertClose 1e-5 "neurons" 1.0 found.Neurons.Activation.Mean
    Assert.True(found.Latents.OtherTokens.Mean < 0.5)

[<Fact>]
let ``latents in another order with the opposite weights are found, and are odd pairs`` () =
    let own, weights = drawnModel "own", gaussian "weights" latentCount vocabulary
    let shuffled = own.Codes.Select(ReadOnlySpan [| 0 .. rowsCount - 1 |])
    for entry in 0 .. shuffled.EntryCount - 1 do
        shuffled.Indices[entry] <- latentCount - 1 - shuffled.Indices[entry]
    let opposite = Matrix(latentCount, vocabulary)
    for i in 0 .. latentCount - 1 do
        for t in 0 .. vocabulary - 1 do
            opposite[latentCount - 1 - i, t] <- -weights[i, t]
    let found = universality weights opposite own (model shuffled own.Neurons own.Next)
    for pair in found.Latents.Pairs do
        Assert.Equal(latentCount - 1 - pair.Unit, pair.Match)
        assertClose 1e-6 "activation" 1.0 pair.Activation
        assertClose 1e-6 "logit weights" -1.0 pair.LogitWeights
        Assert.True pair.IsOdd

[<Fact>]
let ``best matches, attributions and logit weights of two models are those of the definition`` () =
    let a, b = drawnModel "a", drawnModel "b"
    let weightsA, weightsB = gaussian "weights of a" latentCount vocabulary, gaussian "weights of b" latentCount vocabulary
    let found = universality weightsA weightsB a b
    let x, y = dense latentCount a.Codes, dense latentCount b.Codes
    let attribution (values: float[]) (weights: Matrix) unit = values |> Array.mapi (fun t value -> value * float weights[unit, a.Next[t]])
    for pair in found.Latents.Pairs do
        let own = column pair.Unit x
        let correlations = [ for j in 0 .. latentCount - 1 -> pearson own (column j y) ]
        assertClose 1e-5 "best" (List.max correlations) pair.Activation
        assertClose 1e-5 "its own" correlations[pair.Match] pair.Activation
        assertClose 1e-5 "attribution" (pearson (attribution own weightsA pair.Unit) (attribution (column pair.Match y) weightsB pair.Match)) pair.Attribution
        let weights (m: Matrix) unit = m.Row(unit).ToArray() |> Array.map float
        assertClose 1e-5 "logit weights" (pearson (weights weightsA pair.Unit) (weights weightsB pair.Match)) pair.LogitWeights
    Assert.Equal(int64 rowsCount, found.Tokens)
    Assert.Equal(latentCount, found.Latents.Activation.N)
    let neurons = found.LatentsToNeurons.Pairs[0]
    let columns (m: Matrix) j = [| for t in 0 .. rowsCount - 1 -> float m[t, j] |]
    assertClose 1e-4 "to neurons" (List.max [ for j in 0..4 -> pearson (column neurons.Unit x) (columns b.Neurons j) ]) neurons.Activation

[<Fact>]
let ``models that read other tokens are refused`` () =
    let own, weights = drawnModel "own", gaussian "weights" latentCount vocabulary
    let other = model own.Codes own.Neurons (Array.map (fun id -> (id + 1) % vocabulary) own.Next)
    Assert.Contains("same tokenizer", Assert.ThrowsAny<ArgumentException>(fun () -> universality weights weights own other |> ignore).Message)
