module Mlsae.Tests.Dictionaries.SparsityGradientTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Dictionaries.SparsityDefinitions

/// (f(v + h) − f(v − h)) / 2h by one element.
let private slope h (values: float[]) i (f: unit -> float) =
    let value = values[i]
    values[i] <- value + h
    let above = f ()
    values[i] <- value - h
    let below = f ()
    values[i] <- value
    (above - below) / (2.0 * h)

let private recorded (engine: CpuEngine) x =
    let record = GradientRecord(latentCount, engine.Config.ModelDim)
    engine.Gradients <- record
    record, engine.Step(x, 100L)

let private rows (matrix: Matrix) = Array.init matrix.Rows (fun row -> matrix.Row(row).ToArray())

[<Theory>]
[<InlineData "relu">]
[<InlineData "relu crosscoder">]
[<InlineData "relu raw">]
[<InlineData "tied-relu">]
[<InlineData "tied-relu centred">]
[<InlineData "jumprelu">]
[<InlineData "gated">]
[<InlineData "gated crosscoder">]
let ``Gradients are the central differences of the loss's definition`` (name: string) =
    let config = config name
    use engine = trained config 4
    let x = batch (fst config) 2
    let p, frozen = parameters engine, parameters engine
    let record, report = recorded engine x
    let value () = loss config frozen x 5L p
    assertClose 2e-6 "loss" (value ()) report.Loss
    let check what (values: float[][]) (actual: float32[][]) =
        values
        |> Array.iteri (fun row numbers ->
            for i in 0 .. numbers.Length - 1 do
                assertClose 4e-6 $"{what} [{row},{i}]" (slope 1e-6 numbers i value) (float (actual[row].[i])))
    check "encoder" p.Encoder (rows record.Encoder)
    if not (fst config :? TiedReluConfig) then
        check "decoder" p.Decoder (rows record.Decoder)
    if (fst config).PreBias <> PreBiasStart.None then
        check "pre-bias" p.PreBias [| record.PreBias |]
    for name in [ "encoder_bias"; "gate_bias"; "log_scale" ] do
        match p.PerLatent.TryFind name with
        | Some values -> check name values [| record.PerLatent name |]
        | None -> ()

/// An engine in the state of another, with another configuration.
let private inStateOf (engine: CpuEngine) config =
    let other = SparsityDefinitions.engine config
    use state = new TensorSet(engine.SaveState())
    other.RestoreState state
    other

let private jump sparsity =
    let c = fst (config "jumprelu") :?> JumpReluConfig
    JumpReluConfig(
        ModelDim = c.ModelDim, LatentCount = c.LatentCount, Sparsity = sparsity, Bandwidth = c.Bandwidth, InitialThreshold = c.InitialThreshold, Seed = c.Seed, Adam = c.Adam)
    :> SparsityConfig, 2

[<Fact>]
let ``A threshold's gradient by the number of active latents is its central difference over the bandwidth`` () =
    use engine = trained (jump 0.03) 4
    let x = batch (engine.Config :?> SparsityConfig) 2
    let p = parameters engine
    let gradient sparsity =
        use other = inStateOf engine (jump sparsity)
        (fst (recorded other x)).PerLatent "threshold" |> Array.map float
    let actual = Array.map2 (-) (gradient 2.0) (gradient 0.0)
    let active () =
        let _, counted, _ = encode (fst (jump 2.0)) p x
        2.0 * (counted |> Array.averageBy Array.sum)
    let thresholds = p.PerLatent["threshold"][0]
    let expected = Array.init latentCount (fun j -> slope (0.3 / 2.0) thresholds j active)
    Assert.True(Array.exists (fun v -> v < 0.0) expected)
    for j in 0 .. latentCount - 1 do
        assertClose 1e-5 $"threshold {j}" expected[j] actual[j]

[<Fact>]
let ``A threshold's gradient by the error is that by the codes near it, times the threshold over the bandwidth`` () =
    use engine = trained (jump 0.0) 4
    let config = jump 0.0
    let x = batch (fst config) 2
    let p = parameters engine
    let z, _, _ = encode (fst config) p x
    let thresholds = p.PerLatent["threshold"][0]
    // With thresholds half a bandwidth lower, all that is active and below the upper end is near.
    let lower = { p with PerLatent = p.PerLatent.Add("threshold", [| thresholds |> Array.map (fun t -> t - 0.15) |]) }
    let near, _, _ = encode (fst config) lower x
    let expected =
        Array.init latentCount (fun j ->
            Seq.sum (seq { for row in 0 .. x.Rows - 1 do
                               if near[row][j] <> 0.0 && near[row][j] < thresholds[j] + 0.15 then
                                   let byCode = slope 1e-5 (z[row]) j (fun () -> errorLoss config x p.Decoder p.PreBias[0] z)
                                   -thresholds[j] / 0.3 * byCode }))
    let record, _ = recorded engine x
    Assert.True(Array.exists (fun v -> v <> 0.0) expected)
    for j in 0 .. latentCount - 1 do
        assertClose 2e-6 $"threshold {j}" expected[j] (float (record.PerLatent("threshold")[j]))

[<Theory>]
[<InlineData "relu">]
[<InlineData "gated crosscoder">]
let ``What Adam sees of a decoder row's gradient has no part along the row`` (name: string) =
    let config = config name
    use engine = trained config 4
    let before = engine.Export().Decoder
    let record, _ = recorded engine (batch (fst config) 2)
    for latent in 0 .. latentCount - 1 do
        assertClose 1e-6 $"latent {latent}" 0.0 (Reference.Dot(record.ProjectedDecoder.Row latent, before.Row latent))
