namespace Mlsae.Scripting

open Mlsae.Analysis
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses

/// Where the numbers of each analysis lie, by its name.
type internal Folders = string -> string

/// How an analysis is shown: in sentences, and as a section with figures.
type internal Answer =
    { Analysis: RunAnalysis
      Findings: Folders -> string list
      Section: Folders -> Section }

/// What analyses found, from the numbers in a run's folder alone: sentences for the console, sections for the report. Scripts show the same.
[<RequireQualifiedAccess>]
module Answers =

    let private answer (analysis: RunAnalysis<'found>) findings section =
        let read (folders: Folders) = analysis.Read(folders analysis.Name)
        { Analysis = analysis; Findings = read >> findings; Section = fun folders -> section folders (read folders) }

    let private alone section _ found = section found

    let private whereComplete (analysis: RunAnalysis<'found>) (folders: Folders) =
        let folder = folders analysis.Name
        if RunAnalysis.IsComplete folder then Some(analysis.Read folder) else None

    let private density (folders: Folders) statistics =
        let against = whereComplete RunAnalyses.LatentLayers folders |> Option.map (fun d -> d, LatentStatisticsFile.ReadFired(folders RunAnalyses.FeatureDensity.Name))
        // Of different texts, densities and layers would not belong together.
        Latents.section statistics (against |> Option.filter (fun (distributions, _) -> distributions.Tokens = statistics.Tokens))

    let private geometry (folders: Folders) result = Geometry.section result (RunAnalyses.DecoderGeometry.ReadLargest(folders RunAnalyses.DecoderGeometry.Name))

    let private portraits (folders: Folders) found = Portraits.section (Concepts.labelOf (whereComplete RunAnalyses.Concepts folders)) found

    let private patching (folders: Folders) found = Patching.section (Concepts.labelOf (whereComplete RunAnalyses.Concepts folders)) found

    let private logitEffects (folders: Folders) found =
        LogitEffects.section (fun latent layer -> RunAnalyses.LogitEffects.ReadNumbers(folders RunAnalyses.LogitEffects.Name, latent, layer)) found

    /// All of them, in the order of a report.
    let private all =
        [ answer RunAnalyses.LatentLayers (LayerStatistics.Of >> Layers.findings) (alone Layers.section)
          answer RunAnalyses.LayerVariance LayerVariances.findings (alone LayerVariances.section)
          answer RunAnalyses.AdjacentCosine Similarity.findings (alone Similarity.section)
          answer RunAnalyses.ResidualNorms Residuals.findings (alone Residuals.section)
          answer RunAnalyses.FeatureDensity Latents.findings density
          answer RunAnalyses.DecoderGeometry Geometry.findings geometry
          answer RunAnalyses.Concepts Concepts.findings (alone Concepts.section)
          answer RunAnalyses.AutointerpBaselines Explanations.findings (alone Explanations.section)
          answer RunAnalyses.PromptHeatmap Prompts.findings (alone Prompts.section)
          answer RunAnalyses.LatentExamples (Seq.truncate 1 >> Seq.collect Portraits.findings >> List.ofSeq) portraits
          answer RunAnalyses.TokenHistogram TokenHistograms.findings (alone TokenHistograms.section)
          answer RunAnalyses.Specificity Specificities.findings (alone Specificities.section)
          answer RunAnalyses.LogitEffects LogitEffects.findings logitEffects
          answer RunAnalyses.CausalTree Causes.findings (alone Causes.section)
          answer RunAnalyses.Steering SteeredTexts.findings (alone SteeredTexts.section)
          answer RunAnalyses.TokenChains TokenChains.findings (alone TokenChains.section)
          answer RunAnalyses.IoiPatching Patching.findings patching ]

    /// Those that compare a dictionary with another.
    let private ofPairs =
        [ answer RunAnalyses.FeatureSplitting FeatureSplits.findings (alone FeatureSplits.section)
          answer RunAnalyses.Universality Universalities.findings (alone Universalities.section) ]

    /// What an analysis found of a run's dictionary, in sentences.
    let findings (analysis: RunAnalysis) (run: TrainedRun) =
        all @ ofPairs |> List.find (fun answer -> answer.Analysis.Name = analysis.Name) |> fun answer -> answer.Findings run.AnalysisPath

    /// A section for each analysis that compares with another dictionary, where it is complete: not every run has one to compare with.
    let sectionsOfPairs (folderOf: string -> string) =
        [ for answer in ofPairs do if RunAnalysis.IsComplete(folderOf answer.Analysis.Name) then answer.Section folderOf ]

    /// A section for each analysis that is complete, in the order of a report; of others what would make them.
    let sections (folderOf: string -> string) (missing: RunAnalysis -> Block option) =
        [ for answer in all do
              if RunAnalysis.IsComplete(folderOf answer.Analysis.Name) then
                  answer.Section folderOf
              else
                  match missing answer.Analysis with
                  | Some block -> { Title = answer.Analysis.Question; Blocks = [ block ] }
                  | None -> () ]
