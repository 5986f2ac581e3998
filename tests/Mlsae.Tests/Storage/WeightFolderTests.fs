module Mlsae.Tests.Storage.WeightFolderTests

open System
open System.IO
open Xunit
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private shard (folder: TemporaryFolder) name (tensors: (string * float32) list) =
    SafetensorsFile.Write(folder.File name, [ for tensor, value in tensors -> Tensor.Of(tensor, ReadOnlySpan [| value |], 1L) ])

let private index (folder: TemporaryFolder) (json: string) =
    File.WriteAllText(folder.File "model.safetensors.index.json", json)

let private refused<'e when 'e :> exn> (folder: TemporaryFolder) =
    Assert.Throws<'e>(fun () -> (WeightFolder.Open folder.Path).Dispose()).Message

[<Fact>]
let ``One file serves all its tensors`` () =
    use folder = new TemporaryFolder()
    shard folder "model.safetensors" [ "a", 1f; "b", 2f ]
    use weights = WeightFolder.Open folder.Path
    Assert.Equal<string[]>([| "a"; "b" |], weights.Names |> Seq.sort |> Array.ofSeq)
    Assert.Equal<float32[]>([| 2f |], weights.ReadFloats "b")
    let error = Assert.Throws<InvalidDataException>(fun () -> weights.ReadFloats "c" |> ignore)
    Assert.Contains($"'{folder.Path}' has no tensor 'c'", error.Message)

[<Fact>]
let ``Shards serve the tensors that the index gives them`` () =
    use folder = new TemporaryFolder()
    shard folder "1.safetensors" [ "a", 1f; "unlisted", 0f ]
    shard folder "2.safetensors" [ "b", 2f ]
    index folder """{"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"""
    use weights = WeightFolder.Open folder.Path
    Assert.Equal(2, weights.Names.Count)
    Assert.Equal<float32[]>([| 1f |], weights.ReadFloats "a")
    Assert.Equal<float32[]>([| 2f |], weights.ReadFloats "b")

[<Fact>]
let ``Whatever is missing is named in one sentence`` () =
    let missing = Assert.Throws<DirectoryNotFoundException>(fun () -> WeightFolder.Open "no/such" |> ignore)
    Assert.Equal("There is no model folder 'no/such'.", missing.Message)
    use folder = new TemporaryFolder()
    Assert.Contains("has neither model.safetensors nor", refused<FileNotFoundException> folder)
    index folder """{"weight_map":{"a":"1.safetensors"}}"""
    Assert.Contains("lacks the shard '1.safetensors'", refused<FileNotFoundException> folder)
    shard folder "1.safetensors" [ "b", 1f ]
    Assert.Contains("tensor 'a' lies in '1.safetensors', which has none", refused<InvalidDataException> folder)

[<Theory>]
[<InlineData("", "is not an index of shards")>]
[<InlineData("[1]", "is not an index of shards")>]
[<InlineData("null", "has no weight_map")>]
[<InlineData("{}", "has no weight_map")>]
[<InlineData("""{"weight_map":{"a":1}}""", "is not an index of shards")>]
[<InlineData("""{"weight_map":{"a":null}}""", "has no weight_map")>]
[<InlineData("""{"weight_map":{"a":"1","a":"1"}}""", "is not an index of shards")>]
[<InlineData("""{"weight_map":{"a":"../1.safetensors"}}""", "which is no file name")>]
[<InlineData("""{"weight_map":{"a":"/1.safetensors"}}""", "which is no file name")>]
[<InlineData("""{"weight_map":{"a":".."}}""", "which is no file name")>]
let ``A malformed index is refused`` (json: string) (message: string) =
    use folder = new TemporaryFolder()
    index folder json
    Assert.Contains(message, refused<InvalidDataException> folder)
