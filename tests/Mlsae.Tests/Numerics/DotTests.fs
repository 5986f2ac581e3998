module Mlsae.Tests.Numerics.DotTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

/// A slice that begins off any alignment, within sentinels.
let private padded (values: float32[]) =
    Array.concat [ [| sentinel |]; values; Array.replicate 20 sentinel ]

let private assertGuarded (length: int) (padded: float32[]) =
    Assert.Equal(sentinel, padded[0])
    Assert.All(padded[length + 1 ..], fun value -> Assert.Equal(sentinel, value))

[<Fact>]
let ``Dot and SumOfSquares match their definitions at every length from 0 to 256`` () =
    for n in 0..256 do
        let x, y = vector "x" n n, vector "y" n n
        let scale = Array.fold2 (fun sum a b -> sum + abs (float a * float b)) 0.0 x y
        assertRelative 1e-6 $"length {n}" scale (Reference.Dot(x, y)) (float (Kernels.Dot(x, y)))
        let squares = Reference.Dot(x, x)
        assertRelative 1e-6 $"squares {n}" squares squares (float (Kernels.SumOfSquares x))

[<Fact>]
let ``AddScaled, Add and Scale are exact to rounding at every length from 0 to 256 and write nothing else`` () =
    for n in 0..256 do
        let x, y = vector "x" n n, vector "y" n n
        let added, scaled, summed = padded y, padded y, padded y
        Kernels.AddScaled(x, 0.7f, added.AsSpan(1, n))
        Kernels.Add(x, summed.AsSpan(1, n))
        Kernels.Scale(scaled.AsSpan(1, n), 0.7f)
        for i in 0 .. n - 1 do
            let terms = abs (float x[i]) + abs (float y[i])
            assertRelative 1.2e-7 $"AddScaled {n}" terms (float y[i] + float 0.7f * float x[i]) (float added[i + 1])
            Assert.Equal(y[i] + x[i], summed[i + 1])
            Assert.Equal(y[i] * 0.7f, scaled[i + 1])
        List.iter (assertGuarded n) [ added; scaled; summed ]

[<Fact>]
let ``NaN propagates from every place`` () =
    for n in [ 1; 7; 16; 33; 100 ] do
        for place in 0 .. n - 1 do
            let x, y = vector "x" n n, vector "y" n n
            x[place] <- nanf
            Assert.True(Single.IsNaN(Kernels.Dot(x, y)) && Single.IsNaN(Kernels.Dot(y, x)))
            Kernels.AddScaled(x, 0f, y)
            Assert.True(Single.IsNaN y[place])

[<Fact>]
let ``Vectors of different lengths are refused`` () =
    let refused (call: unit -> unit) = Assert.Throws<ArgumentException>(call) |> ignore
    refused (fun () -> Kernels.Dot(vector "x" 0 3, vector "y" 0 4) |> ignore)
    refused (fun () -> Kernels.AddScaled(vector "x" 0 3, 1f, vector "y" 0 2))
    refused (fun () -> Kernels.Add(vector "x" 0 3, vector "y" 0 2))
