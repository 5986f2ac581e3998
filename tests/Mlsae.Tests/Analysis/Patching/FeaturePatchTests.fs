/// What patching features does to a layer's vectors and to what the model says then.
module Mlsae.Tests.Analysis.Patching.FeaturePatchTests

open System
open Xunit
open Mlsae
open Mlsae.Analysis.Patching
open Mlsae.Dictionaries
open Mlsae.Numerics
open Mlsae.Transformers
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Patching.PatchingCases

let private models = [ "neox parallel"; "gpt2"; "llama" ]

let private reconstructed (dictionary: SparseDictionary) (x: Matrix) =
    let result = Matrix(x.Rows, x.Columns)
    dictionary.Decode(dictionary.Encode x, x, result)
    result

[<Fact>]
let ``Codes times directions are the reconstruction, so that ablating all features leaves the error`` () =
    let x = (taskOf "gpt2").BaseResidual 0
    for name, dictionary in dictionaries do
        let decomposition = decompositionOf name dictionary
        let codes = decomposition.Encode x
        let ablated = x.Copy()
        for row in 0 .. x.Rows - 1 do
            for i in 0 .. codes.RowIndices(row).Length - 1 do
                let direction, code = codes.RowIndices(row)[i], codes.RowValues(row)[i]
                Kernels.AddScaled(Span.op_Implicit (decomposition.Directions.Row direction), -code, ablated.Row row)
        // A pre-bias that is not scaled is the same for all vectors: it is nothing that could be exchanged.
        let constant = if dictionary.Config.Standardize then Array.zeroCreate 8 else dictionary.PreBias
        let expected = reconstructed dictionary x
        for row in 0 .. x.Rows - 1 do
            Kernels.AddScaled(ReadOnlySpan constant, -1f, expected.Row row)
        let error = Array.map2 (-) x.Values expected.Values
        assertAllClose 2e-5 $"{name}: what is left" error ablated.Values
        // Given the error back, the vectors are what they were.
        assertAllClose 2e-5 $"{name}: with the error" x.Values (Array.map2 (+) expected.Values ablated.Values)

[<Fact>]
let ``Exchanging no feature is the unpatched run, bit for bit`` () =
    for model in models do
        let task = taskOf model
        for name, _, patch in patchesOf task do
            Assert.Equal<float[]>(Array.ofSeq task.Unpatched, patch.Divergences(patch.None()))
            Assert.All(patch.EditMagnitudes(patch.None()), fun edit -> Assert.Equal(0.0, edit))
            Assert.True(Seq.forall (fun divergence -> divergence > 1e-4) task.Unpatched, $"{model} {name}: pairs that predict the same show nothing")

[<Fact>]
let ``Exchanging all features leaves the base run's error and the target's reconstruction`` () =
    let task = taskOf "neox parallel"
    for name, dictionary, patch in patchesOf task do
        let x, target = task.BaseResidual 0, task.TargetResidual 0
        let expected = Matrix(x.Rows, x.Columns, Array.map2 (+) (Array.map2 (-) x.Values (reconstructed dictionary x).Values) (reconstructed dictionary target).Values)
        for pair in 0 .. pairs.Count - 1 do
            let own = pairs.Lengths[pair]
            let patched = patch.PatchedResidual(PatchedRun(pair, patch.All()))
            assertAllClose 5e-5 $"{name} {pair}" ((rowsOf task pair expected).RowWindow(0, own).Copy().Values) (patched.RowWindow(0, own).Copy().Values)
        // The basis loses nothing: all of it exchanged is the counterfactual's run.
        if name = "basis" then
            Assert.All(patch.Divergences(patch.All()), fun divergence -> assertClose 1e-5 "the target's own predictions" 0.0 divergence)

[<Fact>]
let ``A patched run is the model run on from the patched vectors, whatever runs beside it`` () =
    let task = taskOf "llama"
    for name, _, patch in patchesOf task do
        let some = toggled (patch.None()) (patch.Candidates |> Seq.truncate 3)
        let runs = [| for pair in 4 .. -1 .. 0 do PatchedRun(pair, some); PatchedRun(pair, some, patch.Candidates[0]) |]
        let together = patch.Divergences runs
        for i in 0 .. runs.Length - 1 do
            let pair = runs[i].Pair
            let ids = TokenBatch.Of [ pairs.Base.Ids[pair * pairs.Length .. (pair + 1) * pairs.Length - 1] ]
            let logits = task.Model.Forward(ids, ForwardOptions(StartLayer = 0, StartResidual = patch.PatchedResidual runs[i])).Logits
            Assert.Equal(task.Divergence(pair, logits.Row(pairs.Lengths[pair] - 1)), together[i])
            Assert.Equal(together[i], (patch.Divergences [ runs[i] ])[0])

