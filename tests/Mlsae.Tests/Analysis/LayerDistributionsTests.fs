module Mlsae.Tests.Analysis.LayerDistributionsTests

open System
open System.IO
open Xunit
open Mlsae.Analysis
open Mlsae.Numerics
open Mlsae.Tests.Assertions

let private ofTotals (totals: float[]) =
    LatentLayers.Of(0, ReadOnlySpan(totals |> Array.map (fun t -> if t > 0.0 then 1L else 0L)), ReadOnlySpan totals)

/// One row of the published per-latent tables: totals by layer, then count, mean, layer_mean, layer_var, layer_std and, where known, the entropy in nats.
let published: obj[] seq =
    let row name totals counts values : obj[] = [| name; totals; counts; values |]
    seq {
        row "mlsae-gpt2-x64-k32, latent 0"
            [| 43.9368896484375; 0; 10.705545425415039; 9.940314292907715; 3.8751206398010254; 10.334912300109863
               17.148820877075195; 4.018655776977539; 6.604527950286865; 19.447593688964844; 37.76559829711914; 0 |]
            [| 40L; 0; 9; 8; 3; 8; 12; 3; 4; 12; 27; 0 |]
            [| 126.0; 163.777985; 1.299825; 5.220183; 15.743475; 3.967805; 2.012331 |]
        row "sae-pythia-160m x64 layer 5, latent 1"
            [| 100559.609375; 77435.7734375; 79418.6015625; 52309.82421875; 43013.01171875; 27417.353515625
               8552.03515625; 1228.16259765625; 2800.804931640625; 3527.72607421875; 1912.4759521484375; 57.87431716918945 |]
            [| 25214L; 21557; 23115; 16391; 16034; 15127; 5321; 786; 1637; 1957; 914; 19 |]
            [| 128072.0; 398233.1875; 3.109448; 2.099694; 3.804667; 1.950556; 1.882700 |]
    }

[<Theory; MemberData(nameof published)>]
let ``published rows with counts are reproduced to 1e-4`` (name: string) (totals: float[]) (counts: int64[]) (expected: float[]) =
    let latent = LatentLayers.Of(0, ReadOnlySpan counts, ReadOnlySpan totals)
    let actual =
        [| float latent.Count; latent.Total; latent.Mean; latent.LayerMean; latent.LayerVariance; latent.LayerStd; latent.Entropy |]
    Array.iteri2 (fun i e a -> assertClose (1e-4 * abs e) $"{name}, number {i}" e a) expected actual

/// Rows of which only totals are known: layer_mean, layer_var (in 64 bits), layer_std, entropy (NaN where unknown).
let totalsOnly: obj[] seq =
    let row name (totals: float[]) (values: float[]) : obj[] = [| name; totals; values |]
    seq {
        row "sae-pythia-160m x64 layer 5, latent 0"
            [| 0; 0; 1.8110846281051636; 0; 2.6083741188049316; 5.761851787567139; 1.6106898784637451; 0; 0; 0; 13.239334106445312; 0 |]
            [| 7.387637; 8.341678; 2.888196; 1.277189 |]
        row "mlsae-Llama-3.2-3B x64, latent 0, in 64 bits"
            [| 138.72337341308594; 2.81618332862854; 0; 6.367250442504883; 26.58542251586914; 10.119088172912598; 21.75084686279297
               22.356414794921875; 53.964595794677734; 74.86347198486328; 79.76376342773438; 30.590011596679688; 0; 8.625489234924316
               77.5123519897461; 107.9420394897461; 647.8390502929688; 8019.35888671875; 32168.998046875; 48336.80859375
               58533.24609375; 50304.40625; 35333.3046875; 25371.46484375; 17459.697265625; 11686.8076171875; 8903.9169921875; 8248.7294921875 |]
            [| 20.947017; 5.922304; 2.433578; nan |]
        row "sae-160m layer 8, latent 48900"
            [| 5166.82421875; 3531.138671875; 12770.0390625; 6284.51513671875; 22150.841796875; 31921.806640625
               25332.505859375; 17648.93359375; 28399.361328125; 21328.517578125; 19718.26953125; 262.8704833984375 |]
            [| 6.12239; 6.673212; 2.583256; 2.250317 |]
        row "sae-160m layer 7, latent 0"
            [| 117117.5234375; 75332.53125; 64525.3828125; 77900.2578125; 44319.953125; 19410.033203125
               14357.5810546875; 15983.8359375; 7724.14501953125; 8378.7841796875; 45364.25; 5214.97900390625 |]
            [| 3.144802; 10.023193; 3.165943; nan |]
    }

