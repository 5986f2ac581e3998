module Mlsae.Tests.Analysis.ConceptScoresTests

open System
open System.Text.Json
open Xunit
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Text.Microworlds
open Mlsae.Tests.Assertions

let private contextLength = 100
let private contextCount = 40
let private tokenCount = contextLength * contextCount
let private greek = Concepts.Find "script.greek"
let private dna = Concepts.Find "dna"
let private citation = Concepts.Find "citation"

let private empty = ConceptSet()

/// Contexts whose first token is special, of which a concept is true at the other tokens where `truth` says so.
let private contexts (truth: int -> Concept list) =
    Array.init contextCount (fun context ->
        let concepts = Array.init contextLength (fun i -> truth (context * contextLength + i) |> List.fold (fun (set: ConceptSet) c -> set.With c) empty)
        AnnotatedTokens(Array.init contextLength (fun i -> if i = 0 then 0 else 5), concepts))

let private tokens truth = ConceptTokens(contexts truth, [| 0 |])

/// A random tenth of all tokens.
let private tenth =
    let random = Philox(1UL, "truth")
    Array.init tokenCount (fun _ -> random.NextInt32 10 = 0)

let private greekTenth = tokens (fun token -> if tenth[token] then [ greek ] else [])

/// One layer of dense activations: unit × token → value.
let private dense (units: (int -> float32) list) =
    let activations = NeuronActivations(1, units.Length, tokenCount)
    let matrix = Matrix(tokenCount, units.Length)
    units |> List.iteri (fun unit value -> for token in 0 .. tokenCount - 1 do matrix[token, unit] <- value token)
    activations.Append(0, matrix)
    activations

let private scoreOf (concept: Concept) (scores: ConceptScores) = scores.Scores |> Seq.find (fun s -> s.Concept = concept.Name)

[<Fact>]
let ``A unit that is active exactly where the concept is true gets 1, and its threshold parts true from false`` () =
    let perfect token = if tenth[token] then 2.0f else 0.5f
    let noise = Philox(2UL, "noise")
    let scores = ConceptScores.Measure(dense [ (fun _ -> noise.NextSingle()); perfect ], greekTenth)
    let score = scoreOf greek scores
    Assert.Equal(1, score.Unit)
    Assert.Equal(Nullable 0, score.Layer)
    Assert.InRange(score.Threshold, 0.51f, 2.0f)
    Assert.Equal(1.0, score.F1)
    Assert.Equal(1.0, score.F1Selection)
    Assert.Equal(1.0, score.Precision)
    Assert.Equal(1.0, score.Recall)
    Assert.Equal(1.0, scores.Overall.ShareAbove90.Mean)
    Assert.Equal(1, scores.Overall.ShareAbove90.N)

[<Fact>]
let ``Units without relation to the concept do no better than saying 'true' everywhere`` () =
    let unit index : int -> float32 =
        let random = Philox(3UL, "noise", uint64 index)
        let values = Array.init tokenCount (fun _ -> random.NextSingle())
        fun token -> values[token]
    let scores = ConceptScores.Measure(dense (List.init 20 unit), greekTenth)
    let score = scoreOf greek scores
    let share = float score.Positives / float scores.TestTokens
    let always = 2.0 * share / (1.0 + share)
    assertClose 0.05 "F1 of noise" always score.F1
    Assert.Equal(0.0, scores.Overall.ShareAbove90.Mean)

[<Fact>]
let ``The threshold is the best of all thresholds, found by trying each`` () =
    let random = Philox(4UL, "graded")
    let values = Array.init tokenCount (fun token -> float32 (random.NextInt32 50) / 10.0f + (if tenth[token] then 2.0f else 0.0f))
    let score = scoreOf greek (ConceptScores.Measure(dense [ fun token -> values[token] ], greekTenth))
    let isHalf parity token = (token / contextLength) % 2 = parity && token % contextLength <> 0
    let f1 parity threshold =
        let said = [| for t in 0 .. tokenCount - 1 do if isHalf parity t && values[t] >= threshold then t |]
        let right = said |> Array.filter (fun t -> tenth[t]) |> Array.length
        let positives = Seq.init tokenCount id |> Seq.filter (fun t -> isHalf parity t && tenth[t]) |> Seq.length
        2.0 * float right / float (said.Length + positives)
    let best = values |> Array.distinct |> Array.filter (fun v -> v > 0.0f) |> Array.map (f1 0) |> Array.max
    assertClose 1e-12 "F1 on the half for selection" best score.F1Selection
    // Activations are kept in 16 bits, so the threshold may be off by a part in 2048.
    assertClose 1e-12 "F1 on the other half" (f1 1 (score.Threshold - 0.01f)) score.F1
    let precision, recall = score.Precision, score.Recall
    assertClose 1e-12 "F1 from precision and recall" (2.0 * precision * recall / (precision + recall)) score.F1

