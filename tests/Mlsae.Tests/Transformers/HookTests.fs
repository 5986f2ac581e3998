module Mlsae.Tests.Transformers.HookTests

open System
open System.Collections.Generic
open Mlsae
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Xunit

let private edits (changes: (HookPoint * (Matrix -> unit)) list) =
    let all = Dictionary<HookPoint, Action<Matrix>>()
    for point, change in changes do
        all[point] <- Action<Matrix> change
    all

let private tokens = TokenBatch.Of(TinyModels.sequences 3 6)

let private capture points (model: LanguageModel) =
    model.Forward(tokens, ForwardOptions(Captures = List.toArray points))

let private names = [ "neox parallel"; "neox sequential"; "gpt2"; "llama" ]

[<Fact>]
let ``A pass from any layer on gives the same bits as the whole pass`` () =
    for name in names do
        let model = TinyModels.model (TinyModels.config name)
        for layer in 0 .. model.LayerCount - 1 do
            let whole = capture [ HookPoint.ResidPost layer; HookPoint.MlpPost 1 ] model
            let rest = model.Forward(tokens, ForwardOptions(StartLayer = layer, StartResidual = whole[HookPoint.ResidPost layer]))
            Assert.Equal<int[]>(bits whole.Logits, bits rest.Logits)

[<Fact>]
let ``An MLP's output edited to zero is a model whose last MLP matrix is zero`` () =
    for name in names do
        let edited =
            (TinyModels.model (TinyModels.config name))
                .Forward(tokens, ForwardOptions(Edits = edits [ HookPoint(HookKind.MlpOut, 0), (fun m -> m.Fill 0f) ]))
        let changed = TinyModels.model (TinyModels.config name)
        changed.Weights.Blocks[0].MlpOut.Fill 0f
        if not (isNull changed.Weights.Blocks[0].MlpOutBias) then
            Array.Clear changed.Weights.Blocks[0].MlpOutBias
        Assert.Equal<int[]>(bits (changed.Forward tokens).Logits, bits edited.Logits)

[<Fact>]
let ``A pattern edited to zero leaves of attention its bias`` () =
    let model = TinyModels.model TinyModels.gpt2
    let point = HookPoint(HookKind.AttentionOut, 1)
    let result =
        model.Forward(tokens, ForwardOptions(Captures = [| point |], Edits = edits [ HookPoint(HookKind.AttentionPattern, 1), (fun m -> m.Fill 0f) ]))
    for row in 0 .. result[point].Rows - 1 do
        assertAllClose 1e-6 "attention" model.Weights.Blocks[1].AttentionOutBias (result[point].Row(row).ToArray())

[<Fact>]
let ``A pattern edited to the own position mixes each position's own values`` () =
    let model = TinyModels.model TinyModels.neoX
    let own (pattern: Matrix) =
        for row in 0 .. pattern.Rows - 1 do
            pattern.Row(row).Clear()
            pattern[row, row % tokens.Length] <- 1f
    let point = HookPoint(HookKind.AttentionOut, 0)
    let all = model.Forward(tokens, ForwardOptions(Captures = [| point |], Edits = edits [ HookPoint(HookKind.AttentionPattern, 0), own ]))
    // A sequence of one token can only see itself.
    let alone = TokenBatch(tokens.Ids, tokens.TokenCount, 1)
    let each = model.Forward(alone, ForwardOptions(Captures = [| point |]))
    assertAllClose 1e-6 "attention" (each[point].AsSpan().ToArray()) (all[point].AsSpan().ToArray())

[<Fact>]
let ``Parts of the residual stream add up`` () =
    for name in names do
        let model = TinyModels.model (TinyModels.config name)
        for layer in 0 .. model.LayerCount - 1 do
            let at kind = HookPoint(kind, layer)
            let points = [ at HookKind.ResidPre; at HookKind.AttentionOut; at HookKind.MlpOut; at HookKind.ResidPost ]
            let result = capture points model
            let value kind = result[at kind].AsSpan().ToArray()
            let sum = Array.map3 (fun a b c -> a + b + c) (value HookKind.ResidPre) (value HookKind.AttentionOut) (value HookKind.MlpOut)
            assertAllClose 2e-6 name sum (value HookKind.ResidPost)
            let before = if layer = 0 then HookPoint(HookKind.Embed) else HookPoint.ResidPost(layer - 1)
            let previous = capture [ before ] model
            Assert.Equal<int[]>(bits result[at HookKind.ResidPre], bits previous[before])
            if not model.Config.ParallelResidual then
                let middle = capture [ at HookKind.ResidMid ] model
                let sum = Array.map2 (+) (value HookKind.ResidPre) (value HookKind.AttentionOut)
                assertAllClose 1e-6 name sum (middle[at HookKind.ResidMid].AsSpan().ToArray())

