module Mlsae.Tests.Numerics.AttentionTests

open System
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Assertions
open Mlsae.Tests.Numerics.Samples
open Mlsae.Tests.Numerics.Gradients

let private width (shape: AttentionShape) heads = (heads - 1) * shape.HeadStride + shape.HeadDim

/// Queries, keys and values of normal numbers, each a window among sentinels.
let private inputs (shape: AttentionShape) =
    let window purpose rows heads = fst (guarded (matrix purpose rows (width shape heads)))
    QueryKeyValue(
        window "q" (shape.Sequences * shape.Positions) shape.Heads,
        window "k" (shape.Sequences * shape.KeyRows) shape.KeyValueHeads,
        window "v" (shape.Sequences * shape.KeyRows) shape.KeyValueHeads)

let private result (shape: AttentionShape) = Matrix(shape.Sequences * shape.Positions, shape.Heads * shape.HeadDim)

let private pattern (shape: AttentionShape) = Matrix(shape.Sequences * shape.Heads * shape.Positions, shape.KeyPositions)

/// One head of one sequence, in double.
let private head (shape: AttentionShape) (matrix: Matrix) firstRow count column =
    Array.init count (fun row -> Array.init shape.HeadDim (fun i -> float matrix[firstRow + row, column * shape.HeadStride + i]))

/// Pattern and result of every head of every sequence by the definition: (sequence, head, pattern, result).
let private reference (shape: AttentionShape) (inputs: QueryKeyValue) =
    [ for sequence in 0 .. shape.Sequences - 1 do
          for h in 0 .. shape.Heads - 1 do
              let shared = h / (shape.Heads / shape.KeyValueHeads)
              let q = head shape inputs.Queries (sequence * shape.Positions) shape.Positions h
              let k = head shape inputs.Keys (sequence * shape.KeyRows) shape.KeyPositions shared
              let v = head shape inputs.Values (sequence * shape.KeyRows) shape.KeyPositions shared
              let p = Reference.AttentionPattern(q, k, float shape.Scale)
              sequence, h, p, Reference.AttentionApply(p, v) ]

let private shapes =
    [ AttentionShape(1, 1, 1, 1)
      AttentionShape(2, 3, 2, 5)
      AttentionShape(1, 50, 2, 8, Scale = 0.7f)
      AttentionShape(2, 101, 3, 7)
      AttentionShape(1, 9, 6, 4, KeyValueHeads = 2)
      AttentionShape(2, 5, 4, 4, KeyValueHeads = 1, HeadStride = 12)
      AttentionShape(2, 1, 2, 8, KeyPositions = 20, KeyRows = 32)
      AttentionShape(2, 60, 2, 8, KeyPositions = 77, KeyRows = 80, KeyValueHeads = 1) ]

/// Long enough for larger blocks of queries.
let private long = [ AttentionShape(1, 800, 1, 8); AttentionShape(1, 1300, 1, 4) ]

[<Fact>]
let ``Attention and its pattern match the definition, for grouped heads, strided heads, caches and long sequences`` () =
    for shape in shapes @ long do
        let inputs, result, pattern = inputs shape, result shape, pattern shape
        pattern.Fill sentinel
        Kernels.CausalAttention(inputs, shape, result, pattern)
        for sequence, h, p, attended in reference shape inputs do
            for row in 0 .. shape.Positions - 1 do
                let patternRow = pattern.Row((sequence * shape.Heads + h) * shape.Positions + row).ToArray()
                Array.iter2 (fun e a -> assertClose 2e-6 $"pattern of {shape}" e (float a)) p[row] patternRow
                let resultRow = result.Row(sequence * shape.Positions + row).Slice(h * shape.HeadDim, shape.HeadDim).ToArray()
                Array.iter2 (fun e a -> assertClose 5e-6 $"result of {shape}" e (float a)) attended[row] resultRow

