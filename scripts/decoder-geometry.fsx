#load "prelude.fsx"
// Question: how do the directions of latents lie among each other, do latents of near layers point alike, and to which tokens do they point?
// Run:      dotnet fsi scripts/decoder-geometry.fsx [run folder] [--smoke]       Writes out/decoder-geometry.html, its data and, with Chromium, .png.
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Prelude

let geometry = ask RunAnalyses.DecoderGeometry
let largest = RunAnalyses.DecoderGeometry.ReadLargest(run.AnalysisPath RunAnalyses.DecoderGeometry.Name)

say (Geometry.findings geometry)

(Geometry.section geometry largest).Blocks |> show "decoder-geometry" "The directions of latents"
