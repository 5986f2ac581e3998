/// What taking a latent away does to predictions, against whole passes of the model and plain sums in double.
module Mlsae.Tests.Analysis.Causal.LogitEffectTests

open System
open System.Collections.Generic
open Xunit
open Mlsae
open Mlsae.Analysis.Causal
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Causal.CausalSamples

let private config = LogitEffectConfig(Contexts = 6, TokensPerContext = 7, FewestOccurrences = 1, Shown = 13)

let private measure name layer = LogitEffectMeasure(model, hooks[layer], DictionaryAtLayer(shared name, layer), text name false, config)

let private logProbabilities (logits: float[]) =
    let largest = Array.max logits
    let norm = largest + log (logits |> Array.sumBy (fun value -> exp (value - largest)))
    logits |> Array.map (fun value -> value - norm)

/// The definition: whole passes, the step written out for each token, every active token counted.
let private slow name layer latent kind =
    let at = DictionaryAtLayer(shared name, layer)
    let tokens = TokenBatch.Of contexts
    let untouched = model.Forward(tokens, ForwardOptions(Captures = hooks))
    let values = DictionaryAtLayer.ValuesOf(at.Encode untouched[hooks[layer]], latent)
    let direction = at.Direction(latent).ToArray()
    let mean = Seq.average (seq { for row in 0 .. values.Length - 1 -> float values[row] * at.Scale(untouched[hooks[layer]].Row row) })
    let edit =
        Action<Matrix>(fun x ->
            for row in 0 .. x.Rows - 1 do
                let part = float values[row] * at.Scale(x.Row row)
                let step =
                    match kind with
                    | AblationKind.Zero -> part
                    | AblationKind.Mean -> part - mean
                    | _ -> if values[row] > 0f then (at.StepTo(x.Row row, latent)).GetValueOrDefault() else 0.0
                for i in 0 .. width - 1 do
                    x[row, i] <- float32 (float x[row, i] - step * float direction[i]))
    let ablated = model.Forward(tokens, ForwardOptions(Edits = Dictionary(dict [ (hooks[layer], edit) ])))
    let active = [ for row in 0 .. values.Length - 1 do if values[row] > 0f then row ]
    let before row = logProbabilities (doubles (untouched.Logits.Row row))
    let after row = logProbabilities (doubles (ablated.Logits.Row row))
    let effects = [| for token in 0..12 -> active |> List.averageBy (fun row -> (before row)[token] - (after row)[token]) |]
    let kl = active |> List.averageBy (fun row -> Array.fold2 (fun sum p q -> sum + exp p * (p - q)) 0.0 (before row) (after row))
    let next = active |> List.filter (fun row -> row % 7 < 6)
    let rise = next |> List.averageBy (fun row -> (before row)[tokens.Ids[row + 1]] - (after row)[tokens.Ids[row + 1]])
    effects, kl, rise, active.Length

let private live name layer = [ for latent in 0 .. latents - 1 do if (text name false).Places(layer, latent).Count > 3 then latent ]

[<Fact>]
let ``effects, KL and the rise of cross-entropy are those of whole passes over every active token`` () =
    for name in [ "topk"; "relu raw" ] do
        for layer in 0..1 do
            for latent in List.truncate 3 (live name layer) do
                let struct (found, numbers) = (measure name layer).Measure(latent, string)
                found.Ablations |> Seq.iteri (fun i ablation ->
                    let effects, kl, rise, active = slow name layer latent ablation.Kind
                    let what = $"{name}, layer {layer}, latent {latent}, {ablation.Kind}"
                    Assert.Equal(active, found.Tokens)
                    for token in 0..12 do
                        assertClose 2e-4 $"{what}, token {token}" effects[token] (float numbers[i, token])
                    assertClose 2e-4 $"{what}, KL" kl ablation.Kl.Mean
                    assertClose 2e-4 $"{what}, cross-entropy" rise ablation.DeltaCrossEntropy.Mean)

[<Fact>]
let ``promoted and suppressed tokens are those of the largest and smallest effects, in order, with intervals`` () =
    let latent = (live "topk" 1).Head
    let struct (found, numbers) = (measure "topk" 1).Measure(latent, fun token -> $"<{token}>")
    found.Ablations |> Seq.iteri (fun i ablation ->
        let effects = [ for token in 0..12 do if (text "topk" false).Occurrences token > 0 then token, float numbers[i, token] ]
        let expected sign = effects |> List.filter (fun (_, effect) -> sign * effect > 0.0) |> List.sortBy (fun (token, effect) -> -sign * effect, token) |> List.map fst
        Assert.Equal<int list>(expected 1.0, [ for token in ablation.Promoted -> token.Token ])
        Assert.Equal<int list>(expected -1.0, [ for token in ablation.Suppressed -> token.Token ])
        for token in Seq.append ablation.Promoted ablation.Suppressed do
            Assert.Equal($"<{token.Token}>", token.Text)
            Assert.True(token.Effect.Low.Value <= token.Effect.Mean + 1e-9 && token.Effect.Mean <= token.Effect.High.Value + 1e-9)
            Assert.Equal(found.Contexts, token.Effect.N))

[<Fact>]
let ``at the last layer, where the direct path is the only one, effects of zero ablation go with direct weights`` () =
    for name in [ "topk"; "tied-relu raw" ] do
        let correlations = [ for latent in live name 1 -> (let struct (found, _) = (measure name 1).Measure(latent, string) in (Seq.find (fun (of': AblationEffects) -> of'.Kind = AblationKind.Zero) found.Ablations).DirectRankCorrelation.Mean) ]
        Assert.True(List.average correlations > 0.5 && List.forall (fun correlation -> correlation > 0.0) correlations, $"{name}: {correlations}")

[<Fact>]
let ``only dictionaries with thresholds are taken to them, and numbers do not depend on threads`` () =
    let kinds name = [ for ablation in (let struct (found, _) = (measure name 0).Measure((live name 0).Head, string) in found.Ablations) -> ablation.Kind ]
    Assert.Equal<AblationKind list>([ AblationKind.LessThanRankOne; AblationKind.Zero; AblationKind.Mean ], kinds "topk")
    Assert.Equal<AblationKind list>([ AblationKind.LessThanRankOne; AblationKind.Threshold; AblationKind.Zero; AblationKind.Mean ], kinds "jumprelu")
    let bits threads = Mlsae.Tests.Numerics.Samples.withThreads threads (fun () -> let struct (_, numbers) = (measure "topk" 0).Measure((live "topk" 0).Head, string) in Mlsae.Tests.Numerics.Samples.bits numbers)
    Assert.Equal<int[]>(bits 1, bits 3)