[<Fact>]
let ``Without a pattern, and in two halves, the result is the same and nothing else is written`` () =
    for shape in shapes do
        let inputs, whole, pattern = inputs shape, result shape, pattern shape
        Kernels.CausalAttention(inputs, shape, whole, pattern)
        let alone, outer = guarded (result shape)
        Kernels.CausalAttention(inputs, shape, alone)
        Assert.Equal<int32[]>(bits whole, bits alone)
        let halfPattern, patternOuter = guarded (Matrix(pattern.Rows, pattern.Columns))
        Kernels.CausalAttentionPattern(inputs.Queries, inputs.Keys, shape, halfPattern)
        Assert.Equal<int32[]>(bits pattern, bits halfPattern)
        alone.Fill sentinel
        Kernels.CausalAttentionApply(halfPattern, inputs.Values, shape, alone)
        assertAllClose 2e-6 "halves" whole.Values (alone.Copy().Values)
        for outer, inner in [ outer, alone; patternOuter, halfPattern ] do
            Assert.Equal(outer.Values.Length - inner.Rows * inner.Columns, sentinels outer)

[<Fact>]
let ``A cached step gives the last row of the whole`` () =
    let whole = AttentionShape(1, 30, 4, 8, KeyValueHeads = 2)
    let inputs, expected = inputs whole, result whole
    Kernels.CausalAttention(inputs, whole, expected)
    for count in [ 1; 3; 10 ] do
        let step = AttentionShape(1, count, 4, 8, KeyValueHeads = 2, KeyPositions = 30)
        let actual = result step
        Kernels.CausalAttention(QueryKeyValue(inputs.Queries.RowWindow(30 - count, count), inputs.Keys, inputs.Values), step, actual)
        assertAllClose 2e-6 "step" (expected.RowWindow(30 - count, count).Copy().Values) actual.Values

[<Fact>]
let ``An edited pattern may look ahead`` () =
    let shape = AttentionShape(1, 3, 1, 2)
    let inputs, edited, result = inputs shape, pattern shape, result shape
    edited[0, 2] <- 1f
    Kernels.CausalAttentionApply(edited, inputs.Values, shape, result)
    Assert.Equal<float32[]>(inputs.Values.Row(2).ToArray(), result.Row(0).ToArray())
    Assert.Equal<float32[]>([| 0f; 0f |], result.Row(1).ToArray())

/// Both passes; the gradients of queries, keys and values.
let private gradients (shape: AttentionShape) =
    let inputs, result, pattern = inputs shape, result shape, pattern shape
    Kernels.CausalAttention(inputs, shape, result, pattern)
    let like (m: Matrix) = Matrix(m.Rows, m.Columns)
    let gradients = QueryKeyValue(like inputs.Queries, like inputs.Keys, like inputs.Values)
    for m in [ gradients.Queries; gradients.Keys; gradients.Values ] do
        m.Fill sentinel
    Kernels.CausalAttentionBackward(matrix "g" result.Rows result.Columns, inputs, pattern, shape, gradients)
    inputs, gradients

/// Central differences of Σ g·attention in one of the three, which `replace` puts back.
let private assertGradient (shape: AttentionShape) what (matrixOf: QueryKeyValue -> Matrix) (replace: QueryKeyValue -> Matrix -> QueryKeyValue) =
    let inputs, gradients = gradients shape
    let x, actual = matrixOf inputs, matrixOf gradients
    let g = matrix "g" (shape.Sequences * shape.Positions) (shape.Heads * shape.HeadDim)
    // The definition is in double, but its inputs are read from matrices: a difference of 1/64 is exact in float, and its square error small.
    let loss shift row column =
        let moved = x.Copy()
        moved[row, column] <- moved[row, column] + shift
        reference shape (replace inputs moved)
        |> List.sumBy (fun (sequence, h, _, attended) ->
            attended |> Array.mapi (fun row values ->
                values |> Array.mapi (fun i value -> value * float g[sequence * shape.Positions + row, h * shape.HeadDim + i]) |> Array.sum)
            |> Array.sum)
    let h = 1f / 64f
    for row in 0 .. x.Rows - 1 do
        for column in 0 .. x.Columns - 1 do
            let unused = row % shape.KeyRows >= shape.KeyPositions && what <> "queries" || column % shape.HeadStride >= shape.HeadDim
            if unused then
                Assert.Equal(sentinel, actual[row, column])
            else
                // Fourth-order differences: (8(f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h.
                let f = fun steps -> loss (float32 steps * h) row column
                let expected = (8.0 * (f 1 - f -1) - (f 2 - f -2)) / (12.0 * float h)
                assertClose 2e-5 $"{what}[{row}, {column}] of {shape}" expected (float actual[row, column])

