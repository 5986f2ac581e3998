// The build, as FAKE targets:   ./build.sh [Target]      (./build.sh --list names them)
#I "packages/build"
#r "FParsec/lib/netstandard2.0/FParsecCS.dll"
#r "FParsec/lib/netstandard2.0/FParsec.dll"
#r "System.Reactive/lib/net5.0/System.Reactive.dll"
#r "FSharp.Control.Reactive/lib/netstandard2.0/FSharp.Control.Reactive.dll"
#r "Fake.Core.Environment/lib/netstandard2.0/Fake.Core.Environment.dll"
#r "Fake.Core.String/lib/netstandard2.0/Fake.Core.String.dll"
#r "Fake.Core.Context/lib/netstandard2.0/Fake.Core.Context.dll"
#r "Fake.Core.FakeVar/lib/netstandard2.0/Fake.Core.FakeVar.dll"
#r "Fake.Core.Trace/lib/netstandard2.0/Fake.Core.Trace.dll"
#r "Fake.IO.FileSystem/lib/netstandard2.0/Fake.IO.FileSystem.dll"
#r "Fake.Core.Process/lib/netstandard2.0/Fake.Core.Process.dll"
#r "Fake.Core.CommandLineParsing/lib/netstandard2.0/Fake.Core.CommandLineParsing.dll"
#r "Fake.Core.Target/lib/netstandard2.0/Fake.Core.Target.dll"

open System.Diagnostics
open System.IO
open System.Xml.Linq
open Fake.Core
open Fake.Core.TargetOperators
open Fake.IO
open Fake.IO.Globbing.Operators

// FAKE outside fake-cli: the execution context has to be set by hand, before anything else of FAKE runs.
let arguments = fsi.CommandLineArgs |> Array.skip 1 |> List.ofArray
Directory.SetCurrentDirectory __SOURCE_DIRECTORY__
Context.setExecutionContext (Context.RuntimeContext.Fake(Context.FakeExecutionContext.Create false "build.fsx" arguments))

let solution = "Mlsae.sln"
let scriptingFolder = "src/Mlsae.Scripting"
let testResults = Path.GetFullPath "out/tests"

/// Runs a program, shows what it prints, and fails with its name when it fails.
let run environment program (args: string list) =
    CreateProcess.fromRawCommand program args
    |> CreateProcess.withEnvironment (List.append environment (Process.createEnvironmentMap () |> Map.toList))
    |> CreateProcess.ensureExitCode
    |> Proc.run
    |> ignore

let dotnet = run [] "dotnet"

/// Counts of one trx file: passed, failed.
let counts (trx: string) =
    let counters = XDocument.Load(trx).Descendants() |> Seq.find (fun e -> e.Name.LocalName = "Counters")
    let count (name: string) = counters.Attribute(XName.Get name).Value |> int
    count "passed", count "failed"

/// Runs the tests that match a filter under some environment variables, and closes with a plain line of counts.
let test name environment filter =
    let trx = Path.Combine(testResults, name + ".trx")
    File.delete trx
    let filtering = if filter = "" then [] else [ "--filter"; filter ]
    try
        run environment "dotnet"
            ([ "test"; solution; "-c"; "Release"; "--no-build"; "--nologo"; "-v"; "quiet"
               "--logger"; $"trx;LogFileName={trx}"; "--logger"; "console;verbosity=minimal" ] @ filtering)
    finally
        if File.Exists trx then
            let passed, failed = counts trx
            Trace.log $"{name}: {passed} passed, {failed} failed"

Target.create "Clean" (fun _ ->
    !! "src/*/bin" ++ "src/*/obj" ++ "tests/*/bin" ++ "tests/*/obj" ++ "out" |> Shell.deleteDirs)

/// The plotting bundle, pinned in package.json, is embedded into Mlsae.Scripting when it is built.
let restorePlotly () =
    let bundle = Path.Combine(scriptingFolder, "node_modules/plotly.js-cartesian-dist-min/plotly-cartesian.min.js")
    if not (File.exists bundle) then
        match ProcessUtils.tryFindFileOnPath "npm" with
        | Some npm -> run [] npm [ "ci"; "--prefix"; scriptingFolder; "--no-audit"; "--no-fund"; "--loglevel=error" ]
        | None -> Trace.traceImportant "npm was not found: figures will be written as data only, without pages that draw them."

Target.create "Restore" (fun _ ->
    restorePlotly ()
    dotnet [ "restore"; solution; "-v"; "quiet" ])

Target.create "Build" (fun _ -> dotnet [ "build"; solution; "-c"; "Release"; "--no-restore"; "--nologo"; "-v"; "quiet" ])

Target.create "Test" (fun _ -> test "Test" [] "")

// The kernel tests once for each instruction set the kernels may have to fall back to.
Target.create "Tiers" (fun _ ->
    [ "without-AVX-512", "DOTNET_EnableAVX512"
      "without-AVX2", "DOTNET_EnableAVX2"
      "without-intrinsics", "DOTNET_EnableHWIntrinsic" ]
    |> List.iter (fun (name, switch) -> test name [ switch, "0" ] "FullyQualifiedName~Mlsae.Tests.Numerics"))

// Every script on a small run of its own, as a reader would start it; and the kernels' benchmarks at toy sizes.
Target.create "Smoke" (fun _ ->
    dotnet [ "tests/Mlsae.Benchmarks/bin/Release/net10.0/Mlsae.Benchmarks.dll"; "kernels"; "--quick" ]
    let scripts = !! "scripts/*.fsx" |> Seq.filter (fun path -> Path.GetFileName path <> "prelude.fsx") |> List.ofSeq
    let succeeded script =
        let clock = Stopwatch.StartNew()
        try
            dotnet [ "fsi"; "--quiet"; script; "--smoke" ]
            Trace.log $"{Path.GetFileName script} --smoke: {clock.Elapsed.TotalSeconds:F1} s"
            true
        with problem ->
            Trace.traceError $"{Path.GetFileName script} --smoke: {problem.Message}"
            false
    let passed, failed = scripts |> List.partition succeeded
    Trace.log $"Smoke: {passed.Length} passed, {failed.Length} failed"
    if not failed.IsEmpty then failwith "a script failed")

// The build's own demo is made anew each time, in runs/demo.
Target.create "Demo" (fun _ -> dotnet [ "src/Mlsae.Cli/bin/Release/net10.0/Mlsae.Cli.dll"; "demo"; "--overwrite" ])

// By hand, on a machine that does nothing else. Arguments go on to the command: ./build.sh Bench --python "python3" --rounds 5
Target.create "Bench" (fun context ->
    dotnet ([ "src/Mlsae.Cli/bin/Release/net10.0/Mlsae.Cli.dll"; "bench"; "--output"; "docs/benchmarks" ] @ context.Context.Arguments))

Target.create "Pack" (fun _ -> dotnet [ "pack"; solution; "-c"; "Release"; "--no-build"; "--nologo"; "-v"; "quiet"; "-o"; "out/packages" ])

"Clean" ?=> "Restore" |> ignore
"Restore" ==> "Build" |> ignore

for target in [ "Test"; "Tiers"; "Smoke"; "Demo"; "Bench"; "Pack" ] do
    "Build" ==> target |> ignore

Target.runOrDefaultWithArguments "Test"
