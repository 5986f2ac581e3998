module Mlsae.Tests.HookPointTests

open System
open Xunit
open Mlsae

let private everyPoint =
    [ for kind in Enum.GetValues<HookKind>() do
          match kind with
          | HookKind.Embed
          | HookKind.FinalNorm
          | HookKind.Logits -> HookPoint kind
          | _ ->
              HookPoint(kind, 0)
              HookPoint(kind, 31) ]

[<Fact>]
let ``Every hook point parses back from its name`` () =
    for point in everyPoint do
        Assert.Equal(point, HookPoint.Parse(point.ToString()))

[<Theory>]
[<InlineData("blocks.3.hook_resid_post", HookKind.ResidPost)>]
[<InlineData("blocks.3.mlp.hook_post", HookKind.MlpPost)>]
[<InlineData("blocks.3.attn.hook_pattern", HookKind.AttentionPattern)>]
[<InlineData("blocks.3.hook_attn_out", HookKind.AttentionOut)>]
let ``Names are TransformerLens' names`` (name: string, kind: HookKind) =
    Assert.Equal(HookPoint(kind, 3), HookPoint.Parse name)

[<Theory>]
[<InlineData("")>]
[<InlineData("blocks.3")>]
[<InlineData("blocks.-1.hook_resid_post")>]
[<InlineData("blocks.x.hook_resid_post")>]
[<InlineData("blocks.3.hook_resid")>]
[<InlineData("Blocks.3.hook_resid_post")>]
let ``What is no hook point is refused with a sentence that lists them`` (name: string) =
    let problem = Assert.Throws<FormatException>(fun () -> HookPoint.Parse name |> ignore)
    Assert.Contains("hook_resid_post", problem.Message)
    Assert.Contains($"'{name}'", problem.Message)

[<Fact>]
let ``A short name stands for the place in every block, a full name for itself`` () =
    Assert.Equal<HookPoint>([ HookPoint.MlpPost 0; HookPoint.MlpPost 2 ], HookPoint.InEveryBlock("mlp_post", [| 0; 2 |]))
    Assert.Equal<HookPoint>([ HookPoint.ResidPost 1 ], HookPoint.InEveryBlock("blocks.1.hook_resid_post", [| 0; 2 |]))
    for name in HookPoint.NamesInBlocks do
        Assert.StartsWith("blocks.5.", string (HookPoint.InEveryBlock(name, [| 5 |])[0]))
    Assert.Contains("resid_post", Assert.Throws<FormatException>(fun () -> HookPoint.InEveryBlock("residual", [| 0 |]) |> ignore).Message)
