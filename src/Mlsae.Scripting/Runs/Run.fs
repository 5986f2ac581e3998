namespace Mlsae.Scripting

open System.Threading
open Mlsae
open Mlsae.Dictionaries
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Storage
open Mlsae.Transformers

/// Runs, and what their folders hold. Dictionary, model and tokenizer are loaded when they are first used.
[<RequireQualifiedAccess>]
module Run =

    /// The run in a folder; of several dictionaries the first.
    let ofFolder (path: string) = TrainedRun.Open(RunFolder.Open path)

    /// The newest run with a dictionary under a folder.
    let latestIn (parent: string) = TrainedRun.Open(RunFolder.Latest parent)

    /// The newest run with a dictionary under runs/.
    let latest () = latestIn RunFolder.DefaultParent

    /// All dictionaries of a run, which share the model.
    let dictionaries (run: TrainedRun) = TrainedRun.OpenAll run.Folder |> List.ofSeq

    /// What an analysis found: read where it is in the run's folder, otherwise made with these settings, with a line of progress, and kept there.
    let askWith (settings: AnalysisSettings) (analysis: RunAnalysis<'found>) (run: TrainedRun) =
        AnalysisRunner.Result(run, analysis, settings, Progress.ofAnalyses (), CancellationToken.None)

    /// The same with the default settings.
    let ask analysis run = askWith (AnalysisSettings()) analysis run

/// Transformers.
[<RequireQualifiedAccess>]
module Model =

    /// The model in a Hugging Face folder, or an embedded one by its name.
    let load (nameOrFolder: string) = LanguageModel.Load(EmbeddedModels.Folder nameOrFolder)

/// Dictionaries.
[<RequireQualifiedAccess>]
module Dictionary =

    /// The dictionary in a folder: one for all layers, one for each, or a crosscoder.
    let load (folder: string) = LayeredDictionary.Load folder

/// Tokens that a model reads, in batches.
[<RequireQualifiedAccess>]
module Tokens =

    /// Held-out text of a run, made as it is asked for: of the Microworld without end.
    let ofRun (run: TrainedRun) = run.HeldOut null |> TrainedRun.Batches

    /// Text of a file or folder, cut into contexts as long as those of a run.
    let ofFile (path: string) (run: TrainedRun) = run.HeldOut path |> TrainedRun.Batches

    /// One prompt, after the end-of-text token that a run's model knows documents to begin with.
    let ofPrompt (prompt: string) (run: TrainedRun) =
        let separator = run.Tokenizer.EndOfText |> Option.ofNullable |> Option.toArray
        TokenBatch.Of(Array.append separator (run.Tokenizer.Encode prompt))

    /// As many batches as make so many sequences, at most.
    let take sequences (batches: TokenBatch seq) =
        seq {
            let mutable left = sequences
            use source = batches.GetEnumerator()
            while left > 0 && source.MoveNext() do
                let batch = source.Current.Part(0, min left source.Current.Sequences)
                left <- left - batch.Sequences
                yield batch
        }

/// A model's vectors, and their codes, batch by batch: never more than one batch is in memory.
[<RequireQualifiedAccess>]
module Activations =

    let private walk codes (run: TrainedRun) (batches: TokenBatch seq) =
        seq {
            let mutable sequence = 0
            for batch in batches do
                yield run.EncodeText(batch, sequence, codes)
                sequence <- sequence + batch.Sequences
        }

    /// The vectors of every layer, with the dictionary's codes. Special tokens are left out.
    let ofRun (run: TrainedRun) (batches: TokenBatch seq) = walk true run batches

    /// The vectors alone, which spares the encoder.
    let vectors (run: TrainedRun) (batches: TokenBatch seq) = walk false run batches

    /// Feeds sums with all batches, and gives them back.
    let sum (sums: #ITextSums) (tokens: EncodedTokens seq) =
        for batch in tokens do
            sums.Add batch
        sums
