module Mlsae.Tests.Analysis.DirectionMatchingTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Numerics
open Mlsae.Tests.Assertions

let private gaussian (index: int) rows columns =
    let matrix = Matrix(rows, columns)
    Philox(21UL, "directions", uint64 index).FillGaussian(matrix.AsSpan(), 1f)
    matrix

let private row (matrix: Matrix) i = matrix.Row(i).ToArray() |> Array.map float

let private cosine (x: float[]) (y: float[]) =
    let dot a b = Array.fold2 (fun sum u v -> sum + u * v) 0.0 a b
    let norms = sqrt (dot x x * dot y y)
    if norms = 0.0 then 0.0 else dot x y / norms

/// Rows of the matrix in another order, each times a positive number of its own.
let private reordered (order: int[]) (matrix: Matrix) =
    let result = Matrix(order.Length, matrix.Columns)
    order |> Array.iteri (fun i from ->
        matrix.Row(from).CopyTo(result.Row i)
        Kernels.Scale(result.Row i, float32 (i + 1)))
    result

[<Theory>]
[<InlineData(70, 530, false)>]
[<InlineData(600, 600, true)>]
[<InlineData(3, 5, false)>]
let ``Largest cosines are those of the definition, whatever the blocks`` (m: int, n: int, leaveOutSelf: bool) =
    let a = gaussian 0 m 7
    let b = if leaveOutSelf then a else gaussian 1 n 7
    let expected =
        Array.init m (fun i -> seq { for j in 0 .. n - 1 do if not leaveOutSelf || j <> i then cosine (row a i) (row b j) } |> Seq.max |> float32)
    assertAllClose 1e-6 "cosine" expected (if leaveOutSelf then DirectionMatching.MaxCosinesAmongOthers a else DirectionMatching.MaxCosines(a, b))

[<Fact>]
let ``A direction is nearest to itself, whatever its length, and to its twin where itself is left out`` () =
    let a = gaussian 2 40 16
    assertAllClose 1e-6 "self" (Array.create 40 1f) (DirectionMatching.MaxCosines(a, reordered [| 39 .. -1 .. 0 |] a))
    let twice = Matrix(80, 16)
    a.CopyTo(twice.RowWindow(0, 40))
    a.CopyTo(twice.RowWindow(40, 40))
    assertAllClose 1e-6 "twin" (Array.create 80 1f) (DirectionMatching.MaxCosinesAmongOthers twice)
    Assert.True(DirectionMatching.MaxCosinesAmongOthers a |> Array.forall (fun cosine -> cosine < 0.99f))

[<Fact>]
let ``Directions at right angles have cosine 0, rows of zeros too, and NaN is not hidden`` () =
    let identity = Matrix(3, 3, [| 1f; 0f; 0f; 0f; 2f; 0f; 0f; 0f; 3f |])
    Assert.Equal<float32[]>([| 0f; 0f; 0f |], DirectionMatching.MaxCosinesAmongOthers identity)
    Assert.Equal<float32[]>([| 0f |], DirectionMatching.MaxCosines(Matrix(1, 3), identity))
    Assert.Equal<float32[]>([| 0f |], DirectionMatching.MaxCosinesAmongOthers(identity.RowWindow(0, 1)))
    let broken = Matrix(1, 3, [| nanf; 1f; 1f |])
    Assert.True(Single.IsNaN(DirectionMatching.MaxCosines(broken, identity)[0]))
    Assert.Throws<ArgumentException>(fun () -> DirectionMatching.Hungarian(broken, identity) |> ignore) |> ignore

[<Fact>]
let ``Matching recovers a permutation`` () =
    let b = gaussian 3 150 12
    let order = Array.init 150 (fun i -> i * 37 % 150)
    let struct (matched, cosines) = DirectionMatching.Hungarian(reordered order b, b)
    Assert.Equal<int[]>(order, matched)
    for cosine in cosines do
        assertClose 1e-6 "cosine" 1.0 cosine

let rec private permutations count (items: int list) =
    if count = 0 then [ [] ] else [ for item in items do for rest in permutations (count - 1) (List.except [ item ] items) -> item :: rest ]

[<Theory>]
[<InlineData(6, 6)>]
[<InlineData(4, 6)>]
[<InlineData(1, 6)>]
let ``No other pairing has a larger sum of cosines`` (m: int, n: int) =
    for trial in 0..30 do
        let a, b = gaussian (100 + trial) m 3, gaussian (200 + trial) n 3
        let struct (matched, cosines) = DirectionMatching.Hungarian(a, b)
        Assert.Equal(m, matched |> Array.distinct |> Array.length)
        let sum pairing = pairing |> List.mapi (fun i j -> cosine (row a i) (row b j)) |> List.sum
        let best = permutations m [ 0 .. n - 1 ] |> List.map sum |> List.max
        assertClose 1e-5 "sum" best (Array.sum cosines)
        assertClose 1e-5 "sum of the pairs" best (sum (List.ofArray matched))

[<Fact>]
let ``Matching more with fewer, too many, or of other widths is refused`` () =
    let refused (a: Matrix) (b: Matrix) = (Assert.Throws<ArgumentException>(fun () -> DirectionMatching.Hungarian(a, b) |> ignore)).Message
    Assert.Contains("the fewer with the more", refused (Matrix(3, 2)) (Matrix(2, 2)))
    Assert.Contains("4097", refused (Matrix(2, 2)) (Matrix(4097, 2)))
    refused (Matrix(2, 2)) (Matrix(2, 3)) |> ignore
    Assert.Throws<ArgumentException>(fun () -> DirectionMatching.MaxCosines(Matrix(2, 2), Matrix(3, 3)) |> ignore) |> ignore