[<Fact>]
let ``A unit that is right on the half for selection alone shows it on the other`` () =
    let lucky token = if (token / contextLength) % 2 = 0 && tenth[token] then 1.0f else 0.0f
    let score = scoreOf greek (ConceptScores.Measure(dense [ lucky ], greekTenth))
    Assert.Equal(1.0, score.F1Selection)
    Assert.Equal(0.0, score.F1)
    Assert.Equal(0.0, score.Precision)

[<Fact>]
let ``Concepts with fewer than 30 positive tokens in either half are excluded and counted`` () =
    // Of dna the first 29 tokens of the half for selection and many of the other; of citation 30 of each.
    let truth token =
        let context, place = token / contextLength, token % contextLength
        [ if place > 0 && ((context = 0 && place <= 29) || context = 1) then dna
          if place > 0 && place <= 30 && context <= 1 then citation ]
    let scores = ConceptScores.Measure(dense [ fun _ -> 1.0f ], tokens truth)
    Assert.Equal<string>([ citation.Name ], scores.Scores |> Seq.map (fun s -> s.Concept))
    Assert.Equal(Concepts.All.Count - 1, scores.Excluded.Count)
    let excluded = scores.Excluded |> Seq.find (fun e -> e.Concept = dna.Name)
    Assert.Equal(29, excluded.PositivesInSelection)
    Assert.Equal(99, excluded.PositivesInTest)

[<Fact>]
let ``Special tokens count nowhere`` () =
    let everywhere = tokens (fun _ -> [ greek ])
    Assert.Equal(tokenCount, everywhere.TokenCount)
    Assert.Equal(tokenCount / 2 - contextCount / 2, everywhere.SelectionCount)
    Assert.Equal(everywhere.SelectionCount, everywhere.PositivesInSelection[greek.Id])
    Assert.Equal(everywhere.TestCount, everywhere.PositivesInTest[greek.Id])

/// Codes of two layers, k = 2, in which latent 3 fires on a concept's even tokens at layer 0 and on its odd ones at layer 1.
let private splitOverLayers () =
    let latents = LatentActivations(2, 8)
    for layer in 0..1 do
        for start in [ 0; tokenCount / 4 ] do
            let count = if start = 0 then tokenCount / 4 else tokenCount - tokenCount / 4
            let codes = SparseRows(count, 2)
            for row in 0 .. count - 1 do
                let token = start + row
                codes.RowIndices(row)[0] <- (if tenth[token] && token % 2 = layer then 3 else 5)
                codes.RowValues(row)[0] <- 1.0f
                codes.RowIndices(row)[1] <- 6
                codes.RowValues(row)[1] <- -1.0f
            latents.Append(layer, codes)
    latents

[<Fact>]
let ``A latent that tells a concept only over all layers together is found as such`` () =
    let latents = splitOverLayers ()
    Assert.Equal(3 * 8, latents.UnitCount)
    let score = scoreOf greek (ConceptScores.Measure(latents, greekTenth))
    Assert.Equal(Nullable(), score.Layer)
    Assert.Equal(3, score.Unit)
    Assert.Equal(1.0, score.F1)

[<Fact>]
let ``Each layer is scored by its own units alone`` () =
    // Layer 0 tells half of the concept's tokens, layer 1 the other half; only a latent over both tells all.
    let scores = ConceptScores.Measure(splitOverLayers (), greekTenth)
    Assert.Equal(2, scores.Layers.Count)
    Assert.Equal(1.0, scores.Overall.MeanF1.Mean)
    for layer in scores.Layers do
        assertClose 0.05 "F1 of half the tokens" (2.0 / 3.0) layer.MeanF1.Mean
        Assert.Equal<float list>([ 0.0; 0.0; 1.0 ], [ layer.ShareAbove90.Mean; layer.ShareAbove70.Mean; layer.ShareAbove50.Mean ])

[<Fact>]
let ``Shares count concepts at and above their bound`` () =
    let coverage = ConceptCoverage.Of([| 0.9; 0.89; 0.7; 0.5; 0.0 |], Estimate.Exact(0.0, 0), 0UL)
    Assert.Equal<float list>([ 0.2; 0.6; 0.8 ], [ coverage.ShareAbove90.Mean; coverage.ShareAbove70.Mean; coverage.ShareAbove50.Mean ])
    assertClose 1e-12 "mean" 0.598 coverage.MeanF1.Mean
    Assert.Equal(5, coverage.ShareAbove50.N)

