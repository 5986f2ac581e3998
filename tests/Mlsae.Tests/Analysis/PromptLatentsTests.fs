module Mlsae.Tests.Analysis.PromptLatentsTests

open System
open Xunit
open Mlsae.Analysis
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

/// Three tokens at two layers: latent 7 early, latent 2 late, latent 4 at both, latent 9 too weak to count.
let private found =
    PromptLatents.Of("a b c", [ "a"; "b"; "c" ], 2, codesOf
        [ [ 7, 4f; 4, 1f ]; [ 2, 2f; 4, 1f ]
          [ 7, 2f; 9, 5e-4f ]; [ 2, 6f ]
          []; [ 4, 2f; 9, 4e-4f ] ])

[<Fact>]
let ``active latents come by mean layer, and weak ones are left out`` () =
    Assert.Equal<int list>([ 7; 4; 2 ], [ for latent in found.Latents -> latent.Latent ])
    List.iter2 (assertClose 1e-9 "mean layer") [ 0.0; 0.75; 1.0 ] [ for latent in found.Latents -> latent.LayerMean ]
    List.iter2 (assertClose 1e-6 "total") [ 6.0; 4.0; 8.0 ] [ for latent in found.Latents -> latent.Total ]

[<Fact>]
let ``places stand token by token and layer by layer, with shares of the strongest latent there`` () =
    let latent = found.Latents[1]
    Assert.Equal<(int * int * float32 * float32) list>([ 0, 0, 1f, 0.25f; 1, 0, 1f, 0.5f; 1, 2, 2f, 1f ], [ for p in latent.Places -> p.Layer, p.Token, p.Value, p.Relative ])
    List.iter2 (assertClose 1e-9 "share") [ 0.25; 0.75 ] (List.ofSeq latent.Shares)

[<Fact>]
let ``the largest relative value at every layer and token with any activity is 1`` () =
    let places = found.Latents |> Seq.collect _.Places |> Seq.groupBy (fun p -> p.Layer, p.Token)
    Assert.Equal(5, Seq.length places)
    for _, here in places do
        Assert.Equal(1f, here |> Seq.map _.Relative |> Seq.max)

[<Fact>]
let ``codes of another number of tokens are refused`` () =
    Assert.Throws<ArgumentException>(fun () -> PromptLatents.Of("a", [ "a" ], 2, codesOf [ [] ]) |> ignore) |> ignore
