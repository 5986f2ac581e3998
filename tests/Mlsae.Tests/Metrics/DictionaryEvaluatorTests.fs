/// Evaluations of dictionaries with known answers, on the golden model.
module Mlsae.Tests.Metrics.DictionaryEvaluatorTests

open System
open System.Collections.Generic
open Xunit
open Mlsae
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions

let private layers, width, length = 4, 64, 20
let private model = lazy LanguageModel.Load(golden "gptneox_parallel")
let private hooks = [| for layer in 0 .. layers - 1 -> HookPoint.ResidPost layer |]
let private special = HashSet [ 0 ]

/// Sequences that begin with a special token.
let private sequences = [| for s in 0..5 -> Array.init length (fun i -> if i = 0 then 0 else 1 + (i * (7 + s) + 13 * s) % 511) |]

let private batchesOf size = sequences |> Array.chunkBySize size |> Array.map TokenBatch.Of

/// A dictionary without latents to speak of, that decodes each vector by a function of its layer.
let private decodingTo (reconstruct: int -> float32[] -> float32[]) =
    { new ILayeredDictionary with
        member _.Arrangement = Arrangement.Shared
        member _.LayerCount = layers
        member _.ModelDim = width
        member _.LatentCount = 1
        member _.Dictionaries = Array.empty
        member _.LatentsAt _ = struct (0, 1)
        member _.DirectionsAt _ = Matrix(1, width)
        member _.Encode x = SparseRows(x.Rows, 1)
        member _.Decode(_, x, reconstruction) =
            for row in 0 .. x.Rows - 1 do
                (reconstruct (row % layers) (x.Row(row).ToArray())).CopyTo(reconstruction.Row row) }

let private means = lazy LayerMeans.Measure(model.Value, hooks, batchesOf 6, special)

let private evaluate dictionary (means: Matrix) (batches: TokenBatch[]) =
    let ablations = if isNull means then null else LayerAblations means
    let evaluator = DictionaryEvaluator(model.Value, dictionary, hooks, special, ablations)
    for batch in batches do
        evaluator.Add batch |> ignore
    evaluator

let private result dictionary = (evaluate dictionary means.Value (batchesOf 6)).Result 0UL

[<Fact>]
let ``A dictionary that loses nothing costs the model nothing`` () =
    let result = result (decodingTo (fun _ x -> x))
    for metrics in Seq.append result.Layers [ result.Overall ] do
        for name, expected in
            [ "fvu", 0.0; "explained_variance", 1.0; "explained_variance_legacy", 1.0; "cosine", 1.0; "delta_ce", 0.0; "kl", 0.0; "kl_reverse", 0.0
              "loss_recovered_zero", 1.0; "loss_recovered_mean", 1.0; "dead_fraction", 1.0 ] do
            assertClose 1e-6 name expected metrics[name].Mean
        assertClose 1e-4 "perplexity" result.ModelPerplexity metrics["perplexity"].Mean

[<Fact>]
let ``A dictionary that gives zeros recovers nothing against zeros, one that gives the mean nothing against the mean`` () =
    let zeros = result (decodingTo (fun _ x -> Array.zeroCreate x.Length))
    let mean = result (decodingTo (fun layer _ -> means.Value.Row(layer).ToArray()))
    for layer in 0 .. layers - 1 do
        Assert.Equal(0.0, zeros.Layers[layer].["l2_ratio"].Mean)
        assertClose 1e-6 "zeros" 0.0 zeros.Layers[layer].["loss_recovered_zero"].Mean
        Assert.True(zeros.Layers[layer].["kl"].Mean > 0.0 && zeros.Layers[layer].["kl_reverse"].Mean > 0.0)
        assertClose 1e-6 "mean" 0.0 mean.Layers[layer].["loss_recovered_mean"].Mean
        assertClose 1e-6 "FVU" 1.0 mean.Layers[layer].["fvu"].Mean
        assertClose 1e-6 "explained variance" 0.0 mean.Layers[layer].["explained_variance"].Mean
        assertClose 1e-5 "legacy" 0.0 mean.Layers[layer].["explained_variance_legacy"].Mean

let private shrunk = decodingTo (fun layer x -> x |> Array.map (fun v -> v * (0.5f + 0.1f * float32 layer)))

[<Fact>]
let ``How the text is split into batches changes no bit of the result`` () =
    let of' size =
        let result = (evaluate shrunk means.Value (batchesOf size)).Result 3UL
        [ for metrics in Seq.append result.Layers [ result.Overall ] do for pair in metrics.Metrics -> struct (metrics.Hook, pair.Key, pair.Value) ]
    Assert.Equal<_ list>(of' 6, of' 1)
    Assert.Equal<_ list>(of' 6, of' 4)

[<Fact>]
let ``Means do not depend on how the text is split, and are those of the tokens that are not special`` () =
    let captured = model.Value.Forward(TokenBatch.Of sequences, ForwardOptions(Captures = hooks, Logits = false))
    for layer in 0 .. layers - 1 do
        let rows = [| for t in 0 .. sequences.Length * length - 1 do if t % length <> 0 then captured[hooks[layer]].Row(t).ToArray() |]
        let expected = Array.init width (fun i -> rows |> Array.averageBy (fun row -> float row[i]) |> float32)
        assertAllClose 1e-6 "mean" expected (means.Value.Row(layer).ToArray())
    Assert.Equal<float32[]>(means.Value.Values, (LayerMeans.Measure(model.Value, hooks, batchesOf 2, special)).Values)

