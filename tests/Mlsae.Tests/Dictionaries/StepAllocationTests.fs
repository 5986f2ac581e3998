/// A step allocates nothing once its buffers are made: not on the calling thread, not on a worker. Alone, as workers belong to the whole process.
namespace Mlsae.Tests.Dictionaries

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Tests.Numerics.Samples

[<CollectionDefinition("Alone", DisableParallelization = true)>]
type Alone() = class end

[<Collection("Alone")>]
type StepAllocationTests() =
    /// Bytes that a piece of work allocates on all threads together: the least of several times, as the test's surroundings allocate now and then.
    let allocated (work: unit -> unit) =
        List.min
            [ for _ in 1..7 do
                  let before = GC.GetTotalAllocatedBytes true
                  work ()
                  GC.GetTotalAllocatedBytes true - before ]

    static member Kinds: TheoryData<string, DictionaryConfig> =
        let data = TheoryData<string, DictionaryConfig>()
        data.Add("topk", TopKConfig(ModelDim = 32, LatentCount = 256, K = 8))
        data.Add("topk with dead latents", TopKConfig(ModelDim = 32, LatentCount = 256, K = 2, DeadAfterTokens = 1L, Adam = AdamConfig(LearningRate = 1e-7)))
        data.Add("topk that is screened", TopKConfig(ModelDim = 128, LatentCount = 12_288, K = 4))
        data.Add("relu", ReluConfig(ModelDim = 32, LatentCount = 256))
        data

    [<Theory>]
    [<MemberData(nameof StepAllocationTests.Kinds)>]
    member _.``A step allocates nothing on any thread``(name: string, config: DictionaryConfig) =
        withThreads 2 (fun () ->
            use engine: CpuEngine =
                match config with
                | :? TopKConfig as topK -> new CpuTopKEngine(topK, 3)
                | other -> new CpuReluEngine(other :?> ReluConfig, 3)
            let batch = matrix "batch" 192 config.ModelDim
            for _ in 1..40 do
                engine.Step(batch, 1000L) |> ignore
            let step () = engine.Step(batch, 1000L) |> ignore
            let nothing = allocated ignore
            Assert.True(allocated step = nothing, $"{name}: {allocated step} bytes a step, where nothing allocates {nothing}"))