[<Theory; MemberData(nameof totalsOnly)>]
let ``published rows of totals are reproduced to one in a million`` (name: string) (totals: float[]) (expected: float[]) =
    let latent = ofTotals totals
    let actual = [| latent.LayerMean; latent.LayerVariance; latent.LayerStd; latent.Entropy |]
    for i in 0..3 do
        if not (Double.IsNaN expected[i]) then
            assertClose (1e-6 * expected[i]) $"{name}, number {i}" expected[i] actual[i]

[<Fact>]
let ``a latent whose totals are all zero is dead, with NaN for moments`` () =
    let latent = ofTotals (Array.zeroCreate 12)
    Assert.True latent.IsDead
    Assert.Equal(0, latent.ActiveLayers)
    for moment in [ latent.LayerMean; latent.LayerVariance; latent.LayerStd; latent.Entropy ] do
        Assert.True(Double.IsNaN moment)

[<Theory; InlineData(6, 2.9166666666666667); InlineData(12, 11.916666666666667); InlineData(16, 21.25); InlineData(24, 47.916666666666667)>]
let ``a latent equally strong at L layers has variance (L² − 1)/12 and entropy ln L`` (layers: int) (variance: float) =
    let latent = ofTotals (Array.create layers 7.0)
    assertClose 1e-12 "variance" variance latent.LayerVariance
    assertClose 1e-12 "entropy" (log (float layers)) latent.Entropy
    assertClose 1e-12 "mean" (float (layers - 1) / 2.0) latent.LayerMean

[<Fact>]
let ``half at layer 0 and half at layer 1 has variance a quarter`` () =
    assertClose 1e-15 "variance" 0.25 (ofTotals [| 1.0; 1.0 |]).LayerVariance

/// Two layers, three latents, two entries a row; token 0 has latent 0 at both layers, token 1 latents at one layer each.
let private codes =
    let rows = SparseRows(4, 2)
    [| 0; 1; 0; 2; 1; 2; 0; 1 |].CopyTo(rows.Indices, 0)
    [| 3f; 1f; 2f; 5e-4f; 4f; -1f; 6f; 0f |].CopyTo(rows.Values, 0)
    rows

[<Fact>]
let ``counts and totals take only values above the threshold`` () =
    let distributions = LayerDistributions(2, 3)
    distributions.Add codes
    Assert.Equal<int64[]>([| 1L; 2; 0; 2; 0; 0 |], distributions.Counts)
    Assert.Equal<float[]>([| 3.0; 5; 0; 8; 0; 0 |], distributions.Totals)
    Assert.Equal(2L, distributions.Tokens)
    Assert.Equal<float[]>([| 0.0; 3; 1 |], distributions.PairsByLayers.Total())

[<Fact>]
let ``the published threshold counts every value that TopK kept`` () =
    let distributions = LayerDistributions(2, 3, LayerDistributions.PublishedThreshold)
    distributions.Add codes
    Assert.Equal<int64[]>([| 1L; 2; 1; 2; 1; 1 |], distributions.Counts)
    Assert.Equal(8L, Array.sum distributions.Counts)
    Assert.Equal(-1.0, distributions.Totals[2])

[<Fact>]
let ``statistics leave dead latents out and count them`` () =
    let distributions = LayerDistributions(2, 3)
    distributions.Add codes
    let statistics = LayerStatistics.Of distributions
    Assert.Equal(1, statistics.DeadLatents)
    Assert.Equal(2, statistics.LayerMean.N)
    assertClose 1e-12 "layer mean" ((8.0 / 11.0 + 0.0) / 2.0) statistics.LayerMean.Mean
    assertClose 1e-12 "share" 0.5 statistics.ShareAtSeveralLayers.Mean
    assertClose 1e-12 "share of pairs" 0.25 statistics.SharePairsAtSeveralLayers.Mean
    Assert.Equal<int[]>([| 1; 1; 1 |], statistics.LatentsByActiveLayers)
    let std = sqrt (24.0) / 11.0
    assertClose 1e-12 "published mean" (std / 2.0) statistics.PublishedLayerStd.Mean
    assertClose 1e-12 "published sem divides by all latents" (std / 2.0 / sqrt 3.0) statistics.PublishedLayerStd.Sem
    Assert.True(statistics.LayerStd.Low.Value <= statistics.LayerStd.Mean && statistics.LayerStd.Mean <= statistics.LayerStd.High.Value)

