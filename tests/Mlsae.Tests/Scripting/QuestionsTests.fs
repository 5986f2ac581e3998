/// That figures and sentences show the numbers that analyses found, where they belong.
module Mlsae.Tests.Scripting.QuestionsTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

let private series (figure: Figure) = figure.Traces |> List.choose (function Line s | Points s | Bars s -> Some s | _ -> None)

let private grids (figure: Figure) = figure.Traces |> List.choose (function HeatMap g -> Some g | _ -> None)

/// Three layers, three latents: one at layer 0 alone on twelve tokens, one at layers 1 and 2 on one, one never.
let private distributions =
    let sums = LayerDistributions(3, 3)
    for sequence in 0..2 do
        sums.Add(codesOf [ for token in 0..3 do [ 0, 2f ]; (if sequence + token = 0 then [ 1, 1f ] else []); (if sequence + token = 0 then [ 1, 3f ] else []) ], sequence)
    sums

[<Fact>]
let ``shares of latents by number of layers are of the latents that reach the threshold`` () =
    let figure = Layers.byThreshold (LayerStatistics.Of distributions)
    let shares = [ for s in series figure -> s.Name, List.ofArray s.Y ]
    Assert.Equal<(string * float list) list>([ "at least 1 tokens", [ 0.5; 0.5; 0.0 ]; "at least 10 tokens", [ 1.0; 0.0; 0.0 ] ], shares)
    Assert.Contains("n = 2, 1 latents", figure.Caption)

[<Fact>]
let ``the sentence about layers counts live latents and pairs`` () =
    let sentences = String.concat " " (Layers.findings (LayerStatistics.Of distributions))
    Assert.Contains("50.0 %", sentences)
    Assert.Contains("of 2 live latents", sentences)
    Assert.Contains("1 are never active", sentences)
    // One of thirteen pairs is at two layers.
    Assert.Contains("7.7 %", sentences)

let private estimate value = Estimate(value, 0.9 * value, 1.1 * value, 4)

let private decomposition total within token =
    VarianceDecomposition(estimate total, estimate within, estimate token, estimate (within / total), estimate (token / within), estimate (token / total))

let private variance =
    let chance observed mean = NullDistribution(observed, mean, mean - 0.01, mean + 0.01, 0.02, [| for i in 0..48 -> mean + float (i - 24) / 2400.0 |])
    LayerVarianceResult(
        LayerCount = 6, LatentCount = 10, Tokens = 1000L, Blocks = 4, Seed = 0UL, ByMass = decomposition 3.0 2.0 0.5, ByPair = decomposition 3.0 1.5 0.15,
        Published = decomposition 0.2 0.1 0.001, Null = LayerVarianceNullResult(1000L, 49, chance 0.66 1.0, chance 0.25 0.6, chance 0.17 0.6))

[<Fact>]
let ``the headline gives how many times smaller the variance on one token is, with the interval turned round`` () =
    let sentence = (LayerVariances.findings variance).Head
    Assert.Contains("100 [90.91, 111.1] times", sentence)
    Assert.Contains("10 [9.091, 11.11] times", sentence)
    Assert.Contains("4 [3.636, 4.444] times", sentence)

[<Fact>]
let ``shuffled shares are drawn around their mean, and the observed one as a line of its own`` () =
    let figure = LayerVariances.nulls variance
    Assert.Equal(3, figure.Panels.Length)
    for panel, observed in List.zip figure.Panels [ 0.66; 0.17; 0.25 ] do
        match panel.References, panel.Traces with
        | [ Reference.X(value, _) ], [ Bars bars ] ->
            Assert.Equal(observed, value)
            Assert.Equal(49.0, Array.sum bars.Y)
        | other -> failwith $"{other}"

