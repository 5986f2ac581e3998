module Mlsae.Tests.Dictionaries.ClippingTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics

let private d, n, rows = 8, 70, 24

let private batch seed =
    let x = Matrix(rows, d)
    Philox(uint64 seed, "batch").FillGaussian(x.Values, 1f)
    x

// An ε so large that a step depends on the gradient's size, which Adam otherwise divides away.
let private adam = AdamConfig(LearningRate = 1e-2, Epsilon = 0.1)

/// One configuration of each kind that is trained by gradients.
let private configs (clipNorm: float) : DictionaryConfig list =
    [ TopKConfig(ModelDim = d, LatentCount = n, K = 4, EncoderBias = true, DeadAfterTokens = 30L, ClipNorm = clipNorm, Adam = adam)
      TopKConfig(ModelDim = d, LatentCount = n, K = 4, PreBias = PreBiasStart.None, ClipNorm = clipNorm, Adam = adam)
      BatchTopKConfig(ModelDim = d, LatentCount = n, K = 4, ClipNorm = clipNorm, Adam = adam)
      MatryoshkaConfig(ModelDim = d, LatentCount = n, K = 4, Prefixes = [| 0.3; 1.0 |], ClipNorm = clipNorm, Adam = adam)
      ReluConfig(ModelDim = d, LatentCount = n, ClipNorm = clipNorm, Adam = adam)
      TiedReluConfig(ModelDim = d, LatentCount = n, ClipNorm = clipNorm, Adam = adam)
      JumpReluConfig(ModelDim = d, LatentCount = n, Bandwidth = 0.5, InitialThreshold = 0.1, ClipNorm = clipNorm, Adam = adam)
      GatedConfig(ModelDim = d, LatentCount = n, ClipNorm = clipNorm, Adam = adam) ]

let private state (engine: IDictionaryEngine) =
    Map.ofList [ for tensor in engine.SaveState() -> tensor.Name, tensor.Bytes.ToArray() ]

let private floats (bytes: byte[]) = Runtime.InteropServices.MemoryMarshal.Cast<byte, float32>(ReadOnlySpan bytes).ToArray()

let private stepped (config: DictionaryConfig) steps =
    let engine = DictionaryEngine.Create(config, 1)
    for step in 1..steps do
        engine.Step(batch step, 10L) |> ignore
    engine

/// The norm of all gradients together, from Adam's first moments after one step, which are a tenth of them.
let private gradientNorm (config: DictionaryConfig) =
    use engine = stepped config 1
    let moments = state engine |> Map.filter (fun name _ -> name.EndsWith ".first_moment")
    10.0 * sqrt (moments |> Map.toSeq |> Seq.sumBy (fun (_, bytes) -> floats bytes |> Array.sumBy (fun m -> float m * float m)))

[<Fact>]
let ``Below the gradient's norm the update is that of the gradient scaled down, for every kind`` () =
    for plain, index in List.zip (configs 0.0) [ 0..7 ] do
        let norm = gradientNorm plain
        let scale = 0.3
        use free = stepped plain 1
        use clipped = stepped (List.item index (configs (scale * norm))) 1
        let before = DictionaryEngine.Create(plain, 1).Export()
        let freeState, clippedState = state free, state clipped
        for name in freeState.Keys do
            let compare power = 
                let expected = floats freeState[name] |> Array.map (fun m -> float32 (scale ** power * float m))
                let largest = Array.max (Array.append [| 1e-20f |] (Array.map abs expected)) |> float
                assertAllClose (1e-5 * largest) $"{plain.Kind} {name}" expected (floats clippedState[name])
            if name.EndsWith ".first_moment" then compare 1.0
            elif name.EndsWith ".second_moment" then compare 2.0
        // The encoder's rows, which are not normalised: Adam on the scaled gradient.
        let gradient = floats freeState["encoder.first_moment"] |> Array.map (fun m -> 10.0 * scale * float m)
        let weights = before.Encoder.Values |> Array.map float
        if plain.Kind <> "gated" && plain.Kind <> "tied-relu" then
            let m, v = Array.zeroCreate<float> (n * d), Array.zeroCreate<float> (n * d)
            Reference.AdamRow(gradient, AdamStep(1e-2, 0.9, 0.999, 0.1, 1L), weights, m, v)
            for i in 0 .. n * d - 1 do
                assertClose 1e-6 $"{plain.Kind} encoder[{i}]" weights[i] (float (floats clippedState["encoder"]).[i])

[<Fact>]
let ``Above the gradient's norm training is as without clipping, bit for bit, for every kind`` () =
    for plain, generous in List.zip (configs 0.0) (configs 1e6) do
        use free = stepped plain 4
        use clipped = stepped generous 4
        Assert.Equal<Map<string, byte array>>(state free, state clipped)

[<Fact>]
let ``Clipped training gives the same bytes for any number of threads`` () =
    let run threads =
        Samples.withThreads threads (fun () ->
            use engine = stepped (TopKConfig(ModelDim = d, LatentCount = 400, K = 4, ClipNorm = 0.01, Adam = adam)) 4
            state engine)
    let one = run 1
    Assert.Equal<Map<string, byte array>>(one, run 2)
    Assert.Equal<Map<string, byte array>>(one, run 5)

[<Fact>]
let ``Clipping allocates nothing once its buffers are made`` () =
    Samples.withThreads 1 (fun () ->
        use engine = stepped (TopKConfig(ModelDim = d, LatentCount = n, K = 4, ClipNorm = 0.01, Adam = adam)) 3
        let x = batch 1
        let before = GC.GetAllocatedBytesForCurrentThread()
        for step in 1..10 do
            engine.Step(x, 100L) |> ignore
        let each = (GC.GetAllocatedBytesForCurrentThread() - before) / 10L
        Assert.True(each < 1024L, $"{each} bytes a step"))
