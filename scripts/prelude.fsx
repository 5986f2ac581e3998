// Loaded first by every script: the only file that knows where the libraries lie. Where they are missing, this command makes them: ./build.sh Build
#r "../src/Mlsae.Cli/bin/Release/net10.0/Mlsae.Numerics.dll"
#r "../src/Mlsae.Cli/bin/Release/net10.0/Mlsae.dll"
#r "../src/Mlsae.Cli/bin/Release/net10.0/MathNet.Numerics.dll"
#r "../src/Mlsae.Cli/bin/Release/net10.0/Mlsae.Scripting.dll"

open System
open System.IO
open Mlsae.Analysis.Causal
open Mlsae.Pipelines
open Mlsae.Pipelines.Analyses
open Mlsae.Scripting
open Mlsae.Storage

let private root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))
let private arguments = List.tail (List.ofArray fsi.CommandLineArgs)

/// Whether the script should only show that it works, in seconds.
let smoke = arguments |> List.contains "--smoke"

/// The value of an option such as --latent 17; without it the default.
let option (name: string) (fallback: 'a) : 'a =
    match arguments |> List.tryFindIndex ((=) $"--{name}") with
    | Some place when place + 1 < arguments.Length -> Convert.ChangeType(arguments[place + 1], typeof<'a>, Globalization.CultureInfo.InvariantCulture) :?> 'a
    | _ -> fallback

/// The folders that were given: what is no option and no option's value.
let folders =
    "" :: arguments
    |> List.pairwise
    |> List.choose (fun (before, argument) -> if argument.StartsWith "--" || (before.StartsWith "--" && before <> "--smoke") then None else Some argument)

/// Where a script writes; with --smoke apart, so that no real figure is lost.
let out name = Path.Combine(root, "out", (if smoke then "smoke" else ""), name)

/// Ends the script with one sentence.
let stop (sentence: string) =
    eprintfn "%s" sentence
    exit 1

/// Does what may fail for a reason that the user can mend, and then says that in one sentence.
let attempt work =
    try
        work ()
    with
    | :? ArgumentException | :? FormatException | :? InvalidDataException | :? IOException | :? InvalidOperationException as problem -> stop problem.Message

let private runs = Path.Combine(root, RunFolder.DefaultParent)

/// Where runs on the embedded one-layer models lie, of which some questions are asked.
let companions = if smoke then out "" else runs

/// The runs whose folders were given; without one the newest; with --smoke a small one of its own.
let given =
    attempt (fun () ->
        match folders with
        | [] when smoke -> [ SmokeRun.create (out "run") ]
        | [] when not (Directory.Exists runs) -> stop $"There is no run under '{runs}'. This command makes one: ./build.sh Demo"
        | [] -> [ Run.latestIn runs ]
        | some -> some |> List.map Run.ofFolder)

/// The run to look at: the first.
let run = given.Head

/// What analyses that are not made yet look at.
let settings =
    if smoke then AnalysisSettings(Sequences = 24, RareSequences = 24, Permutations = 20, ConceptContexts = 32)
    else AnalysisSettings(Sequences = option "sequences" 128, RareSequences = option "rare-sequences" 512)

/// What an analysis found: read from the run's folder, or made now and kept there.
let ask analysis = attempt (fun () -> run |> Run.askWith settings analysis)

let private listed name = (option name "").Split(',', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)

let private steering =
    let few = if smoke then SteeringConfig(Samples = 4, NewTokens = 16, Strengths = [| 0.0; 1.0 |]) else SteeringConfig()
    SteeringConfig(Prompt = option "prompt" few.Prompt, Samples = few.Samples, NewTokens = few.NewTokens, Strengths = few.Strengths)

/// What an analysis of single latents found: of those that --latents 12,34 or --facts base64,possessive name, or of those that it chooses; with --smoke of one.
let askOfLatents analysis =
    let facts = match listed "facts" with [||] when smoke && option "latents" "" = "" -> [| "next:possessive" |] | named -> named
    let wanted () =
        AnalysisSettings(
            Sequences = settings.Sequences, Permutations = settings.Permutations, ConceptContexts = settings.ConceptContexts,
            Latents = Array.map int (listed "latents"), Facts = facts, Steering = steering)
    attempt (fun () -> run |> Run.askWith (wanted ()) analysis)

/// Prints sentences.
let say sentences = sentences |> List.iter (printfn "%s")

// The first drawing or text of a page stands for all of it in docs/gallery.md.
let private gallery = arguments |> List.contains "--gallery"

let rec private signature blocks =
    blocks |> List.tryPick (function
        | Block.Columns inner -> signature inner
        | Block.Drawing _ | Block.Markup _ as picture -> Some picture
        | _ -> None)

/// Saves figures and tables on one page, and its picture where Chromium is installed; with --smoke without the picture, with --gallery that of the first figure.
let show name title blocks =
    attempt (fun () ->
        if smoke then blocks |> Sheet.write (out name) title
        elif gallery then Option.toList (signature blocks) |> Sheet.picture 760 (Path.Combine(root, "docs", "gallery", name + ".png"))
        else blocks |> Sheet.save (out name) title)
    printfn "%s" (out name + ".html")
