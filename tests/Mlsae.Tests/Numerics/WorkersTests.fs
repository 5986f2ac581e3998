module Mlsae.Tests.Numerics.WorkersTests

open System
open Xunit
open Mlsae.Numerics

[<Theory>]
[<InlineData(0)>]
[<InlineData(1)>]
[<InlineData(1000)>]
let ``Every index runs exactly once`` (count: int) =
    let seen = Array.zeroCreate<int> count
    Workers.For(count, fun i -> Threading.Interlocked.Increment(&seen[i]) |> ignore)
    Assert.All(seen, fun times -> Assert.Equal(1, times))

[<Fact>]
let ``Loops within loops finish`` () =
    let sums = Array.zeroCreate<int> 8
    Workers.For(8, fun i -> Workers.For(8, fun j -> Threading.Interlocked.Add(&sums[i], j) |> ignore))
    Assert.All(sums, fun sum -> Assert.Equal(28, sum))

[<Fact>]
let ``Blocks cover the range and do not overlap`` () =
    let seen = Array.zeroCreate<int> 103
    Workers.ForBlocks(103, 10, fun first last -> for i in first .. last - 1 do Threading.Interlocked.Increment(&seen[i]) |> ignore)
    Assert.All(seen, fun times -> Assert.Equal(1, times))

[<Fact>]
let ``A failing body is reported and leaves the workers usable`` () =
    Assert.ThrowsAny<Exception>(fun () -> Workers.For(16, fun i -> if i = 7 then failwith "seven")) |> ignore
    ``Every index runs exactly once`` 1000

[<Fact>]
let ``The failure of the lowest index is thrown on, as it is, for any number of threads`` () =
    let before = Workers.Count
    for threads in [ 1; 2; 5 ] do
        Workers.Count <- threads
        for _ in 1..20 do
            let failure = Assert.Throws<InvalidOperationException>(fun () -> Workers.For(64, fun i -> if i >= 7 then raise (InvalidOperationException $"{i}")))
            Assert.Equal("7", failure.Message)
    Workers.Count <- before

[<Fact>]
let ``Loops started by many threads at once all finish`` () =
    let sums = Array.zeroCreate<int> 6
    let threads =
        [ for t in 0..5 ->
              Threading.Thread(fun () ->
                  for _ in 1..200 do
                      Workers.For(20, fun i -> Threading.Interlocked.Add(&sums[t], i) |> ignore)) ]
    threads |> List.iter _.Start()
    threads |> List.iter _.Join()
    Assert.All(sums, fun sum -> Assert.Equal(200 * 190, sum))

[<Fact>]
let ``Workers that fell asleep wake for the next loop, whatever their number`` () =
    let before = Workers.Count
    for threads in [ 4; 2; 7; 3 ] do
        Workers.Count <- threads
        Threading.Thread.Sleep 5
        ``Every index runs exactly once`` 300
    Workers.Count <- before

[<Fact>]
let ``A loop allocates nothing of its own`` () =
    let body = Action<int>(fun _ -> ())
    let allocated () =
        let before = GC.GetAllocatedBytesForCurrentThread()
        for _ in 1..10 do Workers.For(50, body)
        GC.GetAllocatedBytesForCurrentThread() - before
    // A test beside this one may raise the number of threads, and then one is made; so the least of several attempts counts.
    Assert.Equal(0L, List.init 5 (fun _ -> allocated ()) |> List.min)
