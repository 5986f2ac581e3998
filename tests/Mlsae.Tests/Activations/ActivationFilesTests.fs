module Mlsae.Tests.Activations.ActivationFilesTests

open System
open System.Collections.Generic
open System.IO
open Xunit
open Mlsae.Activations
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Activations.TestDoubles
open Mlsae.Tests.Assertions

/// Token t, layer l, column j is t + l / 4 + j / 8 from the first token on: exact in every float type here.
let private values (first: int) tokens layers width =
    Array.init (tokens * layers * width) (fun i ->
        float32 (first + i / (layers * width)) + float32 (i / width % layers) / 4f + float32 (i % width) / 8f)

let private write (path: string) name first tokens layers width =
    SafetensorsFile.Write(path, [ Tensor.Of(name, ReadOnlySpan(values first tokens layers width), int64 tokens, int64 layers, int64 width) ])

let private firstValues (tokens: float32[][]) = tokens |> Array.map Array.head

let private refused (path: string) (tensor: string) =
    Assert.Throws<InvalidDataException>(fun () -> ActivationFiles.Open(path, tensor).Dispose()).Message

[<Fact>]
let ``The files of a folder follow each other by name, through every epoch, over an empty one`` () =
    use folder = new TemporaryFolder()
    write (folder.File "b.safetensors") "x" 7 3 2 4
    write (folder.File "a.safetensors") "x" 0 7 2 4
    write (folder.File "ab.safetensors") "x" 0 0 2 4
    use files = ActivationFiles.Open(folder.Path, epochs = Nullable 2L)
    Assert.Equal((2, 4, 10L), (files.LayerCount, files.ModelDim, files.TokenCount))
    let tokens = readAll files
    Assert.Equal<float32[]>(Array.init 20 (fun t -> float32 (t % 10)), firstValues tokens)
    Assert.Equal<float32[]>(values 9 1 2 4, tokens[19])
    Assert.Equal(0, files.Read(Matrix(2, 4)))

[<Fact>]
let ``Without an end, epochs go on`` () =
    use folder = new TemporaryFolder()
    write (folder.File "a.safetensors") "x" 0 3 1 2
    use files = ActivationFiles.Open(folder.Path, epochs = Nullable())
    Assert.Equal<float32[]>(Array.init 100 (fun t -> float32 (t % 3)), firstValues (readTokens [] 100 files))

[<Theory>]
[<InlineData(ElementType.F64)>]
[<InlineData(ElementType.F32)>]
[<InlineData(ElementType.F16)>]
[<InlineData(ElementType.BF16)>]
let ``Every float type is read, into a window with gaps too`` (kind: ElementType) =
    use folder = new TemporaryFolder()
    let path = folder.File "a.safetensors"
    let numbers = values 0 4 2 4
    let tensor =
        match kind with
        | ElementType.F64 -> Tensor.Of("x", ReadOnlySpan(Array.map float numbers), 4L, 2L, 4L)
        | ElementType.F16 -> Tensor.OfHalf("x", ReadOnlySpan numbers, 4L, 2L, 4L)
        | ElementType.BF16 -> Tensor.OfBrainFloat("x", ReadOnlySpan numbers, 4L, 2L, 4L)
        | _ -> Tensor.Of("x", ReadOnlySpan numbers, 4L, 2L, 4L)
    SafetensorsFile.Write(path, [ tensor ])
    use files = ActivationFiles.Open path
    let wide = Matrix(8, 9)
    wide.Fill -1f
    Assert.Equal(4, files.Read(wide.ColumnWindow(3, 4)))
    Assert.Equal<float32[]>(numbers, (wide.ColumnWindow(3, 4)).Copy().Values)
    Assert.All(wide.ColumnWindow(0, 3).Copy().Values, fun value -> Assert.Equal(-1f, value))

[<Fact>]
let ``A tensor of two axes is one layer`` () =
    use folder = new TemporaryFolder()
    SafetensorsFile.Write(folder.File "a.safetensors", [ Tensor.Of("x", ReadOnlySpan(values 0 6 1 2), 6L, 2L) ])
    use files = ActivationFiles.Open(folder.File "a.safetensors")
    Assert.Equal((1, 2, 6L), (files.LayerCount, files.ModelDim, files.TokenCount))

