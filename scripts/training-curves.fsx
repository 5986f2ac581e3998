#load "prelude.fsx"
// Question: how did training go? Loss, FVU, L0 and dead latents; of several dictionaries side by side.
// Run:      dotnet fsi scripts/training-curves.fsx [run folder] [--smoke]        Writes out/training-curves.html, its data and, with Chromium, .png.
open Mlsae.Scripting
open Prelude

let steps = attempt (fun () -> Training.read run.Folder.MetricsPath)
let figures = if run.Config.Dictionaries.Count > 1 then Training.sideBySide steps else Training.figures steps

say (Training.findings steps)

[ figures |> List.map Block.Drawing |> Block.Columns ] |> show "training-curves" "How training went"
