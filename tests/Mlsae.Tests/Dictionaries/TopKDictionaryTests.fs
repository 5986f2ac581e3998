module Mlsae.Tests.Dictionaries.TopKDictionaryTests

open System
open System.IO
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Training
open Mlsae.Tests.Assertions

let private small () = TopKConfig(ModelDim = 6, LatentCount = 20, K = 3, Seed = 2UL)

let private fresh config =
    use engine = new CpuTopKEngine(config, 1)
    engine.Export()

let private vectors rows =
    let x = Matrix(rows, 6)
    Philox(4UL, "vectors").FillGaussian(x.Values, 1f)
    x

[<Fact>]
let ``Codes are descending, not negative, and the same as a dense ReLU SAE's when k is n`` () =
    let dictionary = fresh (TopKConfig(ModelDim = 6, LatentCount = 20, K = 20, Seed = 2UL))
    let x = vectors 9
    let codes = dictionary.Encode x
    for row in 0 .. x.Rows - 1 do
        let values = codes.RowValues(row).ToArray()
        Assert.Equal<float32 array>(Array.sortDescending values, values)
        Assert.True(values[values.Length - 1] >= 0f)
        let standardised = Array.zeroCreate<float> 6
        Reference.Standardize(x.Row row, standardised) |> ignore
        for i in 0 .. 19 do
            let latent = codes.RowIndices(row)[i]
            if values[i] > 0f then
                let expected = Seq.sum (seq { for c in 0..5 -> standardised[c] * float dictionary.Encoder[latent, c] })
                assertClose 1e-5 "value" expected (float values[i])

[<Fact>]
let ``Shifting and scaling vectors shifts and scales their reconstructions and leaves the codes`` () =
    let dictionary = fresh (small ())
    let x = vectors 9
    let moved = Matrix(9, 6, x.Values |> Array.map (fun value -> 3f * value - 7f))
    let a, b = Matrix(9, 6), Matrix(9, 6)
    let codes, movedCodes = dictionary.Reconstruct(x, a), dictionary.Reconstruct(moved, b)
    Assert.Equal<int array>(codes.Indices, movedCodes.Indices)
    for i in 0 .. a.Values.Length - 1 do
        assertClose 1e-3 $"[{i}]" (3.0 * float a.Values[i] - 7.0) (float b.Values[i])

[<Fact>]
let ``A zero vector is reconstructed as exactly zero`` () =
    let result = Matrix(1, 6)
    (fresh (small ())).Reconstruct(Matrix(1, 6), result) |> ignore
    Assert.All(result.Values, fun value -> Assert.Equal(0f, value))

[<Fact>]
let ``A reconstruction may overwrite its vectors`` () =
    let dictionary = fresh (small ())
    let x, apart = vectors 5, Matrix(5, 6)
    dictionary.Reconstruct(x, apart) |> ignore
    dictionary.Reconstruct(x, x) |> ignore
    Assert.Equal<float32 array>(apart.Values, x.Values)

[<Fact>]
let ``A saved dictionary loads as it was, in the published layout`` () =
    use folder = new TemporaryFolder()
    let origin = DictionaryOrigin(Model = "some model", HookPoints = [| "blocks.0.hook_resid_post" |], TrainedTokens = 12L)
    let saved = (fresh (small ())).WithOrigin origin
    saved.Save folder.Path
    let loaded = TopKDictionary.Load folder.Path
    Assert.Equal<float32 array>(saved.Encoder.Values, loaded.Encoder.Values)
    Assert.Equal<float32 array>(saved.Decoder.Values, loaded.Decoder.Values)
    Assert.Equal("some model", loaded.Origin.Model)
    Assert.Equal(3, loaded.K)
    use file = SafetensorsFile.Open(folder.File "model.safetensors")
    Assert.Equal<string list>([ "decoder.weight"; "encoder.weight"; "pre_encoder_bias" ], file.Names |> Seq.sort |> Seq.toList)
    Assert.Empty file.Metadata
    Assert.Equal(saved.Decoder[7, 2], file.ReadMatrix("decoder.weight", 6, 20)[2, 7])

[<Fact>]
let ``A published folder, without dictionary.json and with a tensor of its own, loads`` () =
    use folder = new TemporaryFolder()
    (fresh (small ())).Save folder.Path
    File.Delete(folder.File "dictionary.json")
    let loaded = TopKDictionary.Load folder.Path
    Assert.Equal(20, loaded.LatentCount)
    Assert.Equal(Compatibility.Published, loaded.Config.Compatibility)