[<Fact>]
let ``Neurons are the activation of what is before them`` () =
    let model = TinyModels.model (TinyModels.config "neox relu")
    let before, after = HookPoint(HookKind.MlpPre, 0), HookPoint.MlpPost 0
    let result = capture [ before; after ] model
    Assert.Equal<float32[]>(result[before].AsSpan().ToArray() |> Array.map (max 0f), result[after].AsSpan().ToArray())

[<Fact>]
let ``Every edit is seen by a capture at the same place and changes the logits`` () =
    let model = TinyModels.model (TinyModels.config "neox sequential")
    let plain = (model.Forward tokens).Logits
    let outside = [ HookPoint(HookKind.Embed); HookPoint(HookKind.FinalNorm); HookPoint(HookKind.Logits) ]
    let inside = [ for kind in Enum.GetValues<HookKind>() do if not (outside |> List.exists (fun p -> p.Kind = kind)) then HookPoint(kind, 1) ]
    for point in outside @ inside do
        let double (m: Matrix) = Kernels.Scale(m.AsSpan(), 2f)
        let result = model.Forward(tokens, ForwardOptions(Captures = [| point |], Edits = edits [ point, double ]))
        let untouched = (capture [ point ] model)[point]
        assertAllClose 1e-6 (string point) (untouched.AsSpan().ToArray() |> Array.map (fun x -> 2f * x)) (result[point].AsSpan().ToArray())
        Assert.NotEqual<int[]>(bits plain, bits result.Logits)

[<Fact>]
let ``A pass stops after the last layer that is needed`` () =
    let model = TinyModels.model TinyModels.neoX
    let mutable visits = 0
    let count layer = HookPoint(HookKind.MlpOut, layer), (fun (_: Matrix) -> visits <- visits + 1)
    let options captures logits = ForwardOptions(Captures = captures, Logits = logits, Edits = edits [ count 0; count 1 ])
    let result = model.Forward(tokens, options [| HookPoint.ResidPost 0 |] false)
    Assert.Equal(1, visits)
    Assert.Null result.Logits
    model.Forward(tokens, options [| HookPoint(HookKind.FinalNorm) |] false) |> ignore
    Assert.Equal(3, visits)
    model.Forward(tokens, options [||] false) |> ignore
    Assert.Equal(3, visits)

[<Fact>]
let ``Captures do not depend on batch, threads or other captures`` () =
    let model = TinyModels.model TinyModels.neoX
    let many = TokenBatch.Of(TinyModels.sequences 300 9)
    let points = [| HookPoint.ResidPost 1; HookPoint(HookKind.AttentionPattern, 0); HookPoint(HookKind.Logits) |]
    let run threads batch = withThreads threads (fun () -> model.Forward(batch, ForwardOptions(Captures = points)))
    let together = run 3 many
    let one = run 1 many
    let alone = run 1 (many.Part(299, 1))
    for point in points do
        Assert.Equal<int[]>(bits one[point], bits together[point])
        let rows = alone[point].Rows
        Assert.Equal<int[]>(bits alone[point], bits (together[point].RowWindow(299 * rows, rows)))
    Assert.Equal<int[]>(bits together[HookPoint(HookKind.Logits)], bits together.Logits)

[<Fact>]
let ``What does not fit the model is refused in one sentence`` () =
    let model = TinyModels.model TinyModels.neoX
    let refused (part: string) (batch: TokenBatch) (options: ForwardOptions) =
        let error = Assert.ThrowsAny<ArgumentException>(fun () -> model.Forward(batch, options) |> ignore)
        Assert.Contains(part, error.Message)
    let plain = ForwardOptions()
    refused "token id 13 at position 1 of sequence 0" (TokenBatch.Of(1, 13)) plain
    refused "token id -1" (TokenBatch.Of(-1)) plain
    refused "context of 9" (TokenBatch.Of(Array.zeroCreate<int> 10)) plain
    refused "empty" (TokenBatch([||], 0, 0)) plain
    refused "has 3 ids" (TokenBatch([| 1; 2; 3 |], 2, 2)) plain
    refused "blocks 0 to 1" tokens (ForwardOptions(Captures = [| HookPoint.ResidPost 2 |]))
    refused "parallel" tokens (ForwardOptions(Captures = [| HookPoint(HookKind.ResidMid, 0) |]))
    refused "no block" tokens (ForwardOptions(Captures = [| HookPoint(HookKind.Embed, 0) |]))
    refused "together" tokens (ForwardOptions(StartLayer = 0))
    refused "StartLayer 5" tokens (ForwardOptions(StartLayer = 5, StartResidual = Matrix(18, 8)))
    refused "is 17 but" tokens (ForwardOptions(StartLayer = 0, StartResidual = Matrix(17, 8)))
    refused "skipped" tokens (ForwardOptions(StartLayer = 0, StartResidual = Matrix(18, 8), Captures = [| HookPoint.MlpPost 0 |]))
