module Mlsae.Tests.Numerics.SoftmaxTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

let private softmax (x: float32[]) =
    let p = padded x
    Kernels.Softmax(x, p.AsSpan(1, x.Length))
    unpadded x.Length p

[<Fact>]
let ``Softmax matches its definition at every length from 0 to 256 and writes nothing else`` () =
    for n in Seq.append (seq { 0..256 }) [ 1025; 5000 ] do
        let x = vector "x" n n |> Array.map ((*) 3f)
        Array.iter2 (fun e a -> assertRelative 2e-6 $"length {n}" e e (float a)) (Reference.Softmax(doubles x)) (softmax x)

[<Fact>]
let ``Softmax keeps relative precision down to the smallest normal float, and is 0 far below`` () =
    for i in 0..1100 do
        let x = float32 i / -10f
        let expected = Math.Exp(float x) / (1.0 + Math.Exp(float x))
        assertClose (1e-6 * expected + 1.2e-38) $"exp {x}" expected (softmax [| 0f; x |] |> Array.last |> float)
    Assert.Equal<float32[]>([| 1f; 0f; 0f |], softmax [| 0f; -100f; -1e30f |])

[<Fact>]
let ``Softmax is unmoved by a common shift, and masks with minus infinity`` () =
    Assert.Equal<float32[]>([| 0.5f; 0f; 0.5f |], softmax [| 1e30f; -infinityf; 1e30f |])
    assertAllClose 1e-6 "shifted" (softmax [| 1f; 2f; 4f |]) (softmax [| 1001f; 1002f; 1004f |])

[<Fact>]
let ``A NaN makes the whole row NaN`` () =
    for n in [ 1; 7; 8; 19; 40 ] do
        for place in 0 .. n - 1 do
            let x = vector "x" n n
            x[place] <- nanf
            Assert.All(softmax x, fun p -> Assert.True(Single.IsNaN p))
            let loss = Kernels.CrossEntropy(Matrix(1, n, x), [| 0 |])
            Assert.True(Double.IsNaN loss)

[<Fact>]
let ``The gradient of softmax is that of the definition, by central differences`` () =
    for n in [ 1; 2; 7; 8; 9; 33 ] do
        let x, g = vector "x" n n, vector "g" n n
        let expected = centralDifferences (fun x -> weighted g (Reference.Softmax x)) (doubles x)
        let dx = padded x
        Kernels.SoftmaxBackward(softmax x, g, 1f, dx.AsSpan(1, n))
        Array.iter2 (fun e a -> assertClose 1e-6 $"length {n}" e (float a)) expected (unpadded n dx)

[<Fact>]
let ``Cross-entropy and its gradient match their definition, also in place and for rows that do not count`` () =
    for rows, columns in [ 1, 1; 3, 7; 5, 8; 4, 33; 2, 3000 ] do
        let logits = matrix "x" rows columns
        let targets = Array.init rows (fun row -> if row = 1 then -1 else row * 7 % columns)
        let counted = targets |> Array.filter (fun target -> target >= 0) |> Array.length
        let loss (x: float[][]) =
            Array.zip x targets |> Array.sumBy (fun (row, target) -> if target < 0 then 0.0 else Reference.CrossEntropy(row, target))
        let losses, gradient = Array.zeroCreate rows, logits.Copy()
        let scale = 1f / float32 counted
        let mean = Kernels.CrossEntropy(gradient, targets, losses, gradient, scale)
        assertClose 1e-6 "mean" (loss (Gradients.rows logits) / float counted) mean
        assertClose 1e-6 "without gradient" mean (Kernels.CrossEntropy(logits, targets))
        for row in 0 .. rows - 1 do
            let x, target = doubles (logits.Row(row).ToArray()), targets[row]
            if target < 0 then
                Assert.Equal(0f, losses[row])
                Assert.All(gradient.Row(row).ToArray(), fun value -> Assert.Equal(0f, value))
            else
                assertClose 3e-6 "loss of a row" (Reference.CrossEntropy(x, target)) (float losses[row])
                let expected = if columns > 100 then [||] else centralDifferences (fun x -> Reference.CrossEntropy(x, target)) x
                expected |> Array.iteri (fun i e -> assertClose 1e-6 "gradient" (float scale * e) (float gradient[row, i]))

[<Fact>]
let ``The loss of even logits is the logarithm of the vocabulary, and of nothing 0`` () =
    assertClose 1e-6 "even" (log 50.0) (Kernels.CrossEntropy(Matrix(3, 50), [| 0; 49; 7 |]))
    Assert.Equal(0.0, Kernels.CrossEntropy(matrix "x" 2 5, [| -1; -100 |]))
    Assert.Equal(0.0, Kernels.CrossEntropy(Matrix(0, 5), [||]))

[<Fact>]
let ``Results are the same on any number of threads`` () =
    sameOnAnyThreads (fun () ->
        let x, p, dx = matrix "x" 400 130, Matrix(400, 130), Matrix(400, 130)
        Kernels.Softmax(x, p)
        Kernels.SoftmaxBackward(p, matrix "g" 400 130, dx)
        let gradient = Matrix(400, 130)
        let loss = Kernels.CrossEntropy(x, Array.init 400 (fun row -> row % 130), null, gradient)
        [ p; dx; gradient; Matrix(1, 2, [| float32 loss; BitConverter.Int32BitsToSingle(int32 (BitConverter.DoubleToInt64Bits loss)) |]) ])

[<Fact>]
let ``Different sizes and targets beyond the vocabulary are refused`` () =
    refused (fun () -> Kernels.Softmax(matrix "x" 2 3, Matrix(2, 4)))
    refused (fun () -> Kernels.SoftmaxBackward(matrix "x" 2 3, matrix "x" 3 3, Matrix(2, 3)))
    refused (fun () -> Kernels.CrossEntropy(matrix "x" 2 3, [| 0 |]) |> ignore)
    refused (fun () -> Kernels.CrossEntropy(matrix "x" 2 3, [| 0; 3 |]) |> ignore)
    refused (fun () -> Kernels.CrossEntropy(matrix "x" 2 3, [| 0; 1 |], Array.zeroCreate 3) |> ignore)
    refused (fun () -> Kernels.CrossEntropy(matrix "x" 2 3, [| 0; 1 |], null, Matrix(2, 4)) |> ignore)
