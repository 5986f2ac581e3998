module Mlsae.Tests.Analysis.LayerVarianceTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

let private decompose layers latents permutations (sequences: SparseRows list) =
    let variance = LayerVariance(layers, latents, permutations)
    sequences |> List.iteri (fun i codes -> variance.AddSequence(codes, i))
    variance.Result()

let private assertTerms what (total, withinLatent, withinToken) (found: VarianceDecomposition) =
    assertClose 1e-12 $"{what}: V(L)" total found.Total.Mean
    assertClose 1e-12 $"{what}: within a latent" withinLatent found.WithinLatent.Mean
    assertClose 1e-12 $"{what}: within a token" withinToken found.WithinToken.Mean

[<Fact>]
let ``a token half at layer 0 and half at layer 1 has variance a quarter, all of it within the token`` () =
    let result = decompose 2 1 0 [ codesOf [ [ 0, 3f ]; [ 0, 3f ] ] ]
    for name, found in [ "mass", result.ByMass; "pairs", result.ByPair; "published", result.Published ] do
        assertTerms name (0.25, 0.25, 0.25) found

[<Fact>]
let ``a latent at layer 0 of one token and layer 1 of the next has variance a quarter, and none within a token`` () =
    let result = decompose 2 1 0 [ codesOf [ [ 0, 5f ]; []; []; [ 0, 5f ] ] ]
    for name, found in [ "mass", result.ByMass; "pairs", result.ByPair; "published", result.Published ] do
        assertTerms name (0.25, 0.25, 0.0) found

/// Layer 0 on the first of four tokens, layer 2 on the second, nothing on two more.
let private seldom = codesOf [ [ 0, 1f ]; []; []; []; []; [ 0, 1f ]; []; []; []; []; []; [] ]

[<Fact>]
let ``inactive tokens scale the published terms and leave the normalised ones`` () =
    let result = decompose 3 1 0 [ seldom ]
    assertTerms "published" (0.75, 0.75, 0.0) result.Published
    assertTerms "mass" (1.0, 1.0, 0.0) result.ByMass
    assertTerms "pairs" (1.0, 1.0, 0.0) result.ByPair

[<Fact>]
let ``mass weights a pair by its activation, pairs weight each the same`` () =
    // The latent is three times as strong at layer 0 of one token as at layer 1 of the other.
    let result = decompose 2 1 0 [ codesOf [ [ 0, 3f ]; []; []; [ 0, 1f ] ] ]
    assertTerms "mass" (3.0 / 16.0, 3.0 / 16.0, 0.0) result.ByMass
    assertTerms "pairs" (0.25, 0.25, 0.0) result.ByPair

/// The three terms from the joint distribution written out: of all (layer, token, latent), each with its probability.
let private byDefinition (weight: float -> float) layers latents (codes: SparseRows) =
    let value layer token latent =
        let row = token * layers + layer
        Seq.zip (codes.RowIndices(row).ToArray()) (codes.RowValues(row).ToArray()) |> Seq.sumBy (fun (l, v) -> if l = latent then float v else 0.0)
    let joint =
        [ for latent in 0 .. latents - 1 do
              for token in 0 .. codes.Rows / layers - 1 do
                  let values = [ for layer in 0 .. layers - 1 -> value layer token latent ]
                  let mass = List.sum values
                  if mass > 0.0 then
                      for layer, v in List.indexed values do
                          latent, token, layer, weight mass * v / mass ]
    let probability = List.sumBy (fun (_, _, _, p) -> p)
    let all = probability joint
    let variance group =
        let p = probability group
        let mean = group |> List.sumBy (fun (_, _, layer, q) -> q * float layer / p)
        group |> List.sumBy (fun (_, _, layer, q) -> q * (float layer - mean) ** 2.0 / p)
    let within key = joint |> List.groupBy key |> List.sumBy (fun (_, group) -> probability group / all * variance group)
    variance joint, within (fun (latent, _, _, _) -> latent), within (fun (latent, token, _, _) -> latent * 1000 + token)

let private size = Gen.choose (1, 5) |> Gen.three |> Arb.fromGen

[<Fact>]
let ``the terms are those of the joint distribution, and obey the law of total variance`` () =
    let property (layers, k, seed) =
        let codes = drawnCodes (Philox(uint64 seed, "codes")) (layers, 6, k) 7 false
        let result = decompose layers 6 0 [ codes ]
        for weight, found in [ id, result.ByMass; (fun _ -> 1.0), result.ByPair ] do
            let total, withinLatent, withinToken = byDefinition weight layers 6 codes
            assertClose 1e-9 "V(L)" total found.Total.Mean
            assertClose 1e-9 "within latents" withinLatent found.WithinLatent.Mean
            assertClose 1e-9 "within tokens" withinToken found.WithinToken.Mean
            Assert.True(found.WithinToken.Mean <= found.WithinLatent.Mean + 1e-12 && found.WithinLatent.Mean <= found.Total.Mean + 1e-12)
    Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), Prop.forAll size property)

[<Fact>]
let ``shares times what they are shares of give the terms, in the published form for each sequence`` () =
    let random = Philox(4UL, "codes")
    for _ in 1..20 do
        let result = decompose 4 9 0 [ drawnCodes random (4, 9, 3) 6 false ]
        for found in [ result.ByMass; result.ByPair; result.Published ] do
            assertClose 1e-12 "A" found.WithinLatent.Mean (found.WithinLatentShare.Mean * found.Total.Mean)
            assertClose 1e-12 "B" found.WithinToken.Mean (found.WithinTokenShare.Mean * found.WithinLatent.Mean)

