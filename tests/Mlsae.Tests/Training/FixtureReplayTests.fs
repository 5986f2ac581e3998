module Mlsae.Tests.Training.FixtureReplayTests

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Storage
open Mlsae.Training
open Mlsae.Tests.Assertions

let private replay name =
    use fixture = SafetensorsFile.Open(golden $"{name}/fixture.safetensors")
    new TensorSet(FixtureReplay.Run(fixture, fixture, TopKConfig.Load(golden $"{name}/settings.json")), "replay")

/// The limits that the reference implementation's own rounding suggests.
let private limit (name: string) =
    if name = "log.l1_per_layer" then 2e-6 // sums of about 10, where neighbouring floats are 1e-6 apart
    elif name.StartsWith "log." then 1e-6
    elif name.Contains ".grad" then 1e-7
    elif name.Contains ".adam_" then 1e-7
    else 2e-6

/// Values are compared after the ReLU, which is what a code is here; the reference stores them before it.
let private expectedFloats (file: ITensorSource) (name: string) =
    let values = file.ReadFloats name
    if name.EndsWith "topk_values" then Array.map (max 0f) values else values

let private isInteger (file: ITensorSource) (name: string) =
    match file.Describe name with
    | struct (ElementType.I64, _)
    | struct (ElementType.I32, _) -> true
    | _ -> false

let private compare (expected: ITensorSource) (actual: ITensorSource) (name: string) =
    actual.RequireShape(name, (let struct (_, shape) = expected.Describe name in shape))
    if isInteger expected name then
        Assert.Equal<int64 array>(expected.ReadLongs name, actual.ReadLongs name)
    else
        assertAllClose (limit name) name (expectedFloats expected name) (actual.ReadFloats name)

let private isResult (name: string) = name <> "x" && not (name.StartsWith "init.")

[<Theory>]
[<InlineData "mlsae_topk_auxk">]
[<InlineData "mlsae_topk_auxk_raw">]
let ``Published training reproduces the reference's losses, counters, codes and final weights`` (name: string) =
    use actual = replay name
    use expected = SafetensorsFile.Open(golden $"{name}/fixture.safetensors")
    let results = expected.Names |> Seq.filter isResult |> Seq.toList
    Assert.Equal(34, results.Length)
    results |> List.iter (compare expected actual)

[<Theory>]
[<InlineData "mlsae_topk_auxk">]
[<InlineData "mlsae_topk_auxk_raw">]
let ``Published training has the reference's parameters before every step and its gradients in it`` (name: string) =
    use actual = replay name
    use expected = SafetensorsFile.Open(golden $"{name}/trace.safetensors")
    Assert.Equal(48, expected.Names.Count)
    expected.Names |> Seq.iter (compare expected actual)
