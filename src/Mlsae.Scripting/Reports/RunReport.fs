namespace Mlsae.Scripting

open System
open System.IO
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

    let private answers (run: RunFolder) =
        // Of other text than the Microworld no concepts are known, so none are missing.
        let missing (analysis: RunAnalysis) =
            if analysis.Name = RunAnalyses.Concepts.Name && run.Manifest.Data <> TextData.Microworld then None
            else Some(Block.Missing("This was not asked yet.", $"mlsae analyze {analysis.Name} {run.Path}"))
        Answers.sections run.AnalysisPath missing @ Answers.sectionsOfPairs run.AnalysisPath

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
        else [ training run; evaluation run ] @ answers run

    /// Writes report/index.html, and the data of every figure and table beside it; returns the page's path.
    let write (run: RunFolder) =
        let name = DirectoryInfo(run.Path).Name
        let title =
            if isComparison run then ComparisonReport.title run
            elif DictionariesReport.isOf run then DictionariesReport.title run
            else $"What the multi-layer dictionary of run '{name}' found"
        Report.save run.ReportPath title (subtitle run) (sections run)
        Path.Combine(run.ReportPath, "index.html")
