/// The models that travel with the library are what their cards say.
module Mlsae.Tests.Pipelines.EmbeddedModelTests

open System.IO
open Xunit
open Mlsae
open Mlsae.Analysis
open Mlsae.Pipelines
open Mlsae.Text
open Mlsae.Text.Microworlds
open Mlsae.Transformers

/// Entropy of a token given the one before it, as the cards give it, in nats.
let private bigramEntropy = 2.623

let private load name =
    let folder = EmbeddedModels.Folder name
    LanguageModel.Load folder, TextData.Tokenizer folder

[<Theory>]
[<InlineData("microworld-6l", 6)>]
[<InlineData("microworld-1l-a", 1)>]
[<InlineData("microworld-1l-b", 1)>]
let ``An embedded model predicts held-out text far better than pairs of tokens do`` (name: string, layers: int) =
    let model, tokenizer = load name
    Assert.Equal(layers, model.LayerCount)
    use contexts = new PackedContexts(TextData.HeldOut TextData.Microworld, tokenizer, PackingConfig(ContextLength = model.ContextLength))
    let loss = LanguageModelLoss.Mean(model, [| for _ in 1..8 -> contexts.Next() |])
    Assert.InRange(loss, 0.5, 0.6 * bigramEntropy)

[<Fact>]
let ``microworld-6l answers at least 95 % of held-out indirect-object sentences`` () =
    let model, tokenizer = load "microworld-6l"
    let accuracy = IndirectObjectAccuracy.Measure(model, tokenizer, IndirectObjectSentences.HeldOut(0UL, 300))
    Assert.True(accuracy.Share >= 0.95, $"{accuracy.Share}")

[<Fact>]
let ``A name that is no model is refused with the names that are`` () =
    let problem = Assert.Throws<DirectoryNotFoundException>(fun () -> EmbeddedModels.Folder "microworld-7l" |> ignore)
    Assert.Contains("microworld-6l", problem.Message)
