/// Prompt pairs, a model and dictionaries of a few numbers, for tests of patching.
module Mlsae.Tests.Analysis.Patching.PatchingCases

open System
open Mlsae.Analysis.Patching
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Transformers

let private width, latents = 8, 20

/// Five pairs of prompts of unequal lengths that differ in one token, not the last.
let pairs =
    let random = Philox(21UL, "patching pairs")
    PromptPairs [ for length in [ 5; 6; 5; 7; 4 ] do
                      let original = Array.init length (fun _ -> random.NextInt32 13)
                      let target = Array.copy original
                      target[1] <- (original[1] + 1 + random.NextInt32 12) % 13
                      PromptPair(original, target) ]

let taskOf name = PatchingTask(TinyModels.model (TinyModels.config name), pairs)

let topK standardize =
    TopKDictionary(
        TopKConfig(ModelDim = width, LatentCount = latents, K = 5, AuxK = 0, Standardize = standardize),
        matrix "patching encoder" latents width, matrix "patching decoder" latents width, vector "patching bias" 0 width)

let private relu =
    ThresholdDictionary(
        ReluConfig(ModelDim = width, LatentCount = latents), matrix "patching encoder" latents width, matrix "patching decoder" latents width,
        vector "patching bias" 0 width, vector "patching encoder bias" 0 latents, Array.zeroCreate latents)

/// The residual basis, each dimension in both senses.
let private basis =
    let config = BaselineConfig(ModelDim = width, Method = BaselineMethod.IdentityPositive)
    let engine = DictionaryEngine.Create(config, 1)
    engine.Step(matrix "patching vectors" 4 width, 1L) |> ignore
    engine.Export()

/// Dictionaries that standardise and that do not, tied to nothing, and one in both directions.
let dictionaries: (string * SparseDictionary) list = [ "topk standardised", topK true; "topk", topK false; "relu", relu; "basis", basis ]

let decompositionOf name (dictionary: SparseDictionary) = LayerDecomposition.Of(name, SharedDictionary(dictionary, 2), 0)

/// A patch of each dictionary's features after block 0.
let patchesOf task = [ for name, dictionary in dictionaries -> name, dictionary, FeaturePatch(task, 0, decompositionOf name dictionary) ]

/// [Length × d_model] the rows of a pair.
let rowsOf (task: PatchingTask) pair (residual: Matrix) = residual.RowWindow(pair * task.Pairs.Length, task.Pairs.Length)

/// A set with some features taken out or put in.
let toggled (set: bool[]) features =
    let changed = Array.copy set
    for feature in features do
        changed[feature] <- not changed[feature]
    changed
