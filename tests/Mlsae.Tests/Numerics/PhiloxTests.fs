module Mlsae.Tests.Numerics.PhiloxTests

open Xunit
open Mlsae.Numerics

/// The known answers that accompany the published generator (Random123, kat_vectors, philox4x32 10 rounds).
[<Theory>]
[<InlineData(0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)>]
[<InlineData(0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)>]
let ``A block is the published known answer`` (word: uint32, a, b, c, d) =
    let wide = (uint64 word <<< 32) ||| uint64 word
    let block = Array.zeroCreate<uint32> 4
    Philox.Block(wide, wide, word, word, block)
    Assert.Equal<uint32[]>([| a; b; c; d |], block)

[<Fact>]
let ``Setting the position gives the same numbers again, from the middle of a block too`` () =
    let random = Philox(7UL, "test")
    let numbers = Array.init 23 (fun _ -> random.NextUInt32())
    for position in [ 5; 0; 22; 8 ] do
        random.Position <- uint64 position
        Assert.Equal(numbers[position], random.NextUInt32())

[<Fact>]
let ``Streams of other seeds, purposes and indices differ`` () =
    let first (random: Philox) = random.NextUInt64()
    let numbers =
        [ Philox(1UL, "a"); Philox(2UL, "a"); Philox(1UL, "b"); Philox(1UL, "a", 1UL) ] |> List.map first |> List.distinct
    Assert.Equal(4, numbers.Length)

[<Fact>]
let ``Uniform, bounded and normal numbers have the moments they should have`` () =
    let random = Philox(3UL, "moments")
    let n = 100_000
    let mean f = Array.init n (fun _ -> f ()) |> Array.average
    Assert.InRange(mean (fun () -> float (random.NextSingle())), 0.495, 0.505)
    Assert.InRange(mean random.NextDouble, 0.495, 0.505)
    Assert.InRange(mean (fun () -> float (random.NextInt32 7)), 2.97, 3.03)
    Assert.InRange(mean random.NextGaussian, -0.02, 0.02)
    Assert.InRange(mean (fun () -> random.NextGaussian() ** 2.0), 0.98, 1.02)

[<Fact>]
let ``Shuffle keeps every item and reaches every order of three`` () =
    let random = Philox(4UL, "shuffle")
    let order () =
        let items = [| 0; 1; 2 |]
        random.Shuffle(System.Span items)
        Assert.Equal<int[]>([| 0; 1; 2 |], Array.sort items)
        (items[0], items[1], items[2])
    Assert.Equal(6, List.init 200 (fun _ -> order ()) |> List.distinct |> List.length)
