module Mlsae.Tests.Analysis.LatentStatisticsTests

open System
open System.IO
open Xunit
open Mlsae
open Mlsae.Analysis
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private gaussian (index: int) rows columns =
    let matrix = Matrix(rows, columns)
    Philox(31UL, "latent directions", uint64 index).FillGaussian(matrix.AsSpan(), 1f)
    matrix

[<Fact>]
let ``A direction of its own has capacity 1, two that are the same half of it, and all together at most the dimensions`` () =
    assertAllClose 1e-6 "own" [| 1f; 1f |] (Capacity.Of(Matrix(2, 2, [| 3f; 0f; 0f; 0.5f |])) |> Array.map float32)
    Assert.Equal<float[]>([| 0.5; 0.5 |], Capacity.Of(Matrix(2, 2, [| 1f; 0f; 1f; 0f |])))
    let directions = gaussian 0 90 8
    let capacities = Capacity.Of directions
    Assert.InRange(Array.sum capacities, 1.0, 8.0 + 1e-4)
    let dot i j = Array.fold2 (fun sum x y -> sum + float x * float y) 0.0 (directions.Row(i).ToArray()) (directions.Row(j).ToArray())
    for i in 0..89 do
        assertClose 1e-5 "definition" (dot i i ** 2.0 / Seq.sumBy (fun j -> dot i j ** 2.0) [ 0..89 ]) capacities[i]
    Assert.True(Double.IsNaN((Capacity.Of(Matrix(1, 2)))[0]))

[<Fact>]
let ``A basis vector is one neuron, a uniform one all of them, whatever the signs and the length`` () =
    let neurons = NeuronsPerFeature.Of(Matrix(3, 4, [| 0f; -2f; 0f; 0f; 1f; 1f; -1f; 1f; 3f; 3f; 0f; 0f |]))
    Assert.Equal<float[]>([| 1.0; 4.0; 2.0 |], neurons)
    Assert.True(Double.IsNaN((NeuronsPerFeature.Of(Matrix(1, 2)))[0]))

/// Sums of latents, given the value of each latent at each token.
let private sumsOf (values: float32 list list) =
    let sums = LatentSums(struct (0, values.Head.Length))
    for row in values do
        let stored = row |> List.indexed |> List.filter (fun (_, value) -> value <> 0f)
        sums.BeginToken()
        sums.Add(ReadOnlySpan [| for latent, _ in stored -> latent |], ReadOnlySpan [| for _, value in stored -> value |])
    sums

[<Fact>]
let ``Moments of (0, 0, 0, 2) are those worked by hand`` () =
    let moments = LatentMoments.Of(sumsOf [ [ 0f ]; [ 0f ]; [ 0f ]; [ 2f ] ], 0)
    assertClose 1e-12 "mean" 0.5 moments.Mean
    assertClose 1e-12 "variance" 0.75 moments.Variance
    assertClose 1e-6 "skew" 3.079201 moments.Skew
    assertClose 1e-6 "kurtosis" 7.111111 moments.Kurtosis

[<Fact>]
let ``Moments over all layers count the vectors of all layers`` () =
    let sums = LatentSums(struct (0, 1), 2)
    for value in [ 0f; 2f ] do
        sums.BeginToken()
        for part in [ 0f; value ] do
            sums.Add(ReadOnlySpan [| 0 |], ReadOnlySpan [| part |])
    Assert.Equal(LatentMoments.Of(sumsOf [ [ 0f ]; [ 0f ]; [ 0f ]; [ 2f ] ], 0), LatentMoments.Of(sums, 0))

/// Sums in which latent i fired on so many of the tokens.
let private firing tokens (counts: int list) =
    sumsOf [ for token in 0 .. tokens - 1 -> [ for count in counts -> if token < count then 1f else 0f ] ]

let private tableOf (sums: LatentSums) = LatentTable(sums, DirectionGeometry.Of(gaussian 1 sums.Count 4))

let private mean name (table: LatentTable) =
    let metric = LatentMetrics.All |> Seq.find (fun metric -> metric.Name = name)
    let latents = [ for latent in 0 .. table.Sums.Count - 1 do if not metric.FiredOnly || table.Sums.Fired[latent] > 0L then latent ]
    let weight latent = if isNull metric.Weight then 1.0 else metric.Weight.Invoke(table, latent)
    (latents |> List.sumBy (fun latent -> weight latent * metric.Of.Invoke(table, latent))) / List.sumBy weight latents

[<Fact>]
let ``Densities of 0, 0.5 %, 2 % and 20 % give SAEBench's frequencies`` () =
    let table = tableOf (firing 1000 [ 0; 5; 20; 200 ])
    for name, expected in
        [ "freq_over_1_percent", 0.5; "freq_over_10_percent", 0.25; "normalized_freq_over_1_percent", 0.22 / 0.225; "normalized_freq_over_10_percent", 0.2 / 0.225
          "dead_fraction_bricken", 0.25; "alive_fraction", 0.5; "density", 0.075 ] do
        assertClose 1e-12 name expected (mean name table)