[<Fact>]
let ``The gradients are those of the definition, by central differences`` () =
    let small =
        [ AttentionShape(1, 1, 1, 1)
          AttentionShape(2, 3, 2, 5)
          AttentionShape(1, 4, 4, 3, KeyValueHeads = 2, HeadStride = 9)
          AttentionShape(2, 3, 2, 2, KeyValueHeads = 1, KeyPositions = 5, KeyRows = 6)
          AttentionShape(1, 53, 1, 2) ]
    for shape in small do
        assertGradient shape "queries" _.Queries (fun x m -> QueryKeyValue(m, x.Keys, x.Values))
        assertGradient shape "keys" _.Keys (fun x m -> QueryKeyValue(x.Queries, m, x.Values))
        assertGradient shape "values" _.Values (fun x m -> QueryKeyValue(x.Queries, x.Keys, m))

[<Fact>]
let ``Results and gradients are the same on any number of threads`` () =
    sameOnAnyThreads (fun () ->
        let shape = AttentionShape(2, 130, 4, 16, KeyValueHeads = 2)
        let inputs, result, pattern = inputs shape, result shape, pattern shape
        Kernels.CausalAttention(inputs, shape, result, pattern)
        let _, gradients = gradients shape
        [ result; pattern; gradients.Queries; gradients.Keys; gradients.Values ])

[<Fact>]
let ``A NaN query spoils its own row, a NaN key every row that sees it, and neither is lost`` () =
    let shape = AttentionShape(1, 60, 1, 5)
    let spoilt (pick: QueryKeyValue -> Matrix) =
        let inputs, result = inputs shape, result shape
        (pick inputs)[55, 2] <- nanf
        Kernels.CausalAttention(inputs, shape, result)
        Array.init 60 (fun row -> Array.exists Single.IsNaN (result.Row(row).ToArray()))
    Assert.Equal<bool[]>(Array.init 60 (fun row -> row = 55), spoilt _.Queries)
    Assert.Equal<bool[]>(Array.init 60 (fun row -> row >= 55), spoilt _.Keys)
    Assert.All((spoilt _.Values)[55..], fun row -> Assert.True row)

[<Fact>]
let ``Sizes that do not fit are refused`` () =
    let shape = AttentionShape(2, 3, 4, 5, KeyValueHeads = 2)
    let x, p, r = inputs shape, pattern shape, result shape
    refused (fun () -> Kernels.CausalAttention(QueryKeyValue(x.Keys, x.Keys, x.Values), shape, r))
    refused (fun () -> Kernels.CausalAttention(QueryKeyValue(x.Queries, x.Queries, x.Values), shape, r))
    refused (fun () -> Kernels.CausalAttention(x, shape, Matrix(6, 19)))
    refused (fun () -> Kernels.CausalAttention(x, shape, r, Matrix(24, 4)))
    refused (fun () -> Kernels.CausalAttentionApply(p, x.Queries, shape, r))
    refused (fun () -> Kernels.CausalAttentionPattern(x.Queries, x.Keys, shape, Matrix(23, 3)))
    refused (fun () -> Kernels.CausalAttentionBackward(r, x, p, shape, QueryKeyValue(x.Queries, x.Keys, Matrix(6, 9))))
    refused (fun () -> Kernels.CausalAttention(x, AttentionShape(2, 3, 4, 5, KeyValueHeads = 3), r))
    refused (fun () -> Kernels.CausalAttention(x, AttentionShape(2, 3, 4, 5, KeyValueHeads = 2, KeyPositions = 2), r))
