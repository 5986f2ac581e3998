/// Every benchmark runs, each contestant in a process of its own; wrong asking is refused in a sentence.
module Mlsae.Tests.Cli.BenchTests

open System.IO
open Xunit
open Mlsae.Benchmarks
open Mlsae.Tests.Assertions
open Mlsae.Tests.Cli.CommandRunner

[<Fact>]
let ``Every benchmark runs once at a toy size and has its row`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "bench.md"
    Assert.Equal((0, ""), run [ "bench"; "--toy"; "--output"; path ])
    let text = File.ReadAllText path
    for benchmark in BenchmarkSuite.All true do
        Assert.Contains($"| {benchmark.Ours.Name} | ", text)
        for rival in benchmark.Rivals do
            // PyTorch is not asked for at a toy size.
            if isNull rival.Contestant.Peer then
                Assert.Contains($"| {benchmark.Ours.Name} | {rival.Contestant.Name}", text)
    Assert.DoesNotContain("NaN", text)
    Assert.DoesNotContain("not met", text)

[<Fact>]
let ``The full suite has every size`` () =
    let suite = List.ofSeq (BenchmarkSuite.All false)
    for size in DictionarySize.All do
        for workload in [ Workloads.TopKStep; Workloads.TopKStepDead; Workloads.TopKInference; Workloads.ReluStep ] do
            Assert.Contains(suite, fun benchmark -> benchmark.Ours.Workload = workload && benchmark.Ours.Size = size.Name)
    for size in TextSize.All do
        Assert.Contains(suite, fun benchmark -> benchmark.Ours.Workload = Workloads.Forward && benchmark.Ours.Size = size.Name)

[<Fact>]
let ``A ratio is of neighbouring turns, by units or by operations`` () =
    let report units flops = WorkloadReport(units, flops, 0., [||])
    let ours = ContestantResult(Contestant("topk-step", "A"), [| 1.; 2.; 4. |], report 10. 100.)
    let theirs = ContestantResult(Contestant("topk-step", "B"), [| 3.; 4.; 4. |], report 5. 200.)
    let ratios byFlops bar = RivalResult.Of(Rival(theirs.Contestant, bar, byFlops), ours, theirs)
    Assert.Equal<float seq>([ 6.; 4.; 2. ], (ratios false Bar.None).Ratios)
    Assert.Equal(4., (ratios false Bar.None).Ratio)
    Assert.Equal<float seq>([ 1.5; 1.; 0.5 ], (ratios true Bar.None).Ratios)
    Assert.True((ratios true (Bar(0.9, 1.1))).MeetsBar)
    Assert.False((ratios false (Bar 4.1)).MeetsBar)
    Assert.False((Bar 1.).IsMetBy nan)

[<Fact>]
let ``What cannot be measured is refused`` () =
    assertRefused 2 [ "'speed'"; "topk-step" ] [ "bench"; "speed" ]
    assertRefused 2 [ "--rounds is 0" ] [ "bench"; "--rounds"; "0" ]
    assertRefused 2 [ "size E" ] [ "bench"; "topk-step"; "--size"; "E" ]
    assertRefused 2 [ "no workload 'nothing'" ] [ "bench"; "contestant"; "nothing"; "A"; "1"; "0"; "0" ]
    assertRefused 2 [ "no size 'E'" ] [ "bench"; "contestant"; "topk-step"; "E"; "1"; "0"; "0" ]
