module Mlsae.Tests.Scripting.ConceptsTests

open System
open System.Collections.Generic
open Xunit
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Pipelines
open Mlsae.Scripting

let private scores (units: (string * int * float) list) =
    let score (name, unit, f1) = ConceptScore(name, Nullable(), unit, 1f, f1, f1, f1, f1, 40)
    let estimate = Estimate(0.5, 0.25, 0.75, units.Length)
    let coverage = ConceptCoverage(estimate, estimate, estimate, estimate, estimate)
    ConceptScores("concept_f1/1", 10, 20, 7, List<_>(Seq.map score units), List<_>(), coverage, [| coverage; coverage |])

let private comparison =
    let latents = scores [ "a", 3, 0.2; "b<c>", 5, 0.9; "d", 3, 0.6 ]
    ConceptComparison(latents, scores [ "a", 0, 0.1 ], scores [ "a", 1, 0.3 ])

[<Fact>]
let ``each kind of unit has a curve of its F1 in descending order, with the concept under the mouse`` () =
    let curves = (Concepts.curves comparison).Traces |> List.choose (function Line s -> Some s | _ -> None)
    Assert.Equal<float[] list>([ [| 0.9; 0.6; 0.2 |]; [| 0.1 |]; [| 0.3 |] ], curves |> List.map _.Y)
    Assert.StartsWith("b<c>: F1 0.9", curves.Head.Hover[0])

[<Fact>]
let ``the table has a row for each kind of unit and each layer, and every row has all columns`` () =
    let table = Concepts.table comparison
    Assert.Equal(5, table.Rows.Length)
    Assert.Equal<int list>([ table.Columns.Length ], table.Rows |> List.map List.length |> List.distinct)

[<Fact>]
let ``the best latents are named once each, with the concept they tell best`` () =
    let rows = (Concepts.bestTable comparison).Rows
    Assert.Equal<Cell list>([ Cell.Code "b<c>"; Cell.Code "d" ], rows |> List.map List.head)

[<Fact>]
let ``portraits of latents that tell a concept come first, with the concept's name`` () =
    let portrait latent = LatentPortrait(Latent = latent, Tokens = 100L, ActiveTokens = 25L, Seed = 0UL, Layers = List<_>())
    let texts = [ for block in (Portraits.section (Concepts.labelOf (Some comparison)) [ portrait 1; portrait 3; portrait 5 ]).Blocks do match block with Block.Markup html -> html | _ -> () ]
    Assert.Equal(3, texts.Length)
    Assert.Contains("d (F1 0.6): latent 3", texts[0])
    Assert.Contains("b&lt;c&gt; (F1 0.9): latent 5", texts[1])
    Assert.Contains("latent 1, active on 25.0 % of 100 tokens", texts[2])
    Assert.Equal(None, Concepts.labelOf None 5)
