/// Every mistake a user can make ends in one sentence and an exit code, never in a stack trace.
module Mlsae.Tests.Cli.BadInputTests

open System
open System.IO
open Xunit
open Mlsae.Storage
open Mlsae.Tests.Assertions
open Mlsae.Tests.Cli.CommandRunner

let private model = "gptneox_parallel"

/// A copy of the golden model whose files the test then spoils.
let private spoiledModel (folder: TemporaryFolder) spoil =
    let copy = folder.File "model"
    Directory.CreateDirectory copy |> ignore
    for file in Directory.GetFiles(golden model) do
        File.Copy(file, Path.Combine(copy, Path.GetFileName file))
    spoil copy
    copy

let private replaceInConfig (before: string) (after: string) folder =
    let path = Path.Combine(folder, "config.json")
    let text = File.ReadAllText path
    Assert.Contains(before, text)
    File.WriteAllText(path, text.Replace(before, after))

let private ids (folder: TemporaryFolder) =
    let path = folder.File "ids.safetensors"
    SafetensorsFile.Write(path, [ Tensor.Of("input_ids", ReadOnlySpan [| 1L; 2L; 3L |], 1L, 3L) ])
    path

let private harvest (folder: TemporaryFolder) model = [ "harvest"; "--model"; model; "--input-ids"; ids folder; "--output"; folder.File "out.safetensors" ]

[<Fact>]
let ``A missing model folder`` () =
    use folder = new TemporaryFolder()
    assertRefused 1 [ "no-such-model" ] (harvest folder "no-such-model")

[<Fact>]
let ``A model's config without a needed field`` () =
    use folder = new TemporaryFolder()
    let spoiled = spoiledModel folder (replaceInConfig "\"num_attention_heads\"" "\"heads\"")
    assertRefused 1 [ "num_attention_heads"; "config.json" ] (harvest folder spoiled)

[<Fact>]
let ``An unknown architecture`` () =
    use folder = new TemporaryFolder()
    let spoiled = spoiledModel folder (replaceInConfig "gpt_neox" "mamba" >> ignore)
    replaceInConfig "GPTNeoXForCausalLM" "MambaForCausalLM" spoiled
    assertRefused 1 [ "amba" ] (harvest folder spoiled)

[<Fact>]
let ``A truncated safetensors file`` () =
    use folder = new TemporaryFolder()
    let truncate model =
        let path = Path.Combine(model, "model.safetensors")
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..5000])
    assertRefused 1 [ "model.safetensors" ] (harvest folder (spoiledModel folder truncate))