[<Fact>]
let ``latents with one distribution over layers leave nothing between them; published only if they are equally active too`` () =
    // Both latents: a third at layer 0, two thirds at layer 1; the second is active on more tokens.
    let alike = [ [ 0, 1f; 1, 2f ]; [ 0, 2f; 1, 4f ]; [ 1, 1f ]; [ 1, 2f ] ]
    let result = decompose 2 2 0 [ codesOf alike ]
    assertClose 1e-12 "mass" 1.0 result.ByMass.WithinLatentShare.Mean
    assertClose 1e-12 "pairs" 1.0 result.ByPair.WithinLatentShare.Mean
    Assert.True(result.Published.WithinLatentShare.Mean < 0.999)
    let equallyActive = decompose 2 2 0 [ codesOf (List.take 2 alike) ]
    assertClose 1e-12 "published" 1.0 equallyActive.Published.WithinLatentShare.Mean

[<Fact>]
let ``the published ratios are means over sequences of each one's own`` () =
    let first, second = codesOf [ [ 0, 1f ]; [ 1, 1f ]; [ 0, 1f ]; [] ], codesOf [ [ 0, 1f ]; [ 0, 1f ]; [ 1, 1f ]; [ 1, 3f ] ]
    let each = [ for codes in [ first; second ] -> (decompose 2 2 0 [ codes ]).Published ]
    let both = (decompose 2 2 0 [ first; second ]).Published
    assertClose 1e-12 "ratio" (each |> List.averageBy _.WithinLatentShare.Mean) both.WithinLatentShare.Mean
    assertClose 1e-12 "A" (each |> List.averageBy _.WithinLatent.Mean) both.WithinLatent.Mean

/// A latent for each layer, which on most tokens lives there and now and then at the next.
let private settled tokens =
    let random = Philox(9UL, "codes")
    codesOf
        [ for _ in 1..tokens do
              for layer in 0..5 do
                  if random.NextInt32 4 = 0 && layer > 0 then [ layer, 1f; layer - 1, 0.5f ] else [ layer, 1f ] ]

[<Fact>]
let ``latents that keep to their layers are told from shuffled ones, drawn ones are not`` () =
    let kept = (decompose 6 6 50 [ settled 60 ]).Null
    assertClose 1e-12 "smallest p" (1.0 / 51.0) kept.WithinLatentShare.PValue
    assertClose 1e-12 "smallest p" (1.0 / 51.0) kept.TokenShareOfTotal.PValue
    Assert.True(kept.WithinLatentShare.Observed < 0.1 && kept.WithinLatentShare.Mean > 0.9)
    let drawn = (decompose 6 30 50 [ drawnCodes (Philox(3UL, "codes")) (6, 30, 4) 80 false ]).Null
    Assert.True(drawn.WithinLatentShare.PValue > 0.05)
    Assert.True(drawn.WithinTokenShare.PValue > 0.05)
    Assert.True(drawn.TokenShareOfTotal.PValue > 0.05)
    Assert.InRange(drawn.WithinLatentShare.Observed, Seq.min drawn.WithinLatentShare.Values - 0.01, Seq.max drawn.WithinLatentShare.Values + 0.01)

[<Fact>]
let ``the observed values beside the null are those of the decomposition`` () =
    let result = decompose 6 6 3 [ settled 40 ]
    assertClose 1e-12 "within latents" result.ByMass.WithinLatentShare.Mean result.Null.WithinLatentShare.Observed
    assertClose 1e-12 "within tokens" result.ByMass.WithinTokenShare.Mean result.Null.WithinTokenShare.Observed
    assertClose 1e-12 "of the total" result.ByMass.TokenShareOfTotal.Mean result.Null.TokenShareOfTotal.Observed
    Assert.Null((decompose 6 6 0 [ settled 40 ]).Null)

[<Fact>]
let ``saved after any sequence, it goes on to the same bytes, and its intervals hold its values`` () =
    let codes = drawnCodes (Philox(5UL, "codes")) (3, 8, 2) 20 false
    let make () = LayerVariance(3, 8, 2) :> ITextSums
    assertResumes make (bySequence 3 5 codes) (together 3 5 codes)
    assertRefusesState (make ()) (LayerVariance(3, 7, 2))
    let variance = LayerVariance(3, 8, 2)
    bySequence 3 5 codes |> List.iter variance.Add
    let found = (variance.Result()).ByMass
    for estimate in [ found.Total; found.WithinLatent; found.WithinToken; found.WithinTokenShare ] do
        Assert.Equal(4, estimate.N)
        Assert.InRange(estimate.Mean, estimate.Low.Value, estimate.High.Value)

[<Fact>]
let ``codes before ReLU may cancel, and then have no shares`` () =
    let result = decompose 2 2 0 [ codesOf [ [ 0, 1f; 1, 2f ]; [ 0, -1f ] ] ]
    assertTerms "pairs" (0.0, 0.0, 0.0) result.ByPair
    Assert.Throws<InvalidOperationException>(fun () -> decompose 2 2 0 [ codesOf [ []; [] ] ] |> ignore) |> ignore
