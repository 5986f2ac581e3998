module Mlsae.Tests.Analysis.PairwiseCosinesTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Numerics
open Mlsae.Tests.Assertions

let private gaussian rows columns =
    let matrix = Matrix(rows, columns)
    Philox(7UL, "directions").FillGaussian(matrix.AsSpan(), 1f)
    matrix

let private cosine (x: float32[]) (y: float32[]) =
    let dot a b = Array.fold2 (fun sum p q -> sum + float p * float q) 0.0 a b
    dot x y / sqrt (dot x x * dot y y)

let private bin share bins = min (bins - 1) (int (share * float bins))

[<Fact>]
let ``every pair is counted once, in the bin of its cosine and its distance`` () =
    let directions, layers = gaussian 700 12, 6
    let means = Array.init 700 (fun i -> 5.0 * float ((i * 37) % 700) / 699.0)
    let found = PairwiseCosines.Of(directions, means, layers)
    let rows = Array.init 700 (fun i -> directions.Row(i).ToArray())
    let pairs = [| for i in 0..699 do for j in i + 1 .. 699 -> cosine rows[i] rows[j], abs (means[i] - means[j]) |]
    Assert.Equal(int64 pairs.Length, found.Pairs)
    Assert.Equal(found.Pairs, Seq.sum found.Counts)
    Assert.Equal<int64 list>([ for row in found.ByDistance -> Seq.sum row ], [ for d in 0 .. PairwiseCosines.DistanceBins - 1 -> pairs |> Array.filter (fun (_, x) -> bin (x / 5.0) PairwiseCosines.DistanceBins = d) |> Array.length |> int64 ])
    // A cosine within rounding of an edge may lie on either side.
    let expected = pairs |> Array.countBy (fun (c, _) -> bin ((c + 1.0) / 2.0) PairwiseCosines.CosineBins) |> Map.ofArray
    let moved = Seq.sum [ for i, count in Seq.indexed found.Counts -> abs (count - int64 (Map.tryFind i expected |> Option.defaultValue 0)) ]
    Assert.True(moved <= 4L, $"{moved} pairs in other bins")
    assertClose 1e-6 "mean" (Array.averageBy fst pairs) found.Mean
    assertClose 1e-6 "std" (sqrt (pairs |> Array.averageBy (fun (c, _) -> (c - found.Mean) ** 2.0))) found.Std
    for d in 0 .. PairwiseCosines.DistanceBins - 1 do
        let own = pairs |> Array.filter (fun (_, x) -> bin (x / 5.0) PairwiseCosines.DistanceBins = d)
        if own.Length > 0 then
            assertClose 1e-6 "mean by distance" (Array.averageBy fst own) found.MeanByDistance[d]

[<Fact>]
let ``the order of the latents does not matter, as long as mean layers move with their directions`` () =
    let directions = gaussian 90 6
    let means = Array.init 90 (fun i -> float (i % 4))
    let order = Array.init 90 (fun i -> (i * 41) % 90)
    let moved = Matrix(90, 6)
    order |> Array.iteri (fun i from -> directions.Row(from).CopyTo(moved.Row i))
    let here, there = PairwiseCosines.Of(directions, means, 4), PairwiseCosines.Of(moved, [| for from in order -> means[from] |], 4)
    Assert.Equal<int64>(here.Counts, there.Counts)
    Assert.Equal<int64 list>([ for row in here.ByDistance do yield! row ], [ for row in there.ByDistance do yield! row ])

[<Fact>]
let ``directions that point alike at near layers show it in the mean by distance`` () =
    // Three groups, each around a direction and at a layer of its own.
    let directions = gaussian 90 20
    for i in 0..89 do
        directions[i, i % 3] <- directions[i, i % 3] + 12f
    let found = PairwiseCosines.Of(directions, Array.init 90 (fun i -> float (i % 3)), 3)
    Assert.True(found.MeanByDistance[0] > 0.7)
    Assert.True(abs found.MeanByDistance[PairwiseCosines.DistanceBins - 1] < 0.2)

[<Fact>]
let ``random directions are spread as the isotropic shares say`` () =
    let found = PairwiseCosines.Of(gaussian 900 24, Array.zeroCreate 900, 1)
    assertClose 1e-9 "shares" 1.0 (Seq.sum found.IsotropicShares)
    for bin in 0 .. PairwiseCosines.CosineBins - 1 do
        let share = float found.Counts[bin] / float found.Pairs
        assertClose (0.0005 + 0.1 * found.IsotropicShares[bin]) $"bin {bin}" found.IsotropicShares[bin] share
    assertClose 0.002 "std" (1.0 / sqrt 24.0) found.Std

[<Fact>]
let ``the largest cosine as published looks at earlier rows alone, and no lower than 0`` () =
    let directions = Matrix(4, 2, [| 1f; 0f; 0f; 1f; -1f; 0f; 1f; 1f |])
    let r = sqrt 0.5f
    assertAllClose 1e-6 "published" [| 0f; 0f; 0f; r |] (DirectionMatching.MaxCosinesAsPublished directions)
    assertAllClose 1e-6 "corrected" [| r; r; 0f; r |] (DirectionMatching.MaxCosinesAmongOthers directions)
    let many = gaussian 600 5
    let rows = Array.init 600 (fun i -> many.Row(i).ToArray())
    let expected = [| for j in 0..599 -> Seq.append [ 0.0 ] (seq { for i in 0 .. j - 1 -> cosine rows[i] rows[j] }) |> Seq.max |> float32 |]
    assertAllClose 1e-6 "published" expected (DirectionMatching.MaxCosinesAsPublished many)

[<Fact>]
let ``the nearest tokens of a direction are those of the largest cosine, whatever the lengths`` () =
    let directions, tokens = gaussian 9 8, gaussian 300 8
    Kernels.Scale(tokens.Row 17, 100f)
    let found = NearestTokens.Of(directions, tokens, 3)
    for latent in 0..8 do
        let expected =
            [ for token in 0..299 -> token, cosine (directions.Row(latent).ToArray()) (tokens.Row(token).ToArray()) ] |> List.sortByDescending snd |> List.take 3
        Assert.Equal<int list>(List.map fst expected, List.ofArray found.Tokens[latent])
        assertAllClose 1e-6 "cosine" [| for _, c in expected -> float32 c |] found.Cosines[latent]
    assertClose 1e-6 "mean" (found.Cosines |> Array.averageBy (fun row -> float row[0])) (found.Nearest 0UL).Mean

[<Fact>]
let ``what does not fit is refused`` () =
    Assert.Throws<ArgumentException>(fun () -> PairwiseCosines.Of(gaussian 1 4, [| 0.0 |], 3) |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> PairwiseCosines.Of(gaussian 3 4, [| 0.0 |], 3) |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> NearestTokens.Of(gaussian 3 4, gaussian 5 3) |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> NearestTokens.Of(gaussian 3 4, gaussian 5 4, 6) |> ignore) |> ignore
