namespace Mlsae.Scripting

open System
open System.IO
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Pipelines.Comparisons
open Mlsae.Storage

/// The report of a run: everything its folder holds, on one page. What is not there yet is named with the command that makes it.
[<RequireQualifiedAccess>]
module RunReport =

    /// A file of a run, read where it exists.
    let private read (path: string) (reader: string -> 'a) = if File.Exists path then Some(reader path) else None

    let private section title blocks : Section = { Title = title; Blocks = blocks }

    let private evaluationPath (run: RunFolder) = Path.Combine(run.AnalysisPath "evaluation", "evaluation.json")

    let private training (run: RunFolder) =
        match read run.MetricsPath Training.read with
        | Some steps when steps.Length > 0 -> [ Training.figures steps |> List.map Block.Drawing |> Block.Columns ]
        | _ -> [ Block.Missing("This run has logged no training.", $"mlsae train --output {run.Path}") ]
        |> section "Training"

    let private evaluation (run: RunFolder) =
        match read (evaluationPath run) (fun path -> JsonFile.Read<EvaluationResult> path) with
        | Some result -> [ Block.Tabular(Evaluation.table result); Block.Tabular(Evaluation.losses result); Evaluation.figures result |> List.map Block.Drawing |> Block.Columns ]
        | None -> [ Block.Missing("The dictionary was not evaluated on held-out text.", $"mlsae evaluate {run.Path}") ]
        |> section "Reconstruction by layer"

    let private layers (run: RunFolder) =
        match read (Path.Combine(run.AnalysisPath RunAnalyses.LatentLayers.Name, LayerDistributionsFile.FileName)) LayerDistributionsFile.Read with
        | Some distributions ->
            let statistics = LayerStatistics.Of distributions
            [ Block.Drawing(Layers.heatMap distributions)
              Block.Columns [ Block.Drawing(Layers.activeLayers statistics); Block.Drawing(Layers.meanLayers distributions) ]
              Block.Tabular(Layers.table statistics) ]
        | None -> [ Block.Missing("The distributions of latents over layers were not computed.", $"mlsae evaluate {run.Path}") ]
        |> section "Latents over layers"

    let private latents (run: RunFolder) =
        match read (Path.Combine(run.AnalysisPath RunAnalyses.FeatureDensity.Name, LatentStatisticsFile.FileName)) (fun path -> JsonFile.Read<LatentStatistics> path) with
        | Some statistics -> [ Block.Drawing(Latents.densities statistics); Block.Tabular(Latents.table statistics); Block.Tabular(Latents.directions statistics) ]
        | None -> [ Block.Missing("The latents were not counted on held-out text.", $"mlsae evaluate {run.Path}") ]
        |> section "What the latents are like"

    let private examplesPerLatent = 6

    let private comparison (run: RunFolder) =
        read (Path.Combine(run.AnalysisPath RunAnalyses.Concepts.Name, ConceptComparison.FileName)) (fun path -> JsonFile.Read<ConceptComparison> path)

    let private concepts (run: RunFolder) =
        match comparison run with
        | Some comparison ->
            [ Block.Drawing(Concepts.curves comparison); Block.Tabular(Concepts.table comparison); Block.Tabular(Concepts.bestTable comparison) ]
            |> section "Concepts told by single latents"
            |> List.singleton
        | None when run.Manifest.Data = TextData.Microworld ->
            [ section "Concepts told by single latents" [ Block.Missing("The latents were not scored on the Microworld's concepts.", "mlsae demo") ] ]
        // Of other text no concepts are known.
        | None -> []

    let private reading =
        "Each line is a place in held-out text where the latent is strongest. Its own token is framed; the darker a token, the more active the latent is there, "
        + "at the layer named on the left. The small squares show how active it is on the framed token at each layer, from the first."

    let private examples (run: RunFolder) =
        match List.ofSeq (LatentPortraitFile.Read(run.AnalysisPath RunAnalyses.LatentExamples.Name)) with
        | [] -> []
        | sets ->
            let view = Concepts.examples examplesPerLatent (comparison run) sets
            [ section "Latents and their strongest examples" [ Block.Paragraph reading; Block.Markup view ] ]

    let private subtitle (run: RunFolder) =
        let manifest = run.Manifest
        let named label value = value |> Option.ofObj |> Option.map (fun value -> $"{label} {value}") |> Option.toList
        let started = manifest.Started.ToUniversalTime().ToString("yyyy-MM-dd HH:mm")
        [ $"mlsae {manifest.LibraryVersion}, command {manifest.Command}, seed {manifest.Seed}, started {started} UTC" ]
        @ named "model" manifest.Model
        @ named "data" manifest.Data
        @ [ $"{manifest.Machine.Processors} × {manifest.Machine.Architecture}, {manifest.Machine.VectorInstructions}" ]
        |> String.concat " · "

    let private isComparison (run: RunFolder) = run.Manifest.Command = DictionaryComparison.Command

    /// The sections of a run's report.
    let sections (run: RunFolder) =
        if isComparison run then ComparisonReport.sections run
        elif DictionariesReport.isOf run then DictionariesReport.sections run
        else [ training run; evaluation run; latents run; layers run ] @ concepts run @ examples run

    /// Writes report/index.html, and the data of every figure and table beside it; returns the page's path.
    let write (run: RunFolder) =
        let name = DirectoryInfo(run.Path).Name
        let title =
            if isComparison run then ComparisonReport.title run
            elif DictionariesReport.isOf run then DictionariesReport.title run
            else $"What the multi-layer dictionary of run '{name}' found"
        Report.save run.ReportPath title (subtitle run) (sections run)
        Path.Combine(run.ReportPath, "index.html")
