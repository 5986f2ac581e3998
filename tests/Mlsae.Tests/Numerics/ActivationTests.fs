module Mlsae.Tests.Numerics.ActivationTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

/// One activation function: the kernels on slices that begin at 1, and their definitions.
type Activation =
    { Name: string
      Forward: float32[] -> float32[] -> unit
      Backward: float32[] -> float32[] -> float32[] -> unit
      Matrix: Matrix -> Matrix -> unit
      MatrixBackward: Matrix -> Matrix -> Matrix -> unit
      Value: float -> float
      Derivative: float -> float }

let private gelu =
    { Name = "gelu"
      Forward = fun x y -> Kernels.Gelu(x, y.AsSpan(1, x.Length))
      Backward = fun x g dx -> Kernels.GeluBackward(x, g, dx.AsSpan(1, x.Length))
      Matrix = fun x y -> Kernels.Gelu(x, y)
      MatrixBackward = fun x g dx -> Kernels.GeluBackward(x, g, dx)
      Value = Reference.Gelu
      Derivative = Reference.GeluDerivative }

let private geluTanh =
    { Name = "gelu_new"
      Forward = fun x y -> Kernels.GeluTanh(x, y.AsSpan(1, x.Length))
      Backward = fun x g dx -> Kernels.GeluTanhBackward(x, g, dx.AsSpan(1, x.Length))
      Matrix = fun x y -> Kernels.GeluTanh(x, y)
      MatrixBackward = fun x g dx -> Kernels.GeluTanhBackward(x, g, dx)
      Value = Reference.GeluTanh
      Derivative = Reference.GeluTanhDerivative }

let private relu =
    { Name = "relu"
      Forward = fun x y -> Kernels.Relu(x, y.AsSpan(1, x.Length))
      Backward = fun x g dx -> Kernels.ReluBackward(x, g, dx.AsSpan(1, x.Length))
      Matrix = fun x y -> Kernels.Relu(x, y)
      MatrixBackward = fun x g dx -> Kernels.ReluBackward(x, g, dx)
      Value = Reference.Relu
      Derivative = Reference.ReluDerivative }

let private silu =
    { Name = "silu"
      Forward = fun x y -> Kernels.Silu(x, y.AsSpan(1, x.Length))
      Backward = fun x g dx -> Kernels.SiluBackward(x, g, dx.AsSpan(1, x.Length))
      Matrix = fun x y -> Kernels.Silu(x, y)
      MatrixBackward = fun x g dx -> Kernels.SiluBackward(x, g, dx)
      Value = Reference.Silu
      Derivative = Reference.SiluDerivative }

let private all = [ gelu; geluTanh; relu; silu ]

let private forward (f: Activation) (x: float32[]) =
    let y = padded x
    f.Forward x y
    unpadded x.Length y

let private backward (f: Activation) (x: float32[]) (g: float32[]) =
    let dx = padded x
    f.Backward x g dx
    unpadded x.Length dx

/// An exponential multiplies the rounding error of its argument by the argument, which is some x³ in gelu_new and less in the others.
let private relativeBound (x: float32) = 1e-6 * (1.0 + abs (float x ** 3.0) / 20.0)

[<Fact>]
let ``Activations match their definitions at every length from 0 to 256 and write nothing else`` () =
    for f in all do
        for n in 0..256 do
            let x, g = vector "x" n n |> Array.map ((*) 2f), vector "g" n n
            let y, dx = forward f x, backward f x g
            for i in 0 .. n - 1 do
                let expected = f.Value(float x[i])
                assertRelative (relativeBound x[i]) $"{f.Name}({x[i]})" (abs expected) expected (float y[i])
                assertRelative 1e-6 $"{f.Name}'({x[i]})" (abs (float g[i])) (float g[i] * f.Derivative(float x[i])) (float dx[i])

[<Fact>]
let ``Activations keep their relative precision in the tail below zero and their limits far out`` () =
    for f in [ gelu; geluTanh; silu ] do
        let x = Array.init 1200 (fun i -> float32 i / -200f)
        forward f x
        |> Array.iteri (fun i y ->
            let expected = f.Value(float x[i])
            assertRelative (relativeBound x[i]) $"{f.Name}({x[i]})" (abs expected) expected (float y))
        Assert.Equal<float32[]>([| 0f; 0f; 50f; 1e4f; infinityf |], forward f [| -1e4f; -200f; 50f; 1e4f; infinityf |])
        Assert.Equal<float32[]>([| 0f; 0f; 1f; 1f |], backward f [| -1e4f; -200f; 50f; 1e4f |] (Array.replicate 4 1f))

[<Fact>]
let ``The definitions' derivatives are those of their values`` () =
    for f in all do
        for x in [ -5.0; -1.7; -0.3; 0.01; 0.8; 2.5; 6.0 ] do
            let difference = centralDifferences (fun at -> f.Value at[0]) [| x |]
            assertClose 1e-8 $"{f.Name}'({x})" difference[0] (f.Derivative x)

