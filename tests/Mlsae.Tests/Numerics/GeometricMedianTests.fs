module Mlsae.Tests.Numerics.GeometricMedianTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

[<Fact>]
let ``The geometric median matches its definition, on windows of odd shapes`` () =
    for count, n in [ 1, 3; 2, 1; 5, 8; 70, 17; 300, 33 ] do
        let points = fst (guarded (matrix "points" count n))
        let expected = Reference.GeometricMedian(rows points)
        Array.iter2 (assertClose 1e-9 $"{count} points of {n}") expected (Kernels.GeometricMedian points)

[<Fact>]
let ``It is where the unit vectors to the points cancel`` () =
    let points = matrix "points" 200 6
    let median = Kernels.GeometricMedian(points, tolerance = 1e-12, maximumIterations = 2000)
    let towards (point: float[]) =
        let difference = Array.map2 (-) point median
        let length = sqrt (Array.sumBy (fun value -> value * value) difference)
        Array.map (fun value -> value / length) difference
    let sum = rows points |> Array.map towards |> Array.reduce (Array.map2 (+))
    Array.iter (assertClose 1e-6 "sum of unit vectors" 0.0) sum

[<Fact>]
let ``One far point moves the mean but hardly the median`` () =
    let points = matrix "points" 101 4
    points.Row(50).Fill 1e6f
    Assert.All(Kernels.GeometricMedian points, fun value -> Assert.True(abs value < 0.5))

[<Fact>]
let ``A point met exactly ends in NaN as published, and is guarded by default`` () =
    let points = Matrix(3, 1, [| -1f; 0f; 1f |])
    Assert.All(Kernels.GeometricMedian(points, guard = 0.0), fun value -> Assert.True(Double.IsNaN value))
    Assert.All(Kernels.GeometricMedian points, fun value -> assertClose 1e-9 "median" 0.0 value)

[<Fact>]
let ``It is the same on any number of threads, NaN stays, and no points are refused`` () =
    let points = matrix "points" 5000 12
    let run threads = withThreads threads (fun () -> Kernels.GeometricMedian points |> Array.map BitConverter.DoubleToInt64Bits)
    Assert.Equal<int64[]>(run 1, run 2)
    Assert.Equal<int64[]>(run 1, run 3)
    points[3000, 11] <- nanf
    let spoilt = Kernels.GeometricMedian points
    Assert.True(Double.IsNaN spoilt[11])
    refused (fun () -> Kernels.GeometricMedian(Matrix(0, 3)) |> ignore)