[<Fact>]
let ``a prompt's panels hold each place at its token, layer and latent, the deepest latents first`` () =
    let prompt = PromptLatents.Of("a b", [ "a"; "b" ], 2, codesOf [ [ 7, 4f ]; [ 2, 2f ]; [ 7, 2f ]; [ 2, 6f; 5, 3f ] ])
    match grids (Prompts.absolute prompt) with
    | [ first; second ] ->
        Assert.Equal(Labels [| "5"; "2"; "7" |], first.X)
        let cells (grid: Grid) = [ for row in grid.Cells -> [ for cell in row -> if Double.IsNaN cell then 0.0 else cell ] ]
        Assert.Equal<float list list>([ [ 0.0; 0.0; 4.0 ]; [ 0.0; 2.0; 0.0 ] ], cells first)
        Assert.Equal<float list list>([ [ 0.0; 0.0; 2.0 ]; [ 3.0; 6.0; 0.0 ] ], cells second)
    | other -> failwith $"two panels were expected, not {other.Length}"
    let second = List.last (grids (Prompts.relative prompt))
    Assert.Equal(0.5, second.Cells[1][0])

[<Fact>]
let ``latents are counted by how often they are active at each layer`` () =
    let byLayer = [ for s in series (Latents.byLayer distributions) -> s.Name, Array.sum s.Y ]
    Assert.Equal<(string * float) list>([ "layer 0", 1.0; "layer 1", 1.0; "layer 2", 1.0 ], byLayer)

[<Fact>]
let ``runs lie at their cosine and their shares, named under the mouse`` () =
    let similarity = LayerSimilarityResult(LayerCount = 2, Tokens = 9L, Sequences = 4, Seed = 0UL, Pairs = [| LayerPairSimilarity(0, 1, estimate 0.8, 0.1, estimate 0.7, 0.2) |], AdjacentRaw = estimate 0.8, AdjacentCentred = estimate 0.7)
    let figure = Similarity.across [ "small", similarity, LayerStatistics.Of distributions; "large", similarity, LayerStatistics.Of distributions ]
    for s in series figure do
        Assert.Equal(Numbers [| 0.7; 0.7 |], s.X)
        Assert.StartsWith("small:", s.Hover[0])
    Assert.Contains("n = 2 runs: small, large", figure.Caption)
    let centred = List.head (grids (Similarity.matrices similarity))
    Assert.Equal<float[][]>([| [| 1.0; 0.7 |]; [| 0.7; 1.0 |] |], centred.Cells)

[<Fact>]
let ``outlier dimensions are said where they are, and not where there are none`` () =
    let layer (variances: float list) =
        ResidualLayer(Norm = estimate 3.0, NormStd = 1.0, MeanShare = 0.1, Means = Array.zeroCreate variances.Length, Variances = Array.ofList variances, Largest = Array.create variances.Length 5.0)
    let result layers = ResidualStatistics(Tokens = 9L, Sequences = 4, Seed = 0UL, Layers = Array.ofList layers)
    let even = layer [ 1.0; 1.0; 1.0; 1.0 ]
    Assert.Contains("No layer has", String.concat " " (Residuals.findings (result [ even; even ])))
    let found = Residuals.findings (result [ even; layer [ 1.0; 97.0; 1.0; 1.0 ] ]) |> String.concat " "
    Assert.Contains("At layer 1, 1 of 4 dimensions are outliers and hold 97.0 %", found)

[<Fact>]
let ``near and far pairs of directions are told apart by their mean cosines`` () =
    // Two latents at each end, alike among each other and opposite across.
    let directions = Matrix(4, 2, [| 1f; 0.1f; 1f; -0.1f; -1f; 0.1f; -1f; -0.1f |])
    let cosines = PairwiseCosines.Of(directions, [| 0.0; 0.0; 5.0; 5.0 |], 6)
    let result = DecoderGeometryResult(4, 1, 2, estimate 0.9, PublishedSummary(0.8, 0.1, 0.3, 0.1), cosines, null, null)
    let sentences = Geometry.findings result
    Assert.Contains("within half a layer of each other have a mean cosine of 0.98", sentences[1])
    Assert.Contains("apart of -0.99", sentences[1])
    Assert.Equal(2, sentences.Length)
