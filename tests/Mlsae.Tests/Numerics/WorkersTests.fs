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