/// Mean cross-entropy of the next token with edits on the way, in double.
let private crossEntropy (edits: (HookPoint * (Matrix -> unit)) list) =
    let edits = Dictionary [ for hook, edit in edits -> KeyValuePair(hook, Action<Matrix> edit) ]
    let logits = (model.Value.Forward(TokenBatch.Of sequences, ForwardOptions(Edits = edits))).Logits
    [ for t in 0 .. sequences.Length * length - 1 do
          if (t + 1) % length <> 0 then
              let row = logits.Row(t).ToArray() |> Array.map float
              let largest = Array.max row
              log (row |> Array.sumBy (fun v -> exp (v - largest))) + largest - row[sequences[t / length].[t % length + 1]] ]
    |> List.average

[<Fact>]
let ``Losses are those of the model with the layer overwritten wherever no special token stands`` () =
    let result = result shrunk
    let overwrite (f: int -> float32[] -> float32[]) layer =
        crossEntropy
            [ hooks[layer], fun (x: Matrix) -> for t in 0 .. x.Rows - 1 do if t % length <> 0 then (f layer (x.Row(t).ToArray())).CopyTo(x.Row t) ]
    let plain = crossEntropy []
    assertClose 1e-5 "untouched" plain result.ModelCrossEntropy
    for layer in 0 .. layers - 1 do
        let reconstructed = overwrite (fun layer x -> x |> Array.map (fun v -> v * (0.5f + 0.1f * float32 layer))) layer
        let zero = overwrite (fun _ x -> Array.zeroCreate x.Length) layer
        let mean = overwrite (fun layer _ -> means.Value.Row(layer).ToArray()) layer
        let metrics = result.Layers[layer]
        assertClose 1e-5 "delta CE" (reconstructed - plain) metrics["delta_ce"].Mean
        assertClose 1e-3 "perplexity" (exp reconstructed) metrics["perplexity"].Mean
        assertClose 1e-3 "zero" (1.0 - (reconstructed - plain) / (zero - plain)) metrics["loss_recovered_zero"].Mean
        assertClose 1e-3 "mean" (1.0 - (reconstructed - plain) / (mean - plain)) metrics["loss_recovered_mean"].Mean

[<Fact>]
let ``Without means their metrics are left out, and the others are the same`` () =
    let without = (evaluate shrunk null (batchesOf 6)).Result 0UL
    let all = result shrunk
    for metric in LayerMetrics.WithMeans do
        Assert.False(without.Overall.Metrics.ContainsKey metric.Name)
        Assert.False(without.MetricDefinitions.ContainsKey metric.Name)
    for metric in LayerMetrics.All do
        Assert.Equal(all.Overall[metric.Name], without.Overall[metric.Name])
    Assert.Contains("loss_recovered_zero", Assert.Throws<KeyNotFoundException>(fun () -> without.Overall["loss_recovered_zero"] |> ignore).Message)

[<Fact>]
let ``Two dictionaries share the untouched model's pass, and what comes back are the tokens that are not special`` () =
    let batch = (batchesOf 6)[0]
    let original = model.Value.Forward(batch, ForwardOptions(Captures = hooks))
    let evaluator = DictionaryEvaluator(model.Value, shrunk, hooks, special)
    let encoded = evaluator.Add(batch, original)
    DictionaryEvaluator(model.Value, decodingTo (fun _ x -> x), hooks, special).Add(batch, original) |> ignore
    Assert.Equal(sequences.Length * (length - 1), encoded.Count)
    Assert.Equal(encoded.Count * layers, encoded.Codes.Rows)
    Assert.Equal<float32[]>(original[hooks[1]].Row(encoded.PositionOf 3).ToArray(), encoded.Vectors.Row(3 * layers + 1).ToArray())
    Assert.Equal(sequences.Length - 1, encoded.SequenceOf(encoded.Count - 1))
    Assert.Equal((evaluate shrunk null [| batch |]).Result(0UL).Overall["fvu"], (evaluator.Result 0UL).Overall["fvu"])
    Assert.Equal(sequences.Length, evaluator.Sequences.Count)
    let noLogits = model.Value.Forward(batch, ForwardOptions(Captures = hooks, Logits = false))
    Assert.Throws<ArgumentException>(fun () -> evaluator.Add(batch, noLogits) |> ignore) |> ignore

[<Fact>]
let ``Means of other layers or widths are refused`` () =
    Assert.Throws<ArgumentException>(fun () -> DictionaryEvaluator(model.Value, shrunk, hooks, special, LayerAblations(Matrix(layers, width + 1))) |> ignore) |> ignore
    Assert.Throws<InvalidOperationException>(fun () -> DictionaryEvaluator(model.Value, shrunk, hooks, special).Result 0UL |> ignore) |> ignore

[<Fact>]
let ``Evaluators that share ablations give what they give apart, and refuse other batches`` () =
    let exact, zeros = decodingTo (fun _ x -> x), decodingTo (fun _ x -> Array.map (fun _ -> 0f) x)
    let shared = LayerAblations means.Value
    let together dictionary =
        let evaluator = DictionaryEvaluator(model.Value, dictionary, hooks, special, shared)
        for batch in batchesOf 2 do
            evaluator.Add batch |> ignore
        evaluator.Result 0UL
    for dictionary in [ zeros; exact; zeros ] do
        let apart, together = (evaluate dictionary means.Value (batchesOf 2)).Result 0UL, together dictionary
        for name in [ "loss_recovered_zero"; "loss_recovered_mean"; "delta_ce" ] do
            Assert.Equal(apart.Overall[name], together.Overall[name])
    let other = DictionaryEvaluator(model.Value, exact, hooks, special, shared)
    Assert.Throws<ArgumentException>(fun () -> other.Add((batchesOf 2)[1]) |> ignore) |> ignore