[<Fact>]
let ``Opposite directions are one feature, and mean and scale one more`` () =
    let task = taskOf "gpt2"
    let _, _, basis = patchesOf task |> List.last
    Assert.Equal(8, basis.Decomposition.FeatureCount)
    Assert.True(basis.Candidates.Count <= 8)
    for pair in 0 .. pairs.Count - 1 do
        let patched = basis.PatchedResidual(PatchedRun(pair, toggled (basis.None()) [ 3 ]))
        for position in 0 .. pairs.Lengths[pair] - 1 do
            let row = pair * pairs.Length + position
            for column in 0..7 do
                let from = if column = 3 then task.TargetResidual 0 else task.BaseResidual 0
                assertClose 1e-6 "one dimension exchanged" (float from[row, column]) (float patched[position, column])
    let _, _, standardised = patchesOf task |> List.head
    Assert.Equal(21, standardised.Decomposition.FeatureCount)
    Assert.Equal(Nullable 20, standardised.Decomposition.MeanAndScale)
    Assert.Contains(20, standardised.Candidates)
    Assert.False((decompositionOf "topk" (topK false)).MeanAndScale.HasValue)

[<Fact>]
let ``The edit is the mean distance of a pair's own positions`` () =
    let task = taskOf "gpt2"
    let _, _, patch = patchesOf task |> List.last
    let expected pair =
        Seq.average (seq {
            for position in 0 .. pairs.Lengths[pair] - 1 do
                let row = pair * pairs.Length + position
                let a, b = (task.BaseResidual 0).Row(row).ToArray(), (task.TargetResidual 0).Row(row).ToArray()
                sqrt (Seq.sum (Seq.map2 (fun (x: float32) (y: float32) -> (float x - float y) ** 2.0) a b)) })
    patch.EditMagnitudes(patch.All()) |> Array.iteri (fun pair edit -> assertClose 1e-5 $"pair {pair}" (expected pair) edit)

[<Fact>]
let ``A crosscoder, a layer that is not there, and prompts of unequal lengths are refused in a sentence`` () =
    let crosscoder = Crosscoder(TopKDictionary(TopKConfig(ModelDim = 16, LatentCount = 20, K = 5, AuxK = 0, Parts = 2), Matrix(20, 16), Matrix(20, 16), Array.zeroCreate 16))
    let refused work = (Assert.ThrowsAny<ArgumentException>(fun () -> work () |> ignore)).Message
    Assert.Contains("all layers at once", refused (fun () -> LayerDecomposition.Of("crosscoder", crosscoder, 0)))
    Assert.Contains("0 to 1", refused (fun () -> LayerDecomposition.Of("topk", SharedDictionary(topK true, 2), 2)))
    Assert.Contains("equally many", refused (fun () -> PromptPairs [ PromptPair([| 1; 2 |], [| 1; 2; 3 |]) ]))
    Assert.Contains("no prompt pairs", refused (fun () -> PromptPairs []))

[<Fact>]
let ``The tokens of a feature are those at which its codes differ, of the run where they are larger`` () =
    let task = taskOf "gpt2"
    let _, _, basis = patchesOf task |> List.last
    for feature in basis.Candidates do
        let sums = Collections.Generic.Dictionary<int, float>()
        for pair in 0 .. pairs.Count - 1 do
            for row in pair * pairs.Length .. pair * pairs.Length + pairs.Lengths[pair] - 1 do
                let difference = (task.TargetResidual 0)[row, feature] - (task.BaseResidual 0)[row, feature]
                if difference <> 0f then
                    // Each sense of a dimension is a code of its own: the one that grows belongs to the target's token, the one that shrinks to the base's.
                    let up (x: float32) = max 0f x
                    for sign in [ 1f; -1f ] do
                        let change = up (sign * (task.TargetResidual 0)[row, feature]) - up (sign * (task.BaseResidual 0)[row, feature])
                        if change <> 0f then
                            let token = (if change > 0f then pairs.Target else pairs.Base).Ids[row]
                            sums[token] <- (match sums.TryGetValue token with true, sum -> sum | _ -> 0.0) + float (abs change)
        let expected = sums |> Seq.sortBy (fun s -> -s.Value) |> Seq.truncate 3 |> Seq.map (fun s -> s.Key) |> List.ofSeq
        Assert.Equal<int list>(expected, List.ofArray (basis.Tokens(feature, 3)))
