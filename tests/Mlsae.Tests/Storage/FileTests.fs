module Mlsae.Tests.Storage.FileTests

open System
open System.IO
open System.Text.Json
open Xunit
open Mlsae.Storage
open Mlsae.Tests.Assertions

/// Writes to the file that this link leads to fail as on a full disk.
let private linkToFullDisk (path: string) = File.CreateSymbolicLink(path, "/dev/full") |> ignore

let private onLinux = OperatingSystem.IsLinux()

[<Fact>]
let ``A file is replaced whole, in a folder made for it`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "a/b/file.txt"
    AtomicFile.WriteText(path, "one")
    AtomicFile.WriteText(path, "é")
    Assert.Equal<byte[]>([| 0xC3uy; 0xA9uy |], File.ReadAllBytes path)
    Assert.Single(Directory.GetFiles(folder.File "a/b")) |> ignore

[<Fact>]
let ``A failure while writing leaves the old file and nothing else`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "file"
    AtomicFile.WriteText(path, "old")
    let fail () =
        AtomicFile.Write(path, (fun (stream: Stream) ->
            stream.WriteByte 1uy
            raise (OperationCanceledException())))
    Assert.Throws<OperationCanceledException> fail |> ignore
    Assert.Equal("old", File.ReadAllText path)
    Assert.Single(Directory.GetFiles folder.Path) |> ignore

[<Fact>]
let ``A full disk is one sentence with the path, and nothing half-written remains`` () =
    if onLinux then
        use folder = new TemporaryFolder()
        let path = folder.File "x.safetensors"
        linkToFullDisk (path + AtomicFile.PartialSuffix)
        let write () = SafetensorsFile.Write(path, [ Tensor.Of("x", ReadOnlySpan(Array.zeroCreate<float32> 100000), 100000L) ])
        let error = Assert.Throws<IOException> write
        Assert.Equal($"'{path}' could not be written because the disk is full; make room and run again.", error.Message)
        Assert.Empty(Directory.GetFileSystemEntries folder.Path)

[<Fact>]
let ``A place that cannot be written is one sentence with the path`` () =
    use folder = new TemporaryFolder()
    File.WriteAllText(folder.File "file", "")
    let path = folder.File "file/inside.json"
    let error = Assert.Throws<IOException>(fun () -> AtomicFile.WriteText(path, "x"))
    Assert.Contains($"'{path}' could not be written", error.Message)

[<Fact>]
let ``A log on a full disk keeps its whole lines`` () =
    if onLinux then
        use folder = new TemporaryFolder()
        linkToFullDisk (folder.File "metrics.jsonl")
        use log = MetricsLog.Resume(folder.File "metrics.jsonl", 0L)
        let error = Assert.Throws<IOException>(fun () -> log.Append {| Step = 1 |})
        Assert.Contains("the disk is full", error.Message)

type Inner = { Rate: float }

type Settings = { ModelDim: int; Inner: Inner; Names: string list }

let private parse<'t> (json: string) =
    JsonFile.Parse<'t>(ReadOnlyMemory(Text.Encoding.UTF8.GetBytes json), "config.json")

[<Fact>]
let ``A record comes back as it was written, in snake case`` () =
    use folder = new TemporaryFolder()
    let settings = { ModelDim = 3; Inner = { Rate = nan }; Names = [ "a<b"; "é" ] }
    JsonFile.Write(folder.File "config.json", settings)
    Assert.Contains("\"model_dim\": 3", File.ReadAllText(folder.File "config.json"))
    let back = JsonFile.Read<Settings>(folder.File "config.json")
    Assert.Equal(3, back.ModelDim)
    Assert.True(Double.IsNaN back.Inner.Rate)
    Assert.Equal<string list>(settings.Names, back.Names)
    JsonFile.Write(folder.File "named.json", settings, JsonFile.AsNamed)
    Assert.Contains("\"ModelDim\"", File.ReadAllText(folder.File "named.json"))

