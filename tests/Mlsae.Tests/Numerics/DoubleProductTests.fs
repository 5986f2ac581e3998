module Mlsae.Tests.Numerics.DoubleProductTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Numerics.Samples

let private values (purpose: string) count = vector purpose count count |> Array.map float

let private square rows columns (flat: float[]) = Array2D.init rows columns (fun i j -> flat[i * columns + j])

let private flat (square: float[,]) = [| for i in 0 .. Array2D.length1 square - 1 do yield! square[i, *] |]

let private memory (values: float[]) = ReadOnlyMemory<float> values

[<Fact>]
let ``The product is its definition to the last bit, for every small shape`` () =
    for m in [ 1; 2; 5; 16 ] do
        for k in [ 1; 3; 8; 17 ] do
            for n in [ 1; 3; 4; 8; 15; 16; 33 ] do
                for transposed in [ false; true ] do
                    let a, b, c = values "a" (m * k), values "b" (k * n), values "c" (m * n)
                    let shaped = if transposed then square k m a else square m k a
                    let expected = Reference.AddProduct(shaped, square k n b, square m n c, transposed)
                    Kernels.AddProduct(memory a, memory b, Memory<float> c, n, transposed)
                    Assert.Equal<float[]>(flat expected, c)

[<Fact>]
let ``A sum over rows is the same bits in blocks of rows as at once, on one thread and on three`` () =
    let rows, width = 50, 21
    let x = values "x" (rows * width)
    let product blocks =
        let result = Array.zeroCreate<float> (width * width)
        let mutable start = 0
        for count in blocks do
            let part = memory(x).Slice(start * width, count * width)
            Kernels.AddProduct(part, part, Memory<float> result, width, true)
            start <- start + count
        result
    let once = withThreads 1 (fun () -> product [ rows ])
    Assert.Equal<float[]>(once, withThreads 3 (fun () -> product [ 1; 30; 12; 7 ]))

[<Fact>]
let ``Sizes that do not fit are refused`` () =
    let product m k n columns =
        Kernels.AddProduct(memory (Array.zeroCreate (m * k)), memory (Array.zeroCreate (k * n)), Memory<float>(Array.zeroCreate<float> (m * n)), columns)
    Assert.Throws<ArgumentException>(fun () -> product 3 4 5 7) |> ignore
    Assert.Throws<ArgumentOutOfRangeException>(fun () -> product 3 4 5 0) |> ignore
