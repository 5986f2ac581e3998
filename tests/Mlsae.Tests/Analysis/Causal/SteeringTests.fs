/// Latents turned up while text is read and written.
module Mlsae.Tests.Analysis.Causal.SteeringTests

open System
open System.Collections.Generic
open Xunit
open Mlsae
open Mlsae.Analysis.Causal
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Causal.CausalSamples

let private x = vectors 16

let private steered (steering: LatentSteering) =
    let moved = x.Copy()
    steering.Apply moved
    moved

[<Fact>]
let ``added strength is in the latent's units: a times the vector's own deviation along the direction, or a itself without standardisation`` () =
    for name in names do
        let at = atLayer name
        for latent in 0 .. latents - 1 do
            let after, direction = steered (LatentSteering(at, latent, SteeringMode.Add, 1.7)), doubles (Span(at.Direction(latent).ToArray()))
            for row in 0 .. x.Rows - 1 do
                let scale = if name.EndsWith "raw" then 1.0 else deviation (doubles (x.Row row))
                for i in 0 .. width - 1 do
                    assertClose 1e-4 name (float x[row, i] + 1.7 * scale * direction[i]) (float after[row, i])

[<Fact>]
let ``pinned at 0 a latent is zero ablated, pinned at its own value it stays, and where it is not active pinning is adding`` () =
    for name in names do
        let at = atLayer name
        for latent in 0 .. latents - 1 do
            let values = DictionaryAtLayer.ValuesOf(at.Encode x, latent)
            let zero = x.Copy()
            AblationSteps.Of(at, latent, AblationKind.Zero, x, values).Apply(zero, at.Direction latent)
            assertAllClose 1e-5 name (zero.AsSpan().ToArray()) ((steered (LatentSteering(at, latent, SteeringMode.Pin, 0.0))).AsSpan().ToArray())
            let added, pinned = steered (LatentSteering(at, latent, SteeringMode.Add, 2.0)), steered (LatentSteering(at, latent, SteeringMode.Pin, 2.0))
            for row in 0 .. x.Rows - 1 do
                if values[row] = 0f then
                    Assert.Equal<float32[]>(added.Row(row).ToArray(), pinned.Row(row).ToArray())
                else
                    let own = steered (LatentSteering(at, latent, SteeringMode.Pin, float values[row]))
                    assertAllClose 1e-6 "own value" (x.Row(row).ToArray()) (own.Row(row).ToArray())

/// Logits after each token, read one by one with a decoder, and in one pass; both steered from a position on.
let private bothWays steering from (ids: int[]) =
    let decoder = CachedDecoder model
    decoder.Edits <- Dictionary(dict [ for layer, (one: LatentSteering) in steering -> (hooks[layer], one.Edit((fun () -> decoder.Length), from)) ])
    let first = decoder.Append(ids[..2]).ToArray()
    let onebyone = first :: [ for id in ids[3..] -> decoder.Append([| id |]).ToArray() ]
    let whole = model.Forward(TokenBatch.Of [| ids |], ForwardOptions(Edits = Dictionary(dict [ for layer, (one: LatentSteering) in steering -> (hooks[layer], one.Edit((fun () -> 0), from)) ])))
    onebyone, [ for row in 2 .. ids.Length - 1 -> whole.Logits.Row(row).ToArray() ]

[<Fact>]
let ``steered while it writes, token by token, the model says what it says in one pass with the same positions steered`` () =
    for name in [ "topk"; "relu raw" ] do
        for mode in [ SteeringMode.Add; SteeringMode.Pin ] do
            for from in [ 0; 2; 4 ] do
                let one layer = layer, LatentSteering(DictionaryAtLayer(shared name, layer), 3, mode, 2.0)
                for steering in [ [ one 0 ]; [ one 1 ]; [ one 0; one 1 ] ] do
                    let written, read = bothWays steering from contexts[0]
                    List.iter2 (assertAllClose 2e-4 $"{name} {mode} from {from}") read written

[<Fact>]
let ``positions before the first are left alone`` () =
    let steering = [ (0, LatentSteering(DictionaryAtLayer(shared "topk", 0), 3, SteeringMode.Add, 5.0)) ]
    let untouched = model.Forward(TokenBatch.Of [| contexts[0] |])
    let _, read = bothWays steering 4 contexts[0]
    assertAllClose 0.0 "position 3" (untouched.Logits.Row(3).ToArray()) read[1]
    Assert.NotEqual<float32[]>(untouched.Logits.Row(4).ToArray(), read[2])
