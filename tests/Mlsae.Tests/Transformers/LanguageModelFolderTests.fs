module Mlsae.Tests.Transformers.LanguageModelFolderTests

open System
open System.IO
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Xunit

let private goldenNames =
    [ "gptneox_parallel"; "gptneox_sequential"; "gptneox_f16_hub_layout"; "gptneox_relu_1layer"; "gpt2"; "gpt2_hub_layout"; "llama_gqa"; "llama_untied" ]

let private tinyNames = [ "neox parallel"; "neox sequential"; "neox relu"; "gpt2"; "llama"; "llama tied" ]

let private weightBits (model: LanguageModel) = [ for p in model.Weights.Parameters -> p.Name, bits p.Values ]

[<Fact>]
let ``A saved model is the loaded one, bit for bit, and keeps its configuration`` () =
    use folder = new TemporaryFolder()
    for name in goldenNames do
        let model = LanguageModel.Load(golden name)
        model.Save folder.Path
        let again = LanguageModel.Load folder.Path
        Assert.Equal(model.Config, again.Config)
        Assert.Equal<(string * int[]) list>(weightBits model, weightBits again)

[<Fact>]
let ``Configurations of every kind come back from config.json`` () =
    use folder = new TemporaryFolder()
    for name in tinyNames do
        let config = (TinyModels.config name).Validated()
        File.WriteAllText(folder.File "config.json", LanguageModelConfigFile.Write config)
        Assert.Equal(config, LanguageModelConfigFile.Read(folder.File "config.json"))

[<Fact>]
let ``Weights stored in half precision are the nearest halves`` () =
    use folder = new TemporaryFolder()
    let model = TinyModels.model (TinyModels.llama true)
    model.Save(folder.Path, half = true)
    let again = LanguageModel.Load folder.Path
    for before, after in Seq.zip model.Weights.Parameters again.Weights.Parameters do
        let halves = before.Values.AsSpan().ToArray() |> Array.map (fun x -> float32 (Half.op_Explicit x: Half))
        Assert.Equal<float32[]>(halves, after.Values.AsSpan().ToArray())

[<Fact>]
let ``The number of weights is what the configuration says`` () =
    for name in tinyNames do
        let model = TinyModels.model (TinyModels.config name)
        Assert.Equal(model.Config.ParameterCount, model.Weights.Parameters |> Seq.sumBy (fun p -> int64 p.Values.Rows * int64 p.Values.Columns))

let private neoXText =
    """{"model_type":"gpt_neox","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":12,"vocab_size":13,"max_position_embeddings":9,"hidden_act":"gelu"}"""

let private refusal (text: string) =
    use folder = new TemporaryFolder()
    let path = folder.File "config.json"
    File.WriteAllText(path, text)
    let error = Assert.ThrowsAny<InvalidDataException>(fun () -> LanguageModelConfigFile.Read path |> ignore)
    Assert.Contains(path, error.Message)
    error.Message

[<Theory>]
[<InlineData("hidden_size", "hidden_size")>]
[<InlineData("num_hidden_layers", "num_hidden_layers")>]
[<InlineData("num_attention_heads", "num_attention_heads")>]
[<InlineData("intermediate_size", "intermediate_size")>]
[<InlineData("vocab_size", "vocab_size")>]
[<InlineData("max_position_embeddings", "max_position_embeddings")>]
[<InlineData("hidden_act", "hidden_act")>]
[<InlineData("model_type", "model_type")>]
let ``A needed field that is missing is named`` (field: string, named: string) =
    let message = refusal (neoXText.Replace($"\"{field}\"", "\"something_else\""))
    Assert.Contains(named, message)
    Assert.Contains("missing", message)