[<Fact>]
let ``Files that are not activations of one shape are refused by name`` () =
    use folder = new TemporaryFolder()
    Assert.Throws<FileNotFoundException>(fun () -> ActivationFiles.Open(folder.File "none") |> ignore) |> ignore
    let empty = Assert.Throws<FileNotFoundException>(fun () -> ActivationFiles.Open folder.Path |> ignore)
    Assert.Contains("has no .safetensors files", empty.Message)
    let a, b = folder.File "a.safetensors", folder.File "b.safetensors"
    write a "x" 0 3 2 4
    write b "x" 0 3 2 5
    Assert.Contains($"'{b}' has 2 layers of width 5 where '{a}' has 2 of 4", refused folder.Path null)
    write b "y" 0 3 2 4
    Assert.Contains($"'{b}' has no tensor 'x'", refused folder.Path "x")
    SafetensorsFile.Write(b, [ Tensor.Of("x", ReadOnlySpan [| 1L; 2L |], 1L, 1L, 2L) ])
    Assert.Contains("tensor 'x' is I64 [1, 1, 2] where floats", refused b null)
    SafetensorsFile.Write(b, [ for name in [ "p"; "q" ] -> Tensor.Of(name, ReadOnlySpan [| 1f |], 1L, 1L, 1L) ])
    Assert.Contains("no tensor 'activations' and 2 others", refused b null)
    write b "x" 0 0 2 4
    Assert.Contains("holds activations of no tokens", refused b null)

[<Fact>]
let ``A destination of another width or of broken tokens is refused`` () =
    use folder = new TemporaryFolder()
    write (folder.File "a.safetensors") "x" 0 3 2 4
    use files = ActivationFiles.Open folder.Path
    Assert.Throws<ArgumentException>(fun () -> files.Read(Matrix(4, 5)) |> ignore) |> ignore
    Assert.Throws<ArgumentException>(fun () -> files.Read(Matrix(3, 4)) |> ignore) |> ignore

[<Theory>]
[<InlineData(ElementType.F32)>]
[<InlineData(ElementType.F16)>]
[<InlineData(ElementType.BF16)>]
let ``What the writer writes, the files give back, whatever the size of a file`` (kind: ElementType) =
    for tokensPerFile in [ 1; 4; 7; 21; 22; 1000 ] do
        use folder = new TemporaryFolder()
        write (folder.File "source.safetensors") "x" 0 21 2 4
        use source = ActivationFiles.Open(folder.File "source.safetensors")
        let metadata = Dictionary(dict [ "model", "a double" ])
        let writer = ActivationWriter(folder.File "copy", 2, 4, Nullable tokensPerFile, kind, metadata)
        writer.WriteAll(source)
        Assert.Equal(21L, writer.TokenCount)
        use copy = ActivationFiles.Open(folder.File "copy")
        Assert.Equal((21 + tokensPerFile - 1) / tokensPerFile, Directory.GetFiles(folder.File "copy").Length)
        Assert.Equal<float32[]>(values 0 21 2 4, Array.concat (readAll copy))
        use first = SafetensorsFile.Open(folder.File "copy/activations-00000.safetensors")
        Assert.Equal("a double", first.Metadata["model"])

[<Fact>]
let ``The writer stops at its limit, and does not mix with files that are there`` () =
    use folder = new TemporaryFolder()
    write (folder.File "source.safetensors") "x" 0 21 2 4
    use source = ActivationFiles.Open(folder.File "source.safetensors")
    let writer = ActivationWriter(folder.File "copy", 2, 4, Nullable 8)
    writer.WriteAll(source, Nullable 13L)
    use copy = ActivationFiles.Open(folder.File "copy")
    Assert.Equal(13L, copy.TokenCount)
    Assert.Throws<IOException>(fun () -> ActivationWriter(folder.File "copy", 2, 4) |> ignore) |> ignore