[<Fact>]
let ``Monosemanticity is the share of a unit's activation where its best concept is true, of units active on both halves`` () =
    let units =
        [ (fun token -> if tenth[token] then 3.0f else 0.0f) // all of it in the concept
          (fun token -> if tenth[token] then 3.0f else 0.5f) // a part of it
          (fun _ -> 0.0f) // never active
          (fun token -> if (token / contextLength) % 2 = 0 then 1.0f else 0.0f) // on one half alone
          (fun token -> if tenth[token] then 0.0f else 1.0f) ] // where no concept is true
    let scores = ConceptScores.Measure(dense units, greekTenth)
    let isTest token = (token / contextLength) % 2 = 1 && token % contextLength <> 0
    let inside, outside = [| 0 .. tokenCount - 1 |] |> Array.filter isTest |> Array.partition (fun t -> tenth[t])
    let part = 3.0 * float inside.Length / (3.0 * float inside.Length + 0.5 * float outside.Length)
    assertClose 1e-9 "mean of 1, a part, and 0" ((1.0 + part + 0.0) / 3.0) scores.Overall.Monosemanticity.Mean
    Assert.Equal(3, scores.Overall.Monosemanticity.N)
    Assert.Equal(scores.Overall.Monosemanticity, scores.Layers[0].Monosemanticity)

[<Fact>]
let ``Latents over all layers are left out of monosemanticity`` () =
    // Latent 3 at two layers is all in the concept; latent 5 elsewhere, where no concept is true.
    let scores = ConceptScores.Measure(splitOverLayers (), greekTenth)
    Assert.Equal(4, scores.Overall.Monosemanticity.N)
    Assert.Equal(2, scores.Layers[1].Monosemanticity.N)

[<Fact>]
let ``Entries that are not positive do not make a latent active, and batches follow each other`` () =
    let latents = splitOverLayers ()
    let active, values = Array.zeroCreate<int> tokenCount, Array.zeroCreate<float32> tokenCount
    let read unit = latents.Read(unit, Span active, Span values)
    Assert.Equal(0, read 6)
    let count = read 3
    Assert.Equal<int[]>([| for t in 0 .. tokenCount - 1 do if tenth[t] && t % 2 = 0 then t |], active[.. count - 1])

[<Fact>]
let ``Codes of all layers in one are the codes of each`` () =
    let random = Philox(5UL, "codes")
    let interleaved = SparseRows(tokenCount * 2, 3)
    for i in 0 .. interleaved.Values.Length - 1 do
        interleaved.Indices[i] <- i % 3 * 4 + random.NextInt32 4
        interleaved.Values[i] <- random.NextSingle() - 0.3f
    let together, apart = LatentActivations(2, 12), LatentActivations(2, 12)
    together.AppendInterleaved interleaved
    for layer in 0..1 do
        let codes = SparseRows(tokenCount, 3)
        for token in 0 .. tokenCount - 1 do
            interleaved.RowIndices(token * 2 + layer).CopyTo(codes.RowIndices token)
            interleaved.RowValues(token * 2 + layer).CopyTo(codes.RowValues token)
        apart.Append(layer, codes)
    let json (latents: LatentActivations) = JsonSerializer.Serialize(ConceptScores.Measure(latents, greekTenth))
    Assert.Equal(json together, json apart)

[<Fact>]
let ``Scores do not depend on the number of threads`` () =
    let unit index : int -> float32 =
        let random = Philox(6UL, "noise", uint64 index)
        let values = Array.init tokenCount (fun _ -> float32 (random.NextInt32 4))
        fun token -> values[token]
    let units = dense (List.init 200 unit)
    let threads = Workers.Count
    let json count =
        Workers.Count <- count
        JsonSerializer.Serialize(ConceptScores.Measure(units, greekTenth))
    try
        Assert.Equal(json 1, json 4)
    finally
        Workers.Count <- threads

[<Fact>]
let ``Units of another number of tokens, layers that are not there and indices that are no latent are refused`` () =
    let error = Assert.Throws<ArgumentException>(fun () -> ConceptScores.Measure(NeuronActivations(1, 4, 10), greekTenth) |> ignore)
    Assert.Contains("10", error.Message)
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> LatentActivations(2, 8).Append(2, SparseRows(1, 1))) |> ignore
    let codes = SparseRows(1, 1)
    codes.Indices[0] <- 8
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> LatentActivations(2, 8).Append(0, codes)) |> ignore
    Assert.Throws<ArgumentException>(fun () -> LatentActivations(2, 8).AppendInterleaved(SparseRows(3, 1))) |> ignore
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> NeuronActivations(1, 4, 10).Append(0, Matrix(11, 4))) |> ignore