[<Theory>]
[<InlineData("\"gpt_neox\"", "\"mamba\"", "'mamba'")>]
[<InlineData("\"gelu\"", "\"tanh\"", "'tanh'")>]
[<InlineData(":13", ":-1", "vocab_size is -1")>]
[<InlineData(":13", ":1.5", "vocab_size is 1.5")>]
[<InlineData(":13", ":\"13\"", "vocab_size")>]
[<InlineData("\"hidden_size\":8", "\"hidden_size\":9", "ModelDim 9 is not a multiple of HeadCount 2")>]
[<InlineData("\"hidden_act\"", "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0},\"hidden_act\"", "rope_scaling")>]
[<InlineData("\"hidden_act\"", "\"rope_parameters\":{\"rope_type\":\"yarn\"},\"hidden_act\"", "'yarn'")>]
[<InlineData("\"hidden_act\"", "\"layer_norm_eps\":0,\"hidden_act\"", "layer_norm_eps")>]
[<InlineData("\"hidden_act\"", "\"use_parallel_residual\":1,\"hidden_act\"", "use_parallel_residual")>]
[<InlineData("\"hidden_act\"", "\"rotary_pct\":2.0,\"hidden_act\"", "RotaryDims 8")>]
[<InlineData("{", "[", "JSON")>]
let ``A setting that is wrong or not supported is named`` (good: string, bad: string, named: string) =
    Assert.Contains(named, refusal (neoXText.Replace(good, bad)))

[<Fact>]
let ``Settings in the names of newer files are read`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "config.json"
    File.WriteAllText(path, neoXText.Replace("\"hidden_act\"", "\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":5000,\"partial_rotary_factor\":0.5},\"hidden_act\""))
    let config = LanguageModelConfigFile.Read path
    Assert.Equal(2, config.RotaryDims)
    Assert.Equal(5000f, config.RotaryBase)

let private copyGolden name (folder: TemporaryFolder) =
    for file in [ "config.json"; "model.safetensors" ] do
        File.Copy(Path.Combine(golden name, file), folder.File file)

let private rewrite (folder: TemporaryFolder) (change: Tensor list -> Tensor list) =
    let path = folder.File "model.safetensors"
    let tensors =
        use source = SafetensorsFile.Open path
        [ for name in source.Names do
              let values = source.ReadFloats name
              let struct (_, shape) = source.Describe name
              Tensor.Of(name, values, shape) ]
    SafetensorsFile.Write(path, change tensors)

[<Fact>]
let ``A tensor that is missing, of another shape or of no such model is named with its file`` () =
    let refused change (part: string) =
        use folder = new TemporaryFolder()
        copyGolden "gptneox_relu_1layer" folder
        rewrite folder change
        let error = Assert.ThrowsAny<InvalidDataException>(fun () -> LanguageModel.Load folder.Path |> ignore)
        Assert.Contains(part, error.Message)
        Assert.Contains(folder.Path, error.Message)
    let zeros = Array.zeroCreate<float32> 32
    refused (List.filter (fun t -> t.Name <> "embed_out.weight")) "embed_out.weight"
    refused (List.map (fun t -> if t.Name = "embed_out.weight" then Tensor.Of(t.Name, zeros, 1L, 32L) else t)) "embed_out.weight"
    refused (fun all -> Tensor.Of("gpt_neox.layers.0.extra.weight", zeros, 1L, 32L) :: all) "extra.weight"

[<Fact>]
let ``A truncated or missing file is refused with its path`` () =
    use folder = new TemporaryFolder()
    copyGolden "gptneox_relu_1layer" folder
    let path = folder.File "model.safetensors"
    let bytes = File.ReadAllBytes path
    File.WriteAllBytes(path, bytes[.. bytes.Length / 2])
    Assert.Contains(path, Assert.ThrowsAny<InvalidDataException>(fun () -> LanguageModel.Load folder.Path |> ignore).Message)
    File.Delete path
    Assert.Contains(folder.Path, Assert.ThrowsAny<IOException>(fun () -> LanguageModel.Load folder.Path |> ignore).Message)
    File.Delete(folder.File "config.json")
    Assert.Contains("config.json", Assert.ThrowsAny<IOException>(fun () -> LanguageModel.Load folder.Path |> ignore).Message)
    Assert.Contains("nowhere", Assert.ThrowsAny<IOException>(fun () -> LanguageModel.Load(folder.File "nowhere") |> ignore).Message)