[<Fact>]
let ``A folder whose weights do not fit its configuration is refused, naming the tensor`` () =
    use folder = new TemporaryFolder()
    (fresh (small ())).Save folder.Path
    File.Delete(folder.File "dictionary.json")
    let config = folder.File "config.json"
    File.WriteAllText(config, (File.ReadAllText config).Replace("20", "21"))
    let error = Assert.Throws<InvalidDataException>(fun () -> TopKDictionary.Load folder.Path |> ignore)
    Assert.Contains("encoder.weight", error.Message)

[<Fact>]
let ``A missing folder is named`` () =
    let error = Assert.Throws<DirectoryNotFoundException>(fun () -> TopKDictionary.Load "no/such/folder" |> ignore)
    Assert.Contains("no/such/folder", error.Message)

let private load (json: string) =
    use folder = new TemporaryFolder()
    let path = folder.File "config.json"
    File.WriteAllText(path, json)
    TrainSettings.Load path

let private complaint json =
    let error = Assert.Throws<InvalidDataException>(fun () -> load json |> ignore)
    Assert.Contains("config.json", error.Message)
    Assert.DoesNotContain("\n", error.Message)
    error.Message

[<Fact>]
let ``Published settings are read under their own names with every quirk`` () =
    let config = TopKConfig.Load(golden "mlsae_topk_auxk_raw/settings.json")
    Assert.Equal((32, 384, 4, 16), (config.ModelDim, config.LatentCount, config.K, config.AuxK))
    Assert.Equal((2L, false, 3e-4), (config.DeadAfterSteps, config.Standardize, config.Adam.LearningRate))
    Assert.Equal(Compatibility.Published, config.Compatibility)

[<Fact>]
let ``Each missing needed field of published settings is named`` () =
    let text = File.ReadAllText(golden "mlsae_topk_auxk/settings.json")
    for name in [ "n_inputs"; "n_latents"; "k"; "auxk"; "auxk_coef"; "dead_steps_threshold"; "dead_threshold"; "standardize"; "lr" ] do
        let without = Text.RegularExpressions.Regex.Replace(text, $"\"{name}\": [^,]*,", "", Text.RegularExpressions.RegexOptions.None)
        Assert.Contains($"'{name}' is missing", complaint without)

[<Fact>]
let ``Unknown, mistyped and impossible settings are named in one sentence`` () =
    Assert.Contains("'kk'", complaint """{ "model_dim": 8, "kk": 2 }""")
    Assert.Contains("'model_dim'", complaint """{ "k": 2 }""")
    Assert.Contains("'k'", complaint """{ "model_dim": 8, "k": "two" }""")
    Assert.Contains("k is 200 but the dictionary has only 128 latents", complaint """{ "model_dim": 8, "k": 200 }""")
    Assert.Contains("compatibility is 'old'", complaint """{ "model_dim": 8, "compatibility": "old" }""")
    Assert.Contains("batch_tokens is 1", complaint """{ "dictionary": { "model_dim": 8 }, "training": { "batch_tokens": 1 } }""")
    Assert.Contains("'training.batch'", complaint """{ "dictionary": { "model_dim": 8 }, "training": { "batch": 1 } }""")
    complaint "[1, 2]" |> ignore
    complaint "{ not json" |> ignore

[<Fact>]
let ``Settings survive being written and read`` () =
    use folder = new TemporaryFolder()
    let config =
        TopKConfig(ModelDim = 8, ExpansionFactor = Nullable 4, K = 5, PreBias = PreBiasStart.Mean, Compatibility = Compatibility(PooledVariance = true), Seed = UInt64.MaxValue)
    config.Save(folder.File "c.json")
    let back = TopKConfig.Load(folder.File "c.json")
    Assert.Equal((32, 5, PreBiasStart.Mean, UInt64.MaxValue), (back.LatentCount, back.K, back.PreBias, back.Seed))
    Assert.True(back.Compatibility.PooledVariance && not back.Compatibility.AuxKInRawUnits)

[<Fact>]
let ``The activations give the width that a file leaves out, and contradict one that is wrong`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "config.json"
    File.WriteAllText(path, """{ "k": 4, "compatibility": "published" }""")
    let config = TopKConfig.Load(path, Nullable 16)
    Assert.Equal((16, Compatibility.Published), (config.ModelDim, config.Compatibility))
    File.WriteAllText(path, """{ "model_dim": 8, "k": 4 }""")
    let error = Assert.Throws<InvalidDataException>(fun () -> TopKConfig.Load(path, Nullable 16) |> ignore)
    Assert.Contains("width 8 but the activations have width 16", error.Message)
