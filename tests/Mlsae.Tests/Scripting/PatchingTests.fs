/// That figures, tables and sentences of patching show what was measured.
module Mlsae.Tests.Scripting.PatchingTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Analysis.Patching
open Mlsae.Metrics
open Mlsae.Scripting

let private estimate value = Estimate(value, value - 0.25, value + 0.25, 10)

let private summary name area (differences: (string * float) list) =
    PatchingSummary(
        name, estimate area, estimate (area + 1.0), estimate 4.0, estimate 0.5, estimate (area + 0.5), estimate (area - 1.0), estimate 2.0,
        [| for than, difference in differences -> PatchingDifference(than, estimate difference, estimate (difference / 8.0)) |])

let private decomposition (summary: PatchingSummary) =
    let first = [| PatchedFeature(7, false, -2.0, 9, [| "·Ann"; "·Ben" |]); PatchedFeature(20, true, -1.0, 10, [| "·Ann" |]) |]
    PatchedDecomposition(
        summary.Name, 21, 2, [| 0; 1; 2 |], [| for kl in [ 8.0; 4.0; 1.0 ] -> estimate kl |], [| 0.0; 3.0; 5.0 |], [| for kl in [ 8.0; 5.0; 2.0 ] -> estimate kl |], [| 0; 1 |],
        [| for kl in [ 8.0; 3.0 ] -> estimate kl |], summary, first)

/// The first needs fewer features than PCA, the second more.
let private result =
    let summaries = [ summary "MLSAE" 3.0 []; summary "per-layer, n each" 6.0 [ "MLSAE", 3.0 ]; summary "PCA" 5.0 [ "MLSAE", 2.0; "per-layer, n each", -1.0 ]; summary "ICA" 5.1 [ "MLSAE", 2.1; "per-layer, n each", -0.9; "PCA", 0.1 ] ]
    let order method area rank = ComparedOrder(0, "MLSAE", method, area, estimate 3.5, rank, 0.75, 2.0, [||])
    PatchingResult(
        PatchingResult.CurrentDefinition, IndirectObjectAccuracy(10, 10, 11.0), IndirectObjectAccuracy(9, 10, 10.0), 10, estimate 8.0,
        [| for layer in 0..1 -> PatchedLayer(layer, 6.0, [| for s in summaries -> decomposition s |]) |], Array.ofList summaries,
        [| order OrderMethod.Elimination (estimate 3.0) (Nullable 1.0); order OrderMethod.Greedy null (Nullable()) |], 4)

[<Fact>]
let ``what the model can do comes first, then who needs fewer features than PCA`` () =
    let sentences = Patching.findings result
    Assert.Contains("10 of 10", sentences[0])
    Assert.Contains("8 [7.75, 8.25] nats", sentences[0])
    let against name = sentences |> List.find (fun sentence -> sentence.StartsWith($"{name} against PCA"))
    Assert.Contains("fewer features (area less PCA's -2 [-2.25, -1.75] nats)", against "MLSAE")
    Assert.Contains("no difference shown in edit (-0.25 [-0.5, 0] nats)", against "MLSAE")
    Assert.Contains("more features (area less PCA's 1 [0.75, 1.25] nats)", against "per-layer, n each")

[<Fact>]
let ``a model that cannot do the task is said to be one`` () =
    let chance = IndirectObjectAccuracy(5, 10, 0.1)
    let cannot = PatchingResult(result.Definition, chance, chance, 10, result.Unpatched, result.Layers, result.Overall, result.Orders, 4)
    Assert.Contains("not better than chance", (Patching.findings cannot)[1])
    Assert.DoesNotContain("chance", String.concat " " (Patching.findings result))

[<Fact>]
let ``curves are a panel for each layer, without what has no colour, from one feature on`` () =
    for figure in [ Patching.byCount result; Patching.byEdit result ] do
        Assert.Equal<string list>([ "layer 0"; "layer 1" ], figure.Panels |> List.map _.Title)
        for panel in figure.Panels do
            let lines = panel.Traces |> List.choose (function Line series -> Some series | _ -> None)
            Assert.Equal<string list>([ "MLSAE"; "PCA"; "ICA" ], lines |> List.map _.Name)
            Assert.Equal<float[]>([| 4.0; 1.0 |], lines.Head.Y)
    Assert.Contains("n = 10", (Patching.byCount result).Caption)

[<Fact>]
let ``tables name every decomposition, order and first latent`` () =
    let cells (table: Table) = table.Rows |> List.map (List.map Table.text)
    let rows = cells (Patching.table result)
    Assert.Equal<string list>([ "MLSAE"; "per-layer, n each"; "PCA"; "ICA" ], rows |> List.map List.head)
    Assert.Equal<string list>([ "-2 [-2.25, -1.75]"; "1 [0.75, 1.25]"; ""; "0.1 [-0.15, 0.35]" ], rows |> List.map (List.item 2))
    Assert.Equal<string list>([ "elimination, as published"; "greedy" ], cells (Patching.orders result) |> List.map (List.item 1))
    let first = cells (Patching.first (fun latent -> if latent = 7 then Some "names" else None) result)
    Assert.Equal<string list list>([ [ "0"; "1"; "7"; "·Ann  ·Ben"; "names"; "-2"; "9" ]; [ "0"; "2"; "mean and scale"; "·Ann"; ""; "-1"; "10" ] ], List.truncate 2 first)
