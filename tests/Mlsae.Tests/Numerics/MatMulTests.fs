module Mlsae.Tests.Numerics.MatMulTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples

/// A form of the product: how it is called, its definition, and the shapes of its operands for a result [m × n] with sums of k.
type Form =
    { Name: string
      Multiply: Matrix -> Matrix -> Matrix -> bool -> unit
      Define: Matrix -> Matrix -> float[,]
      Left: int -> int -> int * int
      Right: int -> int -> int * int }

let private forms =
    [ { Name = "NN"
        Multiply = fun a b c accumulate -> Kernels.MatMul(a, b, c, accumulate)
        Define = fun a b -> Reference.MatMul(a, b)
        Left = fun m k -> m, k
        Right = fun k n -> k, n }
      { Name = "NT"
        Multiply = fun a b c accumulate -> Kernels.MatMulTransposedB(a, b, c, accumulate)
        Define = fun a b -> Reference.MatMulTransposedB(a, b)
        Left = fun m k -> m, k
        Right = fun k n -> n, k }
      { Name = "TN"
        Multiply = fun a b c accumulate -> Kernels.MatMulTransposedA(a, b, c, accumulate)
        Define = fun a b -> Reference.MatMulTransposedA(a, b)
        Left = fun m k -> k, m
        Right = fun k n -> k, n } ]

let private operands form (m, n, k) =
    matrix "a" <|| form.Left m k, matrix "b" <|| form.Right k n

let private magnitude (x: Matrix) =
    Matrix(x.Rows, x.Columns, x.Values |> Array.map abs)

/// Compares with the definition, relative to the sum of the terms' magnitudes.
let private assertProduct form (a: Matrix) (b: Matrix) (before: Matrix option) (c: Matrix) =
    let expected, scale = form.Define a b, form.Define (magnitude a) (magnitude b)
    for i in 0 .. c.Rows - 1 do
        for j in 0 .. c.Columns - 1 do
            let start = before |> Option.map (fun matrix -> float matrix[i, j]) |> Option.defaultValue 0.0
            assertRelative 2e-6 $"{form.Name} ({i}, {j}) of {c.Rows} × {c.Columns} × {a.Columns}" (scale[i, j] + abs start) (start + expected[i, j]) (float c[i, j])

/// Multiplies windows of larger matrices, and looks that nothing around the result was written.
let private check form (m, n, k) accumulate =
    let a, b = operands form (m, n, k)
    let before = matrix "c" m n
    let c, outer = guarded before
    form.Multiply (fst (guarded a)) (fst (guarded b)) c accumulate
    assertProduct form a b (if accumulate then Some before else None) c
    Assert.Equal((m + 3) * (n + 5) - m * n, sentinels outer)

[<Fact>]
let ``Every form matches its definition for every small odd shape`` () =
    let sizes = [ 0; 1; 2; 3; 5; 7; 8; 15; 16; 17; 33 ]
    for form in forms do
        for m in sizes do
            for n in sizes do
                for k in [ 0; 1; 2; 5; 8; 17 ] do
                    check form (m, n, k) ((m + n + k) % 2 = 0)

[<Fact>]
let ``Every form matches its definition across the edges of blocks`` () =
    for form in forms do
        for shape in [ 31, 65, 100; 64, 64, 64; 100, 33, 513; 1, 200, 300; 200, 1, 64; 5, 513, 65; 193, 100, 7; 13, 31, 1030; 385, 530, 3 ] do
            check form shape false
            check form shape true

/// The result's bits under so many threads.
let private run form (a: Matrix) (b: Matrix) m n threads =
    withThreads threads (fun () ->
        let c = Matrix(m, n)
        form.Multiply a b c false
        bits c)

[<Fact>]
let ``The number of threads changes no bit`` () =
    for form in forms do
        for m, n, k in [ 300, 200, 530; 7, 3000, 64; 97, 95, 1100 ] do
            let a, b = operands form (m, n, k)
            let alone = run form a b m n 1
            Assert.Equal<int[]>(alone, run form a b m n 2)
            Assert.Equal<int[]>(alone, run form a b m n 3)

[<Fact>]
let ``A row's bits do not depend on the rows beside it`` () =
    for n, k in [ 33, 20; 200, 530 ] do
        let a, b = matrix "a" 50 k, matrix "b" n k
        let whole = Matrix(50, n)
        Kernels.MatMulTransposedB(a, b, whole)
        for start, count in [ 0, 1; 7, 1; 49, 1; 3, 4; 11, 6; 20, 13; 1, 49 ] do
            let part = Matrix(count, n)
            Kernels.MatMulTransposedB(a.RowWindow(start, count), b, part)
            Assert.Equal<int[]>(bits (whole.RowWindow(start, count)), bits part)

[<Fact>]
let ``A product within a loop's body is the same to the last bit`` () =
    let form = forms[1]
    let a, b = operands form (100, 90, 70)
    let results = Array.init 4 (fun _ -> Matrix(100, 90))
    Workers.For(4, fun i -> form.Multiply a b results[i] false)
    let alone = run form a b 100 90 1
    Assert.All(results, fun c -> Assert.Equal<int[]>(alone, bits c))

[<Fact>]
let ``NaN and infinity reach their row and column and nothing else`` () =
    for form in forms do
        let m, n, k = 14, 37, 9
        let a, b = operands form (m, n, k)
        let row, p = 12, 4
        let i, j = if form.Name = "TN" then p, row else row, p
        a[i, j] <- nanf
        b.Values.AsSpan().Clear() // zero times NaN is NaN: no term may be left out
        let c = Matrix(m, n)
        form.Multiply a b c false
        for i in 0 .. m - 1 do
            for j in 0 .. n - 1 do
                Assert.Equal((i = row), Single.IsNaN c[i, j])

[<Fact>]
let ``Sizes that do not fit are refused`` () =
    for form in forms do
        let a, b = operands form (4, 5, 6)
        let refused (a: Matrix) (b: Matrix) (c: Matrix) =
            Assert.Throws<ArgumentException>(fun () -> form.Multiply a b c false) |> ignore
        refused a b (Matrix(5, 5))
        refused a b (Matrix(4, 6))
        refused a (snd (operands form (4, 5, 7))) (Matrix(4, 5))

[<Fact>]
let ``Products allocate nothing once their buffers are made`` () =
    let a, b, c = matrix "a" 300 64, matrix "b" 200 64, Matrix(300, 200)
    let once () = Kernels.MatMulTransposedB(a, b, c)
    let allocated () =
        let before = GC.GetAllocatedBytesForCurrentThread()
        for _ in 1..10 do once ()
        GC.GetAllocatedBytesForCurrentThread() - before
    // A test beside this one may raise the number of threads, and then one is made; so the least of several attempts counts.
    Assert.Equal(0L, List.init 5 (fun _ -> allocated ()) |> List.min)