[<Fact>]
let ``The histogram has each latent once, in the bin of its density, and says what it can resolve`` () =
    let histogram = DensityHistogram.Of(firing 1000 [ 0; 1; 1; 100; 1000 ])
    Assert.Equal(1, histogram.NeverFired)
    Assert.Equal(4, Seq.sum histogram.Counts)
    Assert.Equal(2, histogram.Counts[0])
    Assert.Equal(1, Seq.last histogram.Counts)
    let bin = histogram.Counts |> Seq.findIndexBack (fun count -> count = 1) |> fun last -> Seq.findIndex ((=) 1) histogram.Counts, last
    Assert.Equal(-1.0, histogram.Log10Edges[fst bin])
    Assert.Equal(histogram.Counts.Count + 1, histogram.Log10Edges.Count)
    Assert.Equal(0.0, Seq.last histogram.Log10Edges)
    Assert.Equal(1e-3, histogram.SmallestDensity)
    Assert.False(histogram.Ultralow.HasValue, "1000 tokens cannot show a density below 1e-6")
    Assert.Equal(Nullable 2, (DensityHistogram.Of(firing 1000 [ 0; 1; 1; 100; 1000 ], 2e-3)).Ultralow)

let private dictionary index latents =
    let directions = gaussian index latents 8
    TopKDictionary(TopKConfig(ModelDim = 8, LatentCount = latents, K = 2), directions, directions, Array.zeroCreate 8)

let private hooks = [| HookPoint.ResidPost 0; HookPoint.ResidPost 1 |]

let private evaluated (dictionary: ILayeredDictionary) =
    let sums = DictionaryLatentSums dictionary
    let vectors = gaussian 9 400 8
    sums.Add(dictionary.Encode vectors)
    sums, LatentStatistics.Of(sums, dictionary, hooks, 1UL)

[<Fact>]
let ``Means over latents are plain means with intervals, dead latents left out and counted where they say nothing`` () =
    let sums, statistics = evaluated (SharedDictionary(dictionary 2 40, 2))
    let tables = Seq.append (Seq.map (fun (layer: LatentSums) -> LatentTable(layer, DirectionGeometry.Of(gaussian 2 40 8))) sums.Layers) []
    for layer, table in Seq.zip statistics.Layers tables do
        Assert.Equal(40, layer.Latents)
        for metric in LatentMetrics.All do
            let estimate = layer.Metrics[metric.Name]
            assertClose 1e-9 metric.Name (mean metric.Name table) estimate.Mean
            Assert.InRange(estimate.Mean, estimate.Low.Value, estimate.High.Value)
            Assert.Equal((if metric.FiredOnly then layer.Fired else 40), estimate.N)
    Assert.Equal(200L, statistics.Tokens)
    Assert.True(statistics.Overall.Metrics["capacity"].Mean * 40.0 <= 8.0 + 1e-4)
    assertClose 1e-12 "shared directions" statistics.Layers[0].Metrics["mmcs"].Mean statistics.Overall.Metrics["mmcs"].Mean

[<Fact>]
let ``Of one dictionary per layer each layer has its own latents, and overall are both`` () =
    let _, statistics = evaluated (PerLayerDictionaries [| dictionary 2 40; dictionary 3 24 |])
    Assert.Equal<int list>([ 40; 24; 64 ], [ for part in Seq.append statistics.Layers [ statistics.Overall ] -> part.Latents ])
    let mmcs (part: LatentEvaluation) = part.Metrics["mmcs"].Mean
    assertClose 1e-9 "mmcs" ((40.0 * mmcs statistics.Layers[0] + 24.0 * mmcs statistics.Layers[1]) / 64.0) (mmcs statistics.Overall)
    Assert.Equal(Seq.sumBy (fun (l: LatentEvaluation) -> l.Fired) statistics.Layers, statistics.Overall.Fired)

[<Fact>]
let ``What is written reads back, with the counts of every latent`` () =
    use folder = new TemporaryFolder()
    let sums, statistics = evaluated (SharedDictionary(dictionary 2 40, 2))
    LatentStatisticsFile.Write(folder.Path, statistics, sums)
    let stored = JsonFile.Read<LatentStatistics>(folder.File LatentStatisticsFile.FileName)
    Assert.Equal(statistics.Overall.Metrics["moment_skew"], stored.Overall.Metrics["moment_skew"])
    Assert.Equal<int>(statistics.Overall.Densities.Counts, stored.Overall.Densities.Counts)
    use file = SafetensorsFile.Open(folder.File LatentStatisticsFile.NumbersFileName)
    Assert.Equal<int64[]>(sums.Overall.Fired, file.ReadLongs("overall.fired", 40L))
    Assert.Equal<int64[]>(sums.Layers[1].Selected, file.ReadLongs("layer_1.selected", 40L))
    Assert.Equal<int64[]>([| 40L; 4L |], (let struct (_, shape) = file.Describe "layer_0.moments" in shape))

[<Fact>]
let ``A dictionary matches itself in another order, and hardly one of random directions`` () =
    let first = dictionary 4 30
    let reversed = Matrix(30, 8)
    for i in 0..29 do
        first.Decoder.Row(29 - i).CopyTo(reversed.Row i)
    let second = TopKDictionary(first.Config, reversed, reversed, Array.zeroCreate 8)
    let itself = DictionaryMatch.Of(SharedDictionary(first, 2), SharedDictionary(second, 2))
    Assert.Equal(2, itself.Layers.Count)
    for layer in itself.Layers do
        assertClose 1e-6 "mmcs" 1.0 layer.Mmcs.Mean
        Assert.Equal(1.0, layer.ShareMatched.Mean)
        Assert.Equal(30, layer.ShareMatched.N)
    let other = (DictionaryMatch.Of(SharedDictionary(first, 2), SharedDictionary(dictionary 5 50, 2))).Layers[0]
    Assert.Equal(30, other.ShareMatched.N)
    Assert.True(other.ShareMatched.Mean < 0.2 && other.Mmcs.Mean < 0.9)
    Assert.Throws<ArgumentException>(fun () -> DictionaryMatch.Of(SharedDictionary(first, 2), SharedDictionary(first, 3)) |> ignore) |> ignore
