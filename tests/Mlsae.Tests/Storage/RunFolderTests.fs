module Mlsae.Tests.Storage.RunFolderTests

open System
open System.IO
open Xunit
open Mlsae.Storage
open Mlsae.Tests.Assertions

type Config = { K: int }

let private manifest () = RunManifest.Of("train", { K = 8 }, 7UL)

let private names (path: string) =
    Directory.GetFileSystemEntries path |> Array.map Path.GetFileName |> Array.sort

[<Fact>]
let ``A manifest comes back with everything that made the run`` () =
    use folder = new TemporaryFolder()
    let run = RunFolder.Create(folder.File "r", manifest ())
    Assert.False run.IsFinished
    run.Finish()
    let back = RunFolder.Open(folder.File "r")
    Assert.True back.IsFinished
    Assert.Equal(8, back.Manifest.ConfigAs<Config>(back.ManifestPath).K)
    Assert.Equal(("train", 7UL, "0.1.0"), (back.Manifest.Command, back.Manifest.Seed, back.Manifest.LibraryVersion))
    Assert.Equal(run.Manifest.Machine, back.Manifest.Machine)
    Assert.Equal(run.Manifest.Started, back.Manifest.Started)
    let error = Assert.Throws<InvalidDataException>(fun () -> back.Manifest.ConfigAs<{| J: int |}> back.ManifestPath |> ignore)
    Assert.Contains("field 'j' is missing", error.Message)

[<Fact>]
let ``No run is overwritten unless that is said, and then only what is the run's`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "r"
    let create overwrite = RunFolder.Create(path, manifest (), overwrite)
    let refused () = Assert.Throws<IOException>(fun () -> create false |> ignore).Message
    let run = create false
    Assert.Contains("an unfinished run", refused ())
    run.Finish()
    Assert.Contains("a finished run", refused ())
    AtomicFile.WriteText(Path.Combine(run.AnalysisPath "layers", "a.csv"), "x")
    AtomicFile.WriteText(Path.Combine(path, "mine.txt"), "x")
    Assert.False((create true).IsFinished)
    Assert.Equal<string[]>([| "mine.txt"; "run.json" |], names path)
    File.Delete run.ManifestPath
    create false |> ignore
    File.Delete run.ManifestPath
    Directory.CreateDirectory run.DictionaryPath |> ignore
    Assert.Contains("parts of a run", refused ())

[<Fact>]
let ``The latest run is the one with a dictionary that was started last, whatever lies beside it`` () =
    use folder = new TemporaryFolder()
    let started name (hour: int) =
        RunFolder.Create(folder.File name, RunManifest(Command = "train", Config = (manifest ()).Config, Seed = 1UL, Started = DateTimeOffset(2001, 1, 1, hour, 0, 0, TimeSpan.Zero)))
        |> ignore
        Directory.CreateDirectory(Path.Combine(folder.File name, "dictionary")) |> ignore
    started "a" 5
    started "b" 9
    started "c" 7
    // A language model's run has none, and one in training none yet.
    started "f" 11
    Directory.Delete(folder.File "f/dictionary")
    Directory.CreateDirectory(folder.File "d") |> ignore
    AtomicFile.WriteText(folder.File "e/run.json", "{")
    Assert.Equal(folder.File "b", (RunFolder.Latest folder.Path).Path)
    Assert.Equal(folder.File "a", (RunFolder.OpenOrLatest(folder.File "a", folder.Path)).Path)
    let none = Assert.Throws<DirectoryNotFoundException>(fun () -> RunFolder.Latest(folder.File "none") |> ignore)
    Assert.Contains("no such run with a dictionary", none.Message)
    Assert.Equal(folder.File "c", (RunFolder.Latest(folder.Path, fun run -> not (run.Path.EndsWith 'b'))).Path)

[<Fact>]
let ``A folder that is no run's and a broken manifest are refused by name`` () =
    use folder = new TemporaryFolder()
    Assert.Throws<DirectoryNotFoundException>(fun () -> RunFolder.Open(folder.File "no") |> ignore) |> ignore
    let none = Assert.Throws<FileNotFoundException>(fun () -> RunFolder.Open folder.Path |> ignore)
    Assert.Contains("is no run folder", none.Message)
    AtomicFile.WriteText(folder.File "run.json", """{"command":"train","seed":1}""")
    let broken = Assert.Throws<InvalidDataException>(fun () -> RunFolder.Open folder.Path |> ignore)
    Assert.Equal($"""'{folder.File "run.json"}': field 'config' is missing.""", broken.Message)

let private write (checkpoints: CheckpointFolder) step keep =
    checkpoints.Write(step, keep, fun path ->
        AtomicFile.WriteText(Path.Combine(path, "state"), string step)
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(path, "inner")).FullName, "more"), "x"))

[<Fact>]
let ``The newest checkpoints are kept, by number and not by name`` () =
    use folder = new TemporaryFolder()
    let checkpoints = CheckpointFolder(folder.File "checkpoints")
    Assert.Null(checkpoints.Latest())
    for step in [ 9L; 10L; 100L ] do
        write checkpoints step 2 |> ignore
    Assert.Equal<string[]>([| "step-10"; "step-100" |], names checkpoints.Path)
    Assert.Equal(100L, checkpoints.Latest().Step)
    write checkpoints 100L 2 |> ignore
    Assert.Equal("100", File.ReadAllText(Path.Combine(checkpoints.Latest().Path, "state")))
    Assert.Equal<string[]>([| "step-10"; "step-100" |], names checkpoints.Path)

[<Fact>]
let ``What a kill left unfinished is not read, and goes with the next checkpoint`` () =
    use folder = new TemporaryFolder()
    let checkpoints = CheckpointFolder folder.Path
    write checkpoints 5L 2 |> ignore
    AtomicFile.WriteText(folder.File "step-7.partial/state", "half")
    AtomicFile.WriteText(folder.File "step-4.old.partial/state", "half")
    Assert.Equal(5L, checkpoints.Latest().Step)
    write checkpoints 6L 2 |> ignore
    Assert.Equal<string[]>([| "step-5"; "step-6" |], names folder.Path)

[<Fact>]
let ``A checkpoint that fails leaves the older ones and nothing else`` () =
    use folder = new TemporaryFolder()
    let checkpoints = CheckpointFolder folder.Path
    write checkpoints 5L 1 |> ignore
    let fail (error: exn) () = checkpoints.Write(6L, 1, fun path -> File.WriteAllText(Path.Combine(path, "state"), "half"); raise error) |> ignore
    Assert.Throws<ArithmeticException>(fail (ArithmeticException())) |> ignore
    Assert.Throws<IOException>(fail (IOException "no")) |> ignore
    Assert.Equal<string[]>([| "step-5" |], names folder.Path)