[<Fact>]
let ``batches add up: the split of the tokens does not matter`` () =
    let random = Philox(1UL, "test")
    let batch tokens =
        let rows = SparseRows(tokens * 3, 4)
        for row in 0 .. rows.Rows - 1 do
            let latents = Array.init 10 id
            random.Shuffle(Span latents)
            for i in 0..3 do
                rows.RowIndices(row)[i] <- latents[i]
                rows.RowValues(row)[i] <- float32 (random.NextGaussian())
        rows
    let first, second = batch 5, batch 2
    let both = SparseRows(21, 4)
    Array.append first.Indices second.Indices |> fun all -> all.CopyTo(both.Indices, 0)
    Array.append first.Values second.Values |> fun all -> all.CopyTo(both.Values, 0)
    let split, whole = LayerDistributions(3, 10), LayerDistributions(3, 10)
    split.Add first
    split.Add second
    whole.Add both
    Assert.Equal<int64[]>(whole.Counts, split.Counts)
    Assert.Equal<float[]>(whole.Totals, split.Totals)
    Assert.Equal<float[]>(whole.PairsByLayers.Total(), split.PairsByLayers.Total())
    // A pair active at m layers holds m of the counts.
    Assert.Equal(float (Array.sum whole.Counts), whole.PairsByLayers.Total() |> Array.mapi (fun m pairs -> float m * pairs) |> Array.sum)
    for latent in whole.Latents() |> Array.filter (fun latent -> not latent.IsDead) do
        assertClose 1e-12 "shares" 1.0 (Array.sum (whole.Probabilities latent.Latent))
        Assert.InRange(latent.LayerMean, 0.0, 2.0)
        Assert.InRange(latent.LayerVariance, 0.0, 1.0)
        Assert.InRange(latent.Entropy, 0.0, log 3.0 + 1e-12)

[<Fact>]
let ``codes that do not fit are refused`` () =
    let distributions = LayerDistributions(3, 10)
    Assert.Throws<ArgumentException>(fun () -> distributions.Add(SparseRows(4, 1))) |> ignore
    let outside = SparseRows(3, 1)
    outside.Indices[0] <- 10
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> distributions.Add outside) |> ignore
    let undefined = SparseRows(3, 1)
    undefined.Values[0] <- nanf
    Assert.Throws<ArgumentException>(fun () -> distributions.Add undefined) |> ignore

[<Fact>]
let ``distributions are read back as they were written`` () =
    use folder = new TemporaryFolder()
    for threshold in [ 1e-3f; LayerDistributions.PublishedThreshold ] do
        let written = LayerDistributions(2, 3, threshold)
        written.Add codes
        LayerDistributionsFile.Write(folder.File "layers.safetensors", written)
        let read = LayerDistributionsFile.Read(folder.File "layers.safetensors")
        Assert.Equal<int64[]>(written.Counts, read.Counts)
        Assert.Equal<float[]>(written.Totals, read.Totals)
        Assert.Equal<float[]>(written.PairsByLayers.Total(), read.PairsByLayers.Total())
        Assert.Equal(written.Tokens, read.Tokens)
        Assert.Equal(threshold, read.Threshold)

[<Fact>]
let ``a file without distributions is refused by name`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "other.safetensors"
    Mlsae.Storage.SafetensorsFile.Write(path, [ Mlsae.Storage.Tensor.Of("counts", ReadOnlySpan [| 1L |], 1L) ])
    let problem = Assert.Throws<InvalidDataException>(fun () -> LayerDistributionsFile.Read path |> ignore)
    Assert.Contains(path, problem.Message)

/// Three layers; latents with their mean layer at 2, 0 and 1, and a dead one.
let private four =
    let distributions = LayerDistributions(3, 4)
    let rows = SparseRows(3, 2)
    [| 1; 2; 2; 3; 0; 2 |].CopyTo(rows.Indices, 0)
    [| 5f; 1f; 2f; 0f; 3f; 1f |].CopyTo(rows.Values, 0)
    distributions.Add rows
    distributions

[<Fact>]
let ``the heat map's columns are live latents, the deepest first`` () =
    let map = LayerHeatMap.Of four
    Assert.Equal<int[]>([| 0; 2; 1 |], map.Latents)
    Assert.Equal(1, map.DeadLatents)
    Assert.Equal<float[]>([| 0.0; 0.25; 1.0 |], map.Shares[0])
    Assert.Equal<float[]>([| 0.0; 0.5; 0.0 |], map.Shares[1])
    Assert.Equal<float[]>([| 1.0; 0.25; 0.0 |], map.Shares[2])

[<Fact>]
let ``latents that share a column of the heat map are averaged, and each column sums to 1`` () =
    let map = LayerHeatMap.Of(four, 2)
    Assert.Equal<int list>([ 0; 1; 3 ], [ for column in 0..2 -> map.FirstOf column ])
    Assert.Equal<float[]>([| 0.0; 0.625 |], map.Shares[0])
    for column in 0..1 do
        assertClose 1e-12 "column" 1.0 (map.Shares |> Array.sumBy (fun row -> row[column]))