[<Theory>]
[<InlineData("""{"inner":{"rate":1},"names":[]}""", "field 'model_dim' is missing")>]
[<InlineData("""{"model_dim":1,"inner":{},"names":[]}""", "field 'inner.rate' is missing")>]
[<InlineData("""{"model_dim":1,"inner":{"rate":1,"k":2},"names":[]}""", "field 'inner.k' is unknown; known are rate")>]
[<InlineData("""{"model_dim":1,"inner":{"rate":1},"names":[],"kk":2}""", "field 'kk' is unknown; known are model_dim, inner, names")>]
[<InlineData("""{"model_dim":"1","inner":{"rate":1},"names":[]}""", "field 'model_dim': The JSON value could not be converted")>]
[<InlineData("""{"model_dim":1.5,"inner":{"rate":1},"names":[]}""", "field 'model_dim': The JSON value could not be converted")>]
[<InlineData("""{"model_dim":1,"inner":{"rate":1},"names":[1]}""", "field 'names[0]'")>]
[<InlineData("""{"model_dim":1,"model_dim":1,"inner":{"rate":1},"names":[]}""", "model_dim")>]
[<InlineData("""{"model_dim":1,""", "'config.json': ")>]
[<InlineData("", "'config.json': ")>]
[<InlineData("null", "'config.json' holds null")>]
[<InlineData("[]", "'config.json': ")>]
let ``JSON that does not fit the record is refused with path and field`` (json: string) (message: string) =
    let error = Assert.Throws<InvalidDataException>(fun () -> parse<Settings> json |> ignore)
    Assert.Contains("'config.json'", error.Message)
    Assert.Contains(message, error.Message)

[<Fact>]
let ``A missing file is named`` () =
    let error = Assert.Throws<FileNotFoundException>(fun () -> JsonFile.Read<Settings> "no.json" |> ignore)
    Assert.Equal("There is no file 'no.json'.", error.Message)

[<Fact>]
let ``The hash of a folder changes with any byte or name, and not with time or hidden files`` () =
    use folder = new TemporaryFolder()
    let hash () = ContentHash.Of folder.Path
    let write (name: string) (text: string) = AtomicFile.WriteText(folder.File name, text)
    write "a" "1"
    write "b/c" "2"
    let first = hash ()
    Assert.Matches("^sha256:[0-9a-f]{64}$", first)
    write ".hidden/x" "3"
    File.SetLastWriteTimeUtc(folder.File "a", DateTime(2001, 1, 1))
    Assert.Equal(first, hash ())
    write "a" "3"
    let changed = hash ()
    File.Move(folder.File "a", folder.File "d")
    Assert.Equal(3, List.length (List.distinct [ first; changed; hash () ]))

[<Fact>]
let ``The hash of a text is the published SHA-256`` () =
    // The example of FIPS 180-2, appendix B.1.
    Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ContentHash.OfText "abc")
    use folder = new TemporaryFolder()
    AtomicFile.WriteText(folder.File "abc", "abc")
    Assert.Equal(ContentHash.OfText "abc", ContentHash.Of(folder.File "abc"))
    Assert.Throws<FileNotFoundException>(fun () -> ContentHash.Of(folder.File "no") |> ignore) |> ignore

[<Fact>]
let ``A log resumes where its checkpoint remembers, and its reader passes over a broken last line`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "metrics.jsonl"
    let mutable length = 0L
    do
        use log = MetricsLog.Create path
        log.Append {| Step = 1; LossMse = 0.5 |}
        length <- log.Commit()
        log.Append {| Step = 2; LossMse = 0.25 |}
    do
        use log = MetricsLog.Resume(path, length)
        log.Append {| Step = 2; LossMse = 0.25 |}
    File.AppendAllText(path, """{"step":3,""")
    let steps = [ for line in MetricsLog.Read path -> line.GetProperty("step").GetInt32(), line.GetProperty("loss_mse").GetDouble() ]
    Assert.Equal<(int * float) list>([ 1, 0.5; 2, 0.25 ], steps)
    let refused at = Assert.Throws<InvalidDataException>(fun () -> MetricsLog.Resume(path, at).Dispose()).Message
    Assert.Contains("where the checkpoint remembers 1000", refused 1000L)
    Assert.Contains("no line ends at byte 5", refused 5L)
