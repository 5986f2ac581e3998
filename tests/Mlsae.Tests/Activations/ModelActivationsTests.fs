module Mlsae.Tests.Activations.ModelActivationsTests

open System
open Xunit
open Mlsae
open Mlsae.Activations
open Mlsae.Storage
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Activations.TestDoubles

let private harvest (text: int[][]) (config: HarvestConfig) =
    let model = LanguageModelDouble(3, 4, 50)
    use stream = new ModelActivations(model, new ContextsDouble(text), config)
    readAll stream, model

/// What the double gives for a token at some hook points, layer after layer.
let private expected (context: int[]) position width (points: HookPoint list) =
    [| for point in points do
           for column in 0 .. width - 1 -> LanguageModelDouble.Value(ReadOnlySpan context, position, point, column) |]

let private residual = [ for layer in 0..2 -> HookPoint.ResidPost layer ]

[<Fact>]
let ``Every token comes once, in order, with the residual stream of every layer`` () =
    let text = contexts 11 6
    let tokens, model = harvest text (HarvestConfig(TokensPerForward = 20))
    Assert.Equal(66, tokens.Length)
    for t in 0..65 do
        Assert.Equal<float32[]>(expected text[t / 6] (t % 6) 4 residual, tokens[t])
    // Three contexts a pass, two in the last; the logits are not asked for.
    Assert.Equal<int list>([ 3; 3; 3; 2 ], [ for pass in model.Passes -> pass.Sequences ])

[<Fact>]
let ``The size of a forward pass changes nothing`` () =
    let text = contexts 7 5
    let all size = harvest text (HarvestConfig(TokensPerForward = size)) |> fst |> Array.concat
    for size in [ 5; 12; 1000 ] do
        Assert.Equal<float32[]>(all 1, all size)

[<Fact>]
let ``Special tokens are dropped, or kept as zeros as the published code does`` () =
    let text = contexts 9 6
    let special = [| text[0][0]; text[4][3] |]
    let ids = Array.concat text
    let dropped, _ = harvest text (HarvestConfig(SpecialTokens = special, TokensPerForward = 12))
    let zeroed, _ = harvest text (HarvestConfig(SpecialTokens = special, TokensPerForward = 12, ZeroesSpecialTokens = true))
    let whole, _ = harvest text (HarvestConfig())
    let isSpecial id = Array.contains id special
    Assert.Equal<float32[][]>([| for id, token in Array.zip ids whole do if not (isSpecial id) then token |], dropped)
    Assert.Equal<float32[][]>([| for id, token in Array.zip ids whole -> if isSpecial id then Array.zeroCreate 12 else token |], zeroed)

[<Fact>]
let ``Contexts of nothing but special tokens are passed over`` () =
    let text = [| [| 1; 1 |]; [| 1; 1 |]; [| 1; 2 |]; [| 1; 1 |] |]
    let tokens, _ = harvest text (HarvestConfig(SpecialTokens = [| 1 |], TokensPerForward = 2))
    Assert.Equal<float32[][]>([| expected text[2] 1 4 residual |], tokens)

[<Fact>]
let ``The layers are the hook points that were named, in their order`` () =
    let text = contexts 2 4
    let points = [ HookPoint.MlpPost 2; HookPoint.MlpPost 0 ]
    let tokens, _ = harvest text (HarvestConfig(HookPoints = ResizeArray points))
    Assert.Equal<float32[]>(expected text[1] 3 8 points, tokens[7])

[<Fact>]
let ``Hook points that do not fit the model or each other are refused`` () =
    let refused (points: HookPoint list) =
        Assert.Throws<ArgumentException>(fun () -> harvest (contexts 1 4) (HarvestConfig(HookPoints = ResizeArray points)) |> ignore).Message
    Assert.Contains("There is no blocks.3.hook_resid_post: the model has 3 blocks", refused [ HookPoint.ResidPost 3 ])
    Assert.Contains("There is no blocks.-1", refused [ HookPoint(HookKind.ResidPost) ])
    Assert.Contains("has width 8 where blocks.0.hook_resid_post has 4", refused [ HookPoint.ResidPost 0; HookPoint.MlpPost 0 ])
    Assert.Contains("cannot be harvested", refused [ HookPoint(HookKind.AttentionPattern, 0) ])
    Assert.Contains("named twice", refused [ HookPoint.ResidPost 0; HookPoint.ResidPost 0 ])

[<Fact>]
let ``Contexts longer than the model reads are refused`` () =
    let error = Assert.Throws<ArgumentException>(fun () -> harvest (contexts 1 17) (HarvestConfig()) |> ignore)
    Assert.Contains("Contexts have 17 tokens, but the model reads 1 to 16", error.Message)

[<Theory>]
[<InlineData("gptneox_parallel", 4)>]
[<InlineData("gpt2", 3)>]
[<InlineData("llama_gqa", 3)>]
let ``What is harvested from a real architecture is its residual stream, and resuming gives the same bytes`` (name: string) (layers: int) =
    let model = LanguageModel.Load(golden name)
    use expected = SafetensorsFile.Open(golden $"{name}/expected.safetensors")
    let text = expected.ReadLongs "input_ids" |> Array.map int |> Array.chunkBySize 48
    let harvest () = new ModelActivations(model, new ContextsDouble(text), HarvestConfig(TokensPerForward = 48))
    let tokens = readAll (harvest ())
    Assert.Equal(96, tokens.Length)
    for layer in 0 .. layers - 1 do
        let stream = expected.ReadFloats $"layers.{layer}.resid_post"
        let ours = tokens |> Array.collect (fun token -> token[64 * layer .. 64 * layer + 63])
        assertAllClose 5e-5 $"layer {layer}" stream ours
    use stopped = harvest ()
    readTokens [] 71 stopped |> ignore
    use resumed = harvest ()
    resumed.RestoreState(new TensorSet(stopped.SaveState()))
    Assert.Equal<float32[][]>(tokens[71..], readAll resumed)
