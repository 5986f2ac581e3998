module Mlsae.Tests.Dictionaries.LayeredDictionaryTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Training
open Mlsae.Tests.Assertions
open Mlsae.Tests.Dictionaries.SelectionLoss

let private width, layers, tokens, n, k = 5, 3, 6, 16, 4

/// [tokens · layers × width] Layers differ in scale and offset.
let private vectors seed =
    let x = Matrix(tokens * layers, width)
    Philox(uint64 seed, "vectors").FillGaussian(x.Values, 1f)
    for row in 0 .. x.Rows - 1 do
        for i in 0 .. width - 1 do
            x[row, i] <- x[row, i] * float32 (1 + 3 * (row % layers)) + float32 (i * (row % layers))
    x

let private sideBySide (x: Matrix) = x.Reshape(x.Rows / layers, layers * width)

let private crosscoderConfig () =
    TopKConfig(
        ModelDim = layers * width, Parts = layers, LatentCount = n, K = k, AuxK = 5, AuxKCoefficient = 0.25, DeadAfterTokens = 12L, Seed = 3UL,
        Adam = AdamConfig(LearningRate = 1e-2))

let private trainedCrosscoder config steps =
    let engine = new CpuTopKEngine(config, 1)
    for step in 1..steps do
        engine.Step(sideBySide (vectors 1), 100L) |> ignore
    engine

let private plan arrangement = DictionaryPlan(Arrangement = arrangement, Dictionary = TopKConfig(ModelDim = width, LatentCount = n, K = k, Seed = 3UL), TotalTokens = 60L)

let private trained arrangement =
    use engine = new LayeredEngine(plan arrangement, layers, tokens)
    for step in 1..4 do
        engine.Step(vectors step) |> ignore
    engine.Export(DictionaryOrigin(HookPoints = [| for layer in 0 .. layers - 1 -> $"blocks.{layer}.hook_resid_post" |]))

let private layerRows (x: Matrix) layer =
    let rows = Matrix(x.Rows / layers, x.Columns)
    for token in 0 .. rows.Rows - 1 do
        x.Row(token * layers + layer).CopyTo(rows.Row token)
    rows

let private bits (values: float32[]) = Array.map BitConverter.SingleToInt32Bits values

let private entries (codes: SparseRows) row =
    Array.zip (codes.RowIndices(row).ToArray()) (codes.RowValues(row).ToArray() |> Array.map BitConverter.SingleToInt32Bits)

[<Fact>]
let ``A crosscoder's gradients are central differences while no latent is dead`` () =
    use engine = trainedCrosscoder (crosscoderConfig ()) 1
    Assert.Equal(0, engine.Ages.DeadCount)
    checkGradients 2e-6 engine (sideBySide (vectors 2))

[<Fact>]
let ``A crosscoder's gradients are central differences when dead latents reconstruct the error`` () =
    use engine = trainedCrosscoder (crosscoderConfig ()) 3
    Assert.True(engine.Ages.DeadCount > 0)
    checkGradients 2e-6 engine (sideBySide (vectors 2))

[<Fact>]
let ``A BatchTopK crosscoder's gradients are central differences`` () =
    let config =
        BatchTopKConfig(ModelDim = layers * width, Parts = layers, LatentCount = n, K = k, AuxK = 0, Seed = 3UL, Loss = ReconstructionLoss.SquaredNorm)
    use engine = new CpuBatchTopKEngine(config, 1)
    engine.Step(sideBySide (vectors 1), 100L) |> ignore
    checkGradients 2e-4 engine (sideBySide (vectors 2))

[<Fact>]
let ``A crosscoder reconstructs what the dictionary of its side by side vectors does`` () =
    let crosscoder = trained Arrangement.Crosscoder
    let inner = crosscoder.Dictionaries[0]
    let x = vectors 9
    let whole, parts = Matrix(tokens, layers * width), Matrix(x.Rows, width)
    let codes = inner.Reconstruct(sideBySide x, whole)
    let layered = crosscoder.Reconstruct(x, parts)
    for row in 0 .. x.Rows - 1 do
        Assert.Equal<int array>(codes.RowIndices(row / layers).ToArray(), layered.RowIndices(row).ToArray())
    let scale = parts.Values |> Array.map abs |> Array.max |> float
    assertAllClose (1e-5 * scale) "reconstruction" whole.Values parts.Values

[<Fact>]
let ``A crosscoder's value at a layer is its code times the norm of its direction there, and directions there have norm 1`` () =
    let crosscoder = trained Arrangement.Crosscoder :?> Crosscoder
    let inner = crosscoder.Dictionaries[0]
    let x = vectors 9
    let codes, layered = inner.Encode(sideBySide x), crosscoder.Encode x
    for layer in 0 .. layers - 1 do
        for latent in 0 .. n - 1 do
            let part = inner.Decoder.Row(latent).Slice(layer * width, width)
            assertClose 1e-6 "norm" (sqrt (Reference.Dot(part, part))) (float (crosscoder.NormsAt(layer).[latent]))
            let direction = crosscoder.DirectionsAt(layer).Row latent
            assertClose 1e-6 "direction" 1.0 (Reference.Dot(direction, direction))
    for row in 0 .. x.Rows - 1 do
        let norms = crosscoder.NormsAt(row % layers)
        for i in 0 .. k - 1 do
            let code = codes.RowValues(row / layers)[i]
            Assert.Equal(code * norms[codes.RowIndices(row / layers)[i]], layered.RowValues(row)[i])

