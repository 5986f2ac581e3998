/// On which tokens units are active: histograms, detectors, directions of the basis, and the search by a prompt.
module Mlsae.Tests.Analysis.TokenHistogramTests

open System
open System.IO
open Xunit
open Mlsae.Analysis
open Mlsae.Analysis.Tokens
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

let private points all = [| for token, value in all -> TokenPoint(token, float32 value) |]

let private random purpose = Philox(5UL, purpose)

let private drawnPoints count = let r = random "points" in [| for _ in 1..count -> TokenPoint(r.NextInt32 12, r.NextSingle()) |]

[<Fact>]
let ``ten ranges of equal width hold every point once, by token`` () =
    let all = drawnPoints 800
    let found = TokenHistogram.Of(all, 3, string)
    Assert.Equal(800, found.Points)
    Assert.Equal(10, found.Ranges.Count)
    let low, high = (Seq.min [ for p in all -> float p.Value ]), (Seq.max [ for p in all -> float p.Value ])
    found.Ranges |> Seq.iteri (fun i range ->
        assertClose 1e-6 "low" (low + float i * (high - low) / 10.0) range.Low
        Assert.Equal(range.Points, Seq.sum range.Counts)
        let own = all |> Array.filter (fun p -> float p.Value >= range.Low && (float p.Value < range.High || i = 9))
        Assert.InRange(abs (own.Length - range.Points), 0, 1)
        for place, token in Seq.indexed found.Tokens do
            Assert.InRange(abs ((own |> Array.filter (fun p -> string p.Token = token)).Length - range.Counts[place]), 0, 1))
    Assert.Equal(800, found.Ranges |> Seq.sumBy _.Points)

[<Fact>]
let ``the five most frequent tokens are told apart, and the own token where it is rarer`` () =
    let all = points [ for token in 1..7 do for i in 1..token do token, 1.0 + float i ]
    Assert.Equal<int list>([ 7; 6; 5; 4; 3 ], List.ofArray (TokenHistogram.MostFrequent(all, 6)))
    Assert.Equal<int list>([ 7; 6; 5; 4; 3; 1 ], List.ofArray (TokenHistogram.MostFrequent(all, 1)))

[<Fact>]
let ``shares are of the own token, with Wilson's interval`` () =
    let found = TokenHistogram.Of(points [ 1, 1.0; 2, 1.0; 1, 10.0; 1, 10.0; 1, 9.5; 2, 9.9 ], 1, string)
    assertClose 1e-12 "overall" (4.0 / 6.0) found.Overall.Mean
    assertClose 1e-12 "upper half" 0.75 found.UpperHalf.Mean
    // Wilson's interval of 3 of 4.
    assertClose 1e-4 "low" 0.3006 found.UpperHalf.Low.Value
    assertClose 1e-4 "high" 0.9544 found.UpperHalf.High.Value
    Assert.True(Double.IsNaN found.Ranges[4].Share.Mean)

[<Fact>]
let ``points of one value are all in the last range, and no point is refused`` () =
    Assert.Equal(3, (TokenHistogram.Of(points [ 1, 2.0; 1, 2.0; 4, 2.0 ], 1, string)).Ranges[9].Points)
    Assert.Throws<ArgumentException>(fun () -> TokenHistogram.Of([||], 1, string) |> ignore) |> ignore

[<Fact>]
let ``of too many points some are drawn, each at most once`` () =
    let all = points [ for i in 0..99 -> i, float i ]
    let drawn = TokenHistogram.Drawn(all, random "draw", 30)
    Assert.Equal(30, (Seq.distinct drawn |> Seq.length))
    Assert.Equal<TokenPoint seq>(all, TokenHistogram.Drawn(all, random "draw", 100))

[<Fact>]
let ``precision is the share of a latent's activation on the token, recall the share of the token where it is active`` () =
    let r = random "codes"
    let codes = drawnCodes r (2, 9, 3) 60 false
    let ids = [| for _ in 1..60 -> r.NextInt32 4 |]
    let sums = TokenDetectorSums(2, 9, 2)
    sums.Add(codes, ids)
    for layer in 0..1 do
        for latent in 0..8 do
            let value token = let row = token * 2 + layer in Seq.sum (seq { for i in 0..2 do if codes.RowIndices(row)[i] = latent then float (codes.RowValues(row)[i]) })
            let on, all = [ 0..59 ] |> List.filter (fun t -> ids[t] = 2), [ 0..59 ]
            let found = sums.At(layer, latent)
            assertClose 1e-5 "precision" (List.sumBy value on / List.sumBy value all) found.Precision
            assertClose 1e-12 "recall" (float (on |> List.filter (fun t -> value t > 0.0) |> List.length) / float on.Length) found.Recall
    let best = sums.Best 9
    Assert.Equal<float list>([ for d in best -> d.F1 ] |> List.sortDescending, [ for d in best -> d.F1 ])
    Assert.True(best[0].F1 >= (sums.At(1, best[0].Latent)).F1)

