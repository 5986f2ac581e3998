/// What can be trained, and how it is asked for.
module Mlsae.Tests.Cli.TrainOptionTests

open System
open System.IO
open Xunit
open Mlsae.Dictionaries
open Mlsae.Numerics
open Mlsae.Pipelines
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Cli.CommandRunner

/// 96 tokens of three layers, none negative.
let private activations (folder: TemporaryFolder) =
    let path = folder.File "activations.safetensors"
    let values = Array.zeroCreate<float32> (96 * 3 * 8)
    Philox(1UL, "activations").FillGaussian(values, 1f)
    SafetensorsFile.Write(path, [ Tensor.Of("activations", ReadOnlySpan(Array.map abs values), 96L, 3L, 8L) ])
    path

let private train (folder: TemporaryFolder) options =
    [ "train"; "--activations"; activations folder; "--batch-tokens"; "32"; "--shuffle-tokens"; "0"; "--output"; folder.File "run" ] @ options

let private plans (folder: TemporaryFolder) options =
    let code, sentence = run (train folder options)
    Assert.True((code = 0), sentence)
    DictionaryRun.Config(RunFolder.Open(folder.File "run")).Dictionaries |> List.ofSeq

[<Fact>]
let ``Every kind is trained side by side with the others, and its dictionary encodes what it saved`` () =
    use folder = new TemporaryFolder()
    let kinds = DictionaryKinds.Names |> List.ofSeq
    let trained = plans folder [ "--kind"; String.Join(",", kinds); "--k"; "2" ]
    Assert.Equal<string list>(kinds, [ for plan in trained -> plan.Name ])
    let x = Matrix(5, 8)
    Philox(2UL, "x").FillUniform(x.Values, 0f, 1f)
    for plan in trained do
        let dictionary = LayeredDictionary.Load(Path.Combine(folder.File "run", "dictionary", plan.Name), 3)
        let codes = dictionary.Dictionaries[0].Encode x
        Assert.Equal(5, codes.Rows)
        Assert.All(codes.Values[.. codes.EntryCount - 1], fun value -> Assert.True(value >= 0f, $"{plan.Name}: {value}"))

[<Fact>]
let ``Kinds, arrangements and sizes are trained in every combination`` () =
    use folder = new TemporaryFolder()
    let trained = plans folder [ "--kind"; "topk"; "relu"; "--arrangement"; "shared,per-layer,crosscoder"; "--expansion-factor"; "1"; "2"; "--k"; "2" ]
    Assert.Equal(12, trained.Length)
    let plan = trained |> List.find (fun plan -> plan.Name = "relu.per-layer.x2")
    Assert.Equal(Arrangement.PerLayer, plan.Arrangement)
    Assert.Equal(16, plan.Dictionary.LatentCount)
    for plan in trained do
        let dictionary = LayeredDictionary.Load(Path.Combine(folder.File "run", "dictionary", plan.Name), 3)
        Assert.Equal(plan.Arrangement, dictionary.Arrangement)
        Assert.Equal(3, dictionary.LayerCount)

[<Fact>]
let ``A dictionary's options reach its configuration`` () =
    use folder = new TemporaryFolder()
    let options =
        [ "--kind"; "relu"; "--latents"; "12"; "--sparsity"; "0.25"; "--sparsity-warm-up-steps"; "7"; "--clip-norm"; "2"; "--loss"; "mean-squared-error"; "--raw"; "--pre-bias"; "zero"
          "--resample-at"; "2"; "3"; "--resample-window"; "1"; "--resample-inputs"; "9"; "--learning-rate"; "0.01"; "--seed"; "4"; "--dead-threshold"; "0" ]
    let relu = Assert.IsType<ReluConfig>((plans folder options).Head.Dictionary)
    let expected =
        ReluConfig(
            ModelDim = 8, LatentCount = 12, Sparsity = 0.25, SparsityWarmUpSteps = 7L, ClipNorm = 2.0, Loss = ReconstructionLoss.MeanSquaredError, Standardize = false,
            PreBias = PreBiasStart.Zero, Adam = AdamConfig(LearningRate = 0.01), Seed = 4UL, DeadThreshold = 0.0, Resampling = relu.Resampling)
    // As files: a default that follows from other fields is written out once it was read.
    let json (config: DictionaryConfig) = Text.Json.JsonSerializer.Serialize(config, JsonFile.SnakeCase)
    Assert.Equal(json expected, json relu)
    Assert.Equal<int64>([ 2L; 3L ], relu.Resampling.AtSteps)
    Assert.Equal(9, relu.Resampling.Inputs)

[<Fact>]
let ``Configuration files are trained side by side under their names`` () =
    use folder = new TemporaryFolder()
    let file name (text: string) =
        let path = folder.File $"{name}.json"
        File.WriteAllText(path, text)
        path
    let first = file "first" """{ "kind": "batchtopk", "model_dim": 8, "latent_count": 20, "k": 3 }"""
    let second = file "second" """{ "dictionary": { "kind": "gated", "latent_count": 10 } }"""
    let trained = plans folder [ "--config"; first; second ]
    Assert.Equal<string list>([ "first"; "second" ], [ for plan in trained -> plan.Name ])
    Assert.IsType<BatchTopKConfig> trained.Head.Dictionary |> ignore
    Assert.Equal(10, trained[1].Dictionary.LatentCount)

[<Fact>]
let ``What fits no dictionary is refused with the reason`` () =
    use folder = new TemporaryFolder()
    assertRefused 2 [ "'foo'"; "matryoshka" ] (train folder [ "--kind"; "foo" ])
    assertRefused 2 [ "'layered'"; "crosscoder" ] (train folder [ "--arrangement"; "layered" ])
    assertRefused 2 [ "--k"; "relu" ] (train folder [ "--kind"; "relu"; "--k"; "3" ])
    assertRefused 2 [ "--sparsity"; "topk" ] (train folder [ "--sparsity"; "0.1" ])
    assertRefused 2 [ "--resample-at" ] (train folder [ "--kind"; "relu"; "--resample-window"; "5" ])
    assertRefused 2 [ "--latents"; "--expansion-factor" ] (train folder [ "--latents"; "8"; "--expansion-factor"; "2"; "--k"; "2" ])
    assertRefused 2 [ "'huber'"; "squared-norm" ] (train folder [ "--loss"; "huber" ])
    let config = folder.File "c.json"
    File.WriteAllText(config, """{ "kind": "sparse", "model_dim": 8 }""")
    assertRefused 1 [ "c.json"; "kind"; "sparse"; "jumprelu" ] (train folder [ "--config"; config ])
    assertRefused 2 [ "--kind"; "--config" ] (train folder [ "--config"; config; "--kind"; "relu" ])

[<Fact>]
let ``A run of several dictionaries has a report of its own, which names what is missing`` () =
    use folder = new TemporaryFolder()
    plans folder [ "--kind"; "topk,pca"; "--k"; "2"; "--vectors"; "288" ] |> ignore
    let page = Mlsae.Scripting.RunReport.write (RunFolder.Open(folder.File "run"))
    let html = File.ReadAllText page
    Assert.Contains("2 dictionaries side by side", html)
    Assert.Contains("mlsae evaluate", html)
    let fvu = File.ReadAllText(Path.Combine(folder.File "run", "report", "data", "training-fvu.csv"))
    Assert.Contains("topk", fvu)
    Assert.Contains("pca", fvu)