[<Fact>]
let ``A token id that the model does not have`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "wrong.safetensors"
    SafetensorsFile.Write(path, [ Tensor.Of("input_ids", ReadOnlySpan [| 1L; 99999L |], 1L, 2L) ])
    assertRefused 2 [ "99999" ] [ "harvest"; "--model"; golden model; "--input-ids"; path; "--output"; folder.File "out" ]

let private activations (folder: TemporaryFolder) =
    let path = folder.File "activations.safetensors"
    SafetensorsFile.Write(path, [ Tensor.Of("activations", ReadOnlySpan(Array.init (64 * 2 * 4) float32), 64L, 2L, 4L) ])
    path

[<Fact>]
let ``More latents kept than there are`` () =
    use folder = new TemporaryFolder()
    assertRefused 2 [ "k is 9"; "8 latents" ]
        [ "train"; "--activations"; activations folder; "--latents"; "8"; "--k"; "9"; "--output"; folder.File "run" ]

[<Fact>]
let ``A dictionary's config with a field that is unknown`` () =
    use folder = new TemporaryFolder()
    let config = folder.File "config.json"
    File.WriteAllText(config, """{ "dictionary": { "kk": 3 } }""")
    assertRefused 1 [ "kk"; "config.json" ]
        [ "train"; "--activations"; activations folder; "--config"; config; "--output"; folder.File "run" ]

[<Fact>]
let ``A text that is not UTF-8`` () =
    use folder = new TemporaryFolder()
    let text = folder.File "latin1.txt"
    File.WriteAllBytes(text, [| 99uy; 97uy; 102uy; 0xE9uy; 10uy |])
    assertRefused 1 [ "latin1.txt"; "UTF-8" ]
        [ "tokenize"; "--tokenizer"; golden "tokenizers/gpt2.pruned.json"; text; "--output"; folder.File "ids" ]

[<Fact>]
let ``A run folder that is none`` () =
    use folder = new TemporaryFolder()
    assertRefused 1 [ "run.json" ] [ "evaluate"; folder.Path ]

[<Fact>]
let ``A finished run is not overwritten unasked`` () =
    use folder = new TemporaryFolder()
    let train = [ "train"; "--activations"; activations folder; "--latents"; "8"; "--k"; "2"; "--shuffle-tokens"; "0"; "--output"; folder.File "run" ]
    Assert.Equal(0, fst (run train))
    assertRefused 1 [ "finished run" ] train
    Assert.Equal(0, fst (run (train @ [ "--overwrite" ])))

[<Fact>]
let ``The demo does not overwrite another run unasked`` () =
    use folder = new TemporaryFolder()
    let train = [ "train"; "--activations"; activations folder; "--latents"; "8"; "--k"; "2"; "--shuffle-tokens"; "0"; "--output"; folder.File "run" ]
    Assert.Equal(0, fst (run train))
    assertRefused 1 [ "finished run" ] [ "demo"; "--output"; folder.File "run" ]

[<Fact>]
let ``A comparison that cannot be`` () =
    assertRefused 2 [ "'latents'"; "total-latents"; "training-flops" ] [ "compare"; "--budget"; "latents" ]
    assertRefused 2 [ "k is 16"; "10 latents"; "per-layer" ] [ "compare"; "--latents"; "60" ]
    assertRefused 2 [ "'relu'"; "batchtopk" ] [ "compare"; "--kind"; "relu" ]
    assertRefused 2 [ "'n=5'"; "k=8,16,32" ] [ "compare"; "--sweep"; "n=5" ]
    assertRefused 2 [ "seeds is 0" ] [ "compare"; "--seeds"; "0" ]

[<Fact>]
let ``A comparison goes on only with a comparison's run`` () =
    use folder = new TemporaryFolder()
    let train = [ "train"; "--activations"; activations folder; "--latents"; "8"; "--k"; "2"; "--shuffle-tokens"; "0"; "--output"; folder.File "run" ]
    Assert.Equal(0, fst (run train))
    assertRefused 2 [ "no comparison" ] [ "compare"; "--resume"; folder.File "run" ]

[<Fact>]
let ``An analysis that there is not, or that cannot be made`` () =
    use folder = new TemporaryFolder()
    let train = [ "train"; "--activations"; activations folder; "--latents"; "8"; "--k"; "2"; "--shuffle-tokens"; "0"; "--output"; folder.File "run" ]
    Assert.Equal(0, fst (run train))
    assertRefused 2 [ "'layers'"; "latent-layers"; "all" ] [ "analyze"; "layers"; folder.File "run" ]
    assertRefused 1 [ "--model" ] [ "analyze"; "latent-layers"; folder.File "run" ]
    assertRefused 2 [ "sequences is 0" ] [ "analyze"; "latent-layers"; folder.File "run"; "--sequences"; "0" ]
    assertRefused 2 [ "no dictionary 'x'"; "dictionary" ] [ "analyze"; "all"; folder.File "run"; "--dictionary"; "x" ]
    assertRefused 1 [ "no run folder" ] [ "analyze"; "all"; folder.File "nothing" ]

[<Theory>]
[<InlineData("no-such-verb")>]
[<InlineData("train --no-such-option")>]
[<InlineData("tokenize")>]
[<InlineData("info nowhere --threads 0")>]
let ``Wrong usage has exit code 2`` (line: string) =
    assertRefused 2 [] (List.ofArray (line.Split ' '))

[<Theory>]
[<InlineData("--help")>]
[<InlineData("train --help")>]
[<InlineData("analyze --help")>]
[<InlineData("lm sample --help")>]
let ``Help has exit code 0`` (line: string) =
    Assert.Equal((0, ""), run (List.ofArray (line.Split ' ')))

[<Fact>]
let ``Patching that is wished wrongly`` () =
    assertRefused 2 [ "pairs is 1" ] [ "analyze"; "ioi-patching"; "nowhere"; "--pairs"; "1" ]
    assertRefused 2 [ "nmf"; "per-layer-n" ] [ "analyze"; "ioi-patching"; "nowhere"; "--companions"; "pca,nmf" ]
    assertRefused 2 [ "samples is 1" ] [ "analyze"; "steering"; "nowhere"; "--texts"; "1" ]
