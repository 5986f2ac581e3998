namespace Mlsae.Scripting

open System
open System.Threading
open Mlsae.Pipelines
open Mlsae.Training

/// Runs on the embedded one-layer models, trained where they are missing: several sizes of dictionaries of one model, and one of the same model from another seed.
[<RequireQualifiedAccess>]
module Companion =

    let private sizes (config: DictionaryRunConfig) =
        config.Dictionaries |> Seq.map (fun plan -> $"{plan.Dictionary.LatentCount:N0}") |> String.concat ", "

    let private make small runs model =
        let config = Companions.Config(model, small)
        eprintfn $"There is no run on {model} under '{runs}/{Companions.FolderName}' yet: dictionaries of {sizes config} latents are trained on its neurons, {config.Dictionaries[0].TotalTokens:N0} tokens."
        let show = Progress.line ()
        let progress = { new IProgress<TrainingProgress> with member _.Report p = show $"training on {model}" (float p.Step / float p.TotalSteps) }
        Companions.Make(runs, model, small, progress, CancellationToken.None)

    let private find small runs model =
        match Companions.Find(runs, model) with
        | null -> make small runs model
        | run -> run

    /// The dictionaries of several sizes, the smallest first.
    let ofSizes small runs = TrainedRun.OpenAll(find small runs Companions.First) |> Seq.sortBy _.Dictionary.LatentCount |> List.ofSeq

    /// Of both models, the dictionaries whose sizes are alike; both lie beside each other, so that one finds the other.
    let ofModels small runs =
        let second = TrainedRun.Open(find small runs Companions.Second)
        let first = ofSizes small runs |> List.find (fun run -> run.Plan.Name = second.Plan.Name)
        first, second
