// Loaded first by every script: the only file that knows where the libraries lie. Where they are missing, this command makes them: ./build.sh Build
#r "../src/Mlsae.Cli/bin/Release/net10.0/Mlsae.Numerics.dll"
#r "../src/Mlsae.Cli/bin/Release/net10.0/Mlsae.dll"
#r "../src/Mlsae.Cli/bin/Release/net10.0/Mlsae.Scripting.dll"

open System.IO
open Mlsae.Scripting
open Mlsae.Storage

let private root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))
let private arguments = List.tail (List.ofArray fsi.CommandLineArgs)

/// Whether the script should only show that it works, in seconds.
let smoke = arguments |> List.contains "--smoke"

/// Where a script writes; with --smoke apart, so that no real figure is lost.
let out name = Path.Combine(root, "out", (if smoke then "smoke" else ""), name)

/// Ends the script with one sentence.
let stop (sentence: string) =
    eprintfn "%s" sentence
    exit 1

/// The run whose folder was given; without one the newest; with --smoke a toy.
let run =
    try
        match arguments |> List.tryFind (fun argument -> not (argument.StartsWith "--")) with
        | Some folder -> RunFolder.Open folder
        | None when smoke -> ToyRun.create (out "toy-run")
        | None -> RunFolder.Latest(Path.Combine(root, RunFolder.DefaultParent))
    with :? IOException as problem ->
        stop $"{problem.Message} This command makes a run: ./build.sh Demo"

/// Reads a file of the run's analysis; where it is missing, says which command makes it.
let analysis name file command (read: string -> 'a) =
    let path = Path.Combine(run.AnalysisPath name, file)
    if File.Exists path then read path else stop $"Run '{run.Path}' has no {name}/{file}. This command makes it: {command}"
