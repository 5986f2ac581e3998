/// What many tests share: where golden files lie, and comparisons in which NaN fails.
module Mlsae.Tests.Assertions

open System
open System.IO
open Xunit

/// The path of a file under tests/golden.
let golden (name: string) = Path.Combine(AppContext.BaseDirectory, "golden", name)

/// |actual − expected| ≤ bound. A NaN on either side fails.
let assertClose (bound: float) (what: string) (expected: float) (actual: float) =
    Assert.True(abs (actual - expected) <= bound, $"{what}: {actual} where {expected} was expected, within {bound}")

/// Every |actual − expected| ≤ bound; names the worst element. A NaN on either side fails.
let assertAllClose (bound: float) (what: string) (expected: float32[]) (actual: float32[]) =
    Assert.Equal(expected.Length, actual.Length)
    for i in 0 .. expected.Length - 1 do
        assertClose bound $"{what}[{i}]" (float expected[i]) (float actual[i])

/// Every |actual − expected| ≤ relative · scale, where scale is what the kernel's terms sum to in absolute value.
let assertRelative (relative: float) (what: string) (scale: float) (expected: float) (actual: float) =
    assertClose (relative * (scale + 1e-30)) what expected actual

/// A temporary folder that goes away with its owner.
type TemporaryFolder() =
    let folder = Directory.CreateTempSubdirectory "mlsae-"
    member _.Path = folder.FullName
    member _.File(name: string) = Path.Combine(folder.FullName, name)
    interface IDisposable with
        member _.Dispose() = folder.Delete true