[<Fact>]
let ``A latent whose direction at a layer is zero is not active there`` () =
    let inner = (trained Arrangement.Crosscoder).Dictionaries[0]
    let x = vectors 9
    // The strongest latent of the first token.
    let silent = inner.Encode(sideBySide x).RowIndices(0)[0]
    inner.Decoder.Row(silent).Slice(width, width).Clear()
    let crosscoder = Crosscoder inner
    let codes = crosscoder.Encode x
    let mutable seen = 0
    for row in 0 .. x.Rows - 1 do
        for latent, value in Array.zip (codes.RowIndices(row).ToArray()) (codes.RowValues(row).ToArray()) do
            if latent = silent then
                seen <- seen + 1
                Assert.Equal((row % layers = 1), (value = 0f))
    Assert.True(seen >= layers)
    let reconstruction = Matrix(x.Rows, width)
    crosscoder.Decode(codes, x, reconstruction)
    Assert.All(reconstruction.Values, fun value -> Assert.True(Single.IsFinite value))

[<Fact>]
let ``Per layer, codes and reconstructions are those of each layer's dictionary on its rows`` () =
    let dictionary = trained Arrangement.PerLayer
    let x = vectors 9
    let reconstruction = Matrix(x.Rows, width)
    let codes = dictionary.Reconstruct(x, reconstruction)
    Assert.Equal(layers * n, dictionary.LatentCount)
    for layer in 0 .. layers - 1 do
        let part = dictionary.Dictionaries[layer]
        Assert.Equal(struct (layer * n, n), dictionary.LatentsAt layer)
        Assert.Same(part.Decoder, dictionary.DirectionsAt layer)
        let rows = layerRows x layer
        let own = Matrix(rows.Rows, width)
        let ownCodes = part.Reconstruct(rows, own)
        for token in 0 .. tokens - 1 do
            let expected = entries ownCodes token |> Array.map (fun (latent, value) -> latent + layer * n, value)
            Assert.Equal<(int * int) array>(expected, entries codes (token * layers + layer))
        Assert.Equal<int array>(bits own.Values, bits (layerRows reconstruction layer).Values)

[<Fact>]
let ``Shared, codes and reconstructions are those of the one dictionary on all rows`` () =
    let dictionary = trained Arrangement.Shared
    let x = vectors 9
    let shared, own = Matrix(x.Rows, width), Matrix(x.Rows, width)
    let codes, ownCodes = dictionary.Reconstruct(x, shared), dictionary.Dictionaries[0].Reconstruct(x, own)
    for row in 0 .. x.Rows - 1 do
        Assert.Equal<(int * int) array>(entries ownCodes row, entries codes row)
    Assert.Equal<int array>(bits own.Values, bits shared.Values)

[<Theory>]
[<InlineData(Arrangement.Shared)>]
[<InlineData(Arrangement.PerLayer)>]
[<InlineData(Arrangement.Crosscoder)>]
let ``A saved dictionary comes back in its arrangement with the same codes and reconstructions`` (arrangement: Arrangement) =
    use folder = new TemporaryFolder()
    let dictionary = trained arrangement
    Assert.False(LayeredDictionary.IsFolder folder.Path)
    dictionary.Save folder.Path
    Assert.True(LayeredDictionary.IsFolder folder.Path)
    let loaded = LayeredDictionary.Load folder.Path
    Assert.Equal(arrangement, loaded.Arrangement)
    Assert.Equal(layers, loaded.LayerCount)
    Assert.Equal(dictionary.LatentCount, loaded.LatentCount)
    Assert.Equal(dictionary.ParameterCount(), loaded.ParameterCount())
    let x = vectors 9
    let before, after = Matrix(x.Rows, width), Matrix(x.Rows, width)
    let codes, loadedCodes = dictionary.Reconstruct(x, before), loaded.Reconstruct(x, after)
    for row in 0 .. x.Rows - 1 do
        Assert.Equal<(int * int) array>(entries codes row, entries loadedCodes row)
    Assert.Equal<int array>(bits before.Values, bits after.Values)

[<Fact>]
let ``Vectors that are not whole tokens, or of another width, are refused`` () =
    for arrangement in [ Arrangement.PerLayer; Arrangement.Crosscoder ] do
        let dictionary = trained arrangement
        Assert.Throws<ArgumentException>(fun () -> dictionary.Encode(Matrix(layers + 1, width)) |> ignore) |> ignore
        Assert.Throws<ArgumentException>(fun () -> dictionary.Encode(Matrix(layers, width + 1)) |> ignore) |> ignore