/// Three dimensions over forty tokens: dimension 1 is largest on token 70, dimension 2 smallest there, dimension 0 says nothing.
let private basis () =
    let sample = BasisSample(3, 40, 40, random "basis")
    for i in 0..39 do
        let isToken = i % 10 = 0
        sample.Add((if isToken then 70 else i % 10), ReadOnlySpan [| float32 (i % 10); (if isToken then 9f else 0f); (if isToken then -9f else 1f) |])
    sample

[<Fact>]
let ``the comparable direction is the first that the latent reads with the token among its largest, on the side that it reads`` () =
    let struct (direction, rank, hasToken) = (basis ()).Comparable(ReadOnlySpan [| 0.9f; 0.1f; -0.5f |], 70)
    Assert.Equal(BasisDirection(2, true), direction)
    Assert.Equal(2, rank)
    Assert.True hasToken
    Assert.Equal(4, (basis ()).Points direction |> Seq.filter (fun p -> p.Token = 70 && p.Value = 9f) |> Seq.length)

[<Fact>]
let ``where no direction has the token among its largest, the one that correlates with it most is taken`` () =
    let sample = BasisSample(2, 100, 100, random "none")
    for i in 0..99 do
        // Token 7 once, at a middling value: a hundred others are larger in dimension 0, none is in dimension 1 but for ties.
        let isToken = i = 50
        sample.Add((if isToken then 7 else 1), ReadOnlySpan [| (if isToken then 0f else float32 (i + 1)); (if isToken then 0.5f else float32 (i % 2)) |])
    let struct (direction, _, hasToken) = sample.Comparable(ReadOnlySpan [| 1f; 1f |], 7)
    Assert.False hasToken
    Assert.Equal(BasisDirection(1, false), direction)

[<Fact>]
let ``a prompt's latents stand with the largest value of the text`` () =
    let maxima = LatentMaxima(2, 9)
    maxima.Add(together 2 2 (codesOf [ [ 7, 8f ]; [ 2, 1f ]; []; [ 5, 3f ] ]))
    let prompt = PromptLatents.Of("a b", [ "a"; "b" ], 2, codesOf [ [ 7, 4f ]; [ 2, 2f ]; [ 7, 2f; 3, 3f ]; [ 2, 6f; 5, 3f ] ])
    let found = PromptSearch.At(prompt, maxima, 1, 1)
    Assert.Equal<PromptHit list>([ PromptHit(0, 3, 3f, 3f); PromptHit(1, 2, 6f, 6f) ], List.ofArray found)
    let all = PromptSearch.At(prompt, maxima, 1, 5)
    Assert.Equal(0.25f, (all |> Array.find (fun hit -> hit.Latent = 7)).Relative)
    Assert.Contains("2", Assert.Throws<ArgumentException>(fun () -> PromptSearch.At(prompt, maxima, 2, 1) |> ignore).Message)

[<Fact>]
let ``maxima are gone on from, and damaged files of them are refused with their path`` () =
    let codes = drawnCodes (random "maxima") (2, 9, 3) 24 false
    assertResumes (fun () -> LatentMaxima(2, 9)) (bySequence 2 8 codes) (together 2 8 codes)
    assertRefusesState (LatentMaxima(2, 9)) (LatentMaxima(2, 8))
    use folder = new TemporaryFolder()
    let path = folder.File "maxima.safetensors"
    let maxima = LatentMaxima(2, 9)
    maxima.Add(together 2 8 codes)
    LatentMaxima.Write(path, maxima)
    Assert.Equal<float32[]>(maxima.Values, (LatentMaxima.Read(path, 2, 9)).Values)
    let whole = File.ReadAllBytes path
    for length in [ 0; 7; 40; whole.Length - 1 ] do
        File.WriteAllBytes(path, whole[.. length - 1])
        Assert.Contains(path, Assert.Throws<InvalidDataException>(fun () -> LatentMaxima.Read(path, 2, 9) |> ignore).Message)
