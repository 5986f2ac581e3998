/// Cases of the published systems that can be worked by hand, where no other test has them.
module Mlsae.Tests.Analysis.WorkedCasesTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Tests.Assertions

[<Fact>]
let ``the geometric median of a right angle's corners stops near (3 − √3)/6, after 23 steps`` () =
    let corners = Matrix(3, 2, [| 0f; 0f; 1f; 0f; 0f; 1f |])
    let after steps = Kernels.GeometricMedian(corners, guard = 0.0, maximumIterations = steps)
    Assert.All(Kernels.GeometricMedian(corners, guard = 0.0), fun value -> assertClose 1e-8 "where the published loop stops" 0.21133612 value)
    Assert.Equal<float[]>(after 23, after 100)
    Assert.NotEqual<float[]>(after 22, after 23)
    Assert.All(Kernels.GeometricMedian(corners, tolerance = 1e-14, maximumIterations = 1000), fun value -> assertClose 1e-9 "exact" ((3.0 - sqrt 3.0) / 6.0) value)

[<Fact>]
let ``published AuxK counts errors (1, 3) and (0, 2) that nothing reconstructs as 3.5 / 32`` () =
    // One latent whose pre-activations of both vectors are negative, so that nothing is decoded, by the main part or by AuxK.
    let config seed =
        TopKConfig(
            ModelDim = 2, LatentCount = 1, K = 1, AuxK = 1, Standardize = false, PreBias = PreBiasStart.None, Compatibility = Compatibility.Published, Seed = seed)
    let isSilent seed =
        use engine = new CpuTopKEngine(config seed, 1)
        let row = (engine.Export()).Encoder.Row(0).ToArray()
        row[0] + 3f * row[1] < 0f && row[1] < 0f
    use engine = new CpuTopKEngine(config (Seq.find isSilent (Seq.initInfinite uint64)), 1)
    assertClose 1e-7 "loss" 0.109375 (engine.Step(Matrix(2, 2, [| 1f; 3f; 0f; 2f |]), 10L).LossAuxK)

[<Fact>]
let ``a latent counts as dead after 76 micro-batches of 2,048 tokens as published, not after 10 million tokens`` () =
    let published = TopKConfig(ModelDim = 2, Compatibility = Compatibility.Published)
    Assert.Equal(76L, published.DeadAfterSteps)
    Assert.Equal(10_000_000L / 131_072L, published.DeadAfterSteps)
    Assert.Equal(155_648L, 2048L * published.DeadAfterSteps)

[<Fact>]
let ``inputs of losses 1, 2 and 3 are drawn with probabilities 1/14, 4/14 and 9/14`` () =
    let draws = 40_000
    let held = Array.create draws -1
    let weighted = WeightedDraws(draws, Philox(2UL, "test"))
    for input, loss in List.indexed [ 1.0; 2.0; 3.0 ] do
        weighted.Offer(loss * loss, fun draw -> held[draw] <- input)
    for input, probability in List.indexed [ 1.0 / 14.0; 4.0 / 14.0; 9.0 / 14.0 ] do
        let share = float (held |> Array.filter ((=) input) |> Array.length) / float draws
        // Five standard deviations of a share of so many draws.
        assertClose (5.0 * sqrt (probability * (1.0 - probability) / float draws)) $"input {input}" probability share

[<Fact>]
let ``a neuron for one of four exclusive features costs 3/4 ln 3 nats, one for two of them ln 2`` () =
    let low = -1e4f
    let firesForOne, firesForTwo = [| 0f; low; low; low |], [| 0f; 0f; low; low |]
    let otherOfOne, otherOfTwo = [| low; 0f; 0f; 0f |], [| low; low; 0f; 0f |]
    let loss (rows: float32[] list) = Kernels.CrossEntropy(Matrix(4, 4, Array.concat rows), [| 0..3 |])
    assertClose 1e-6 "one" 0.823959 (loss [ firesForOne; otherOfOne; otherOfOne; otherOfOne ])
    assertClose 1e-6 "two" 0.693147 (loss [ firesForTwo; firesForTwo; otherOfTwo; otherOfTwo ])

let private bimodality (totals: float[]) =
    (LatentLayers.Of(0, ReadOnlySpan(totals |> Array.map (fun t -> if t > 0.0 then 1L else 0L)), ReadOnlySpan totals)).Bimodality

[<Fact>]
let ``totals at both ends have bimodality 1, and its bounds are those of any sample`` () =
    assertClose 1e-12 "(1, 0, 0, 1)" 1.0 (bimodality [| 1.0; 0.0; 0.0; 1.0 |])
    assertClose 1e-12 "(7, 0, 0, 7)" 1.0 (bimodality [| 7.0; 0.0; 0.0; 7.0 |])
    // Skewness 1.1547, kurtosis 2.3333.
    assertClose 1e-9 "(1, 0, 0, 0)" 1.0 (bimodality [| 1.0; 0.0; 0.0; 0.0 |])
    assertClose 1e-9 "(1, 2, 3, 4)" (1.0 / 1.64) (bimodality [| 1.0; 2.0; 3.0; 4.0 |])
    Assert.True(Double.IsNaN(bimodality [| 2.0; 2.0; 2.0 |]))
    let random = Philox(4UL, "totals")
    for _ in 1..100 do
        Assert.InRange(bimodality (Array.init 7 (fun _ -> random.NextDouble())), 0.0, 1.0 + 1e-12)