[<Theory>]
[<InlineData(0.5, 0.5204998778130465)>]
[<InlineData(-1.0, -0.8427007929497149)>]
[<InlineData(2.9, 0.9999589021219005)>]
[<InlineData(3.1, 0.9999883513426328)>]
let ``Erf has its known values`` (x: float) (expected: float) = assertClose 1e-14 "erf" expected (Reference.Erf x)

[<Fact>]
let ``gelu_new is its published formula`` () =
    for x in [ -2.0; -0.5; 0.0; 1.3; 4.0 ] do
        let expected = 0.5 * x * (1.0 + tanh (sqrt (2.0 / Math.PI) * (x + 0.044715 * x ** 3.0)))
        assertClose 1e-14 $"gelu_new({x})" expected (Reference.GeluTanh x)

[<Fact>]
let ``NaN stays in its place and spreads to no other`` () =
    for f in all do
        for n in [ 1; 7; 8; 19 ] do
            for place in 0 .. n - 1 do
                let x, poisoned = Array.map abs (vector "x" n n), vector "x" n n
                poisoned[place] <- nanf
                let only (values: float32[]) = values |> Array.iteri (fun i value -> Assert.Equal((i = place), Single.IsNaN value))
                only (forward f poisoned)
                only (backward f poisoned x)
                only (backward f x poisoned)

[<Fact>]
let ``Matrix forms work on windows, in place, the same on any number of threads`` () =
    for f in all do
        sameOnAnyThreads (fun () ->
            let x, outer = guarded (matrix "x" 301 67)
            let g, dx = matrix "g" 301 67, Matrix(301, 67)
            f.MatrixBackward x g dx
            f.Matrix x x
            Assert.Equal(outer.Values.Length - 301 * 67, sentinels outer)
            Assert.Equal<float32[]>(forward f ((matrix "x" 301 67).Row(17).ToArray()), x.Row(17).ToArray())
            [ x; dx ])

[<Fact>]
let ``SiluProduct and its gradients match their definition at every length from 0 to 256`` () =
    for n in 0..256 do
        let gate, up, g = vector "gate" n n, vector "up" n n, vector "g" n n
        let y, dGate, dUp = padded gate, padded gate, padded gate
        Kernels.SiluProduct(gate, up, y.AsSpan(1, n))
        Kernels.SiluProductBackward(gate, up, g, dGate.AsSpan(1, n), dUp.AsSpan(1, n))
        let y, dGate, dUp = unpadded n y, unpadded n dGate, unpadded n dUp
        for i in 0 .. n - 1 do
            let silu, gradient = Reference.Silu(float gate[i]), float g[i]
            assertRelative 2e-6 "product" (abs (silu * float up[i])) (silu * float up[i]) (float y[i])
            assertRelative 2e-6 "up" (abs (silu * gradient)) (silu * gradient) (float dUp[i])
            let scale = abs (gradient * float up[i])
            assertRelative 2e-6 "gate" scale (gradient * float up[i] * Reference.SiluDerivative(float gate[i])) (float dGate[i])

[<Fact>]
let ``SiluProduct may overwrite its inputs, on windows, the same on any number of threads`` () =
    sameOnAnyThreads (fun () ->
        let gate, up, g = matrix "gate" 257 70, matrix "up" 257 70, matrix "g" 257 70
        let product, dGate, dUp = Matrix(257, 70), Matrix(257, 70), Matrix(257, 70)
        Kernels.SiluProduct(gate, up, product)
        Kernels.SiluProductBackward(gate, up, g, dGate, dUp)
        Kernels.SiluProductBackward(gate, up, g, gate, up)
        Assert.Equal<int32[]>(bits dGate, bits gate)
        Assert.Equal<int32[]>(bits dUp, bits up)
        [ product; dGate; dUp ])

[<Fact>]
let ``Different sizes are refused`` () =
    for f in all do
        refused (fun () -> f.Matrix (matrix "x" 3 4) (Matrix(3, 5)))
        refused (fun () -> f.Matrix (matrix "x" 3 4) (Matrix(2, 4)))
        refused (fun () -> f.MatrixBackward (matrix "x" 3 4) (matrix "g" 3 4) (Matrix(4, 4)))
        refused (fun () -> f.Backward (vector "x" 0 3) (vector "g" 0 4) (padded (vector "x" 0 3)))
    refused (fun () -> Kernels.SiluProduct(matrix "x" 3 4, matrix "x" 3 4, Matrix(3, 3)))
    refused (fun () -> Kernels.SiluProductBackward(matrix "x" 3 4, matrix "x" 3 4, matrix "x" 3 4, Matrix(3, 4), Matrix(3, 3)))
