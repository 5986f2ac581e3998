module Mlsae.Tests.Text.DocumentsTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Xunit
open Mlsae.Text
open Mlsae.Tests.Assertions

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

let private gzip (bytes: byte[]) =
    let target = new MemoryStream()
    (use stream = new GZipStream(target, CompressionLevel.Fastest) in stream.Write bytes)
    target.ToArray()

/// A Zstandard frame of one uncompressed block, as RFC 8878 describes it.
let private zstd (bytes: byte[]) =
    let header = (bytes.Length <<< 3) ||| 1
    Array.concat
        [ [| 0x28uy; 0xB5uy; 0x2Fuy; 0xFDuy; 0x20uy; byte bytes.Length |]
          [| byte header; byte (header >>> 8); byte (header >>> 16) |]
          bytes ]

let private withFile (name: string) (bytes: byte[]) (test: string -> unit) =
    use folder = new TemporaryFolder()
    File.WriteAllBytes(folder.File name, bytes)
    test (folder.File name)

let private reads name bytes (expected: string list) =
    withFile name bytes (fun path -> Assert.Equal<string list>(expected, List.ofSeq (Documents.Read path)))

let private refuses name bytes (part: string) =
    withFile name bytes (fun path ->
        let error = Assert.Throws<InvalidDataException>(fun () -> Documents.Read path |> Seq.iter ignore)
        Assert.StartsWith(path, error.Message)
        Assert.Contains(part, error.Message))

let private lines = "{\"text\": \"one\"}\n\n{\"meta\": [1], \"text\": \"zw\\u00f6lf\\n\"}\r\n{\"text\":\"\"}"

[<Fact>]
let ``A text file is one document, without its byte order mark`` () =
    reads "a.txt" (utf8 "one\r\ntwo\n") [ "one\r\ntwo\n" ]
    reads "a.txt" (utf8 "\uFEFFüber") [ "über" ]
    reads "a.txt.gz" (gzip (utf8 "über")) [ "über" ]
    reads "a.txt" [||] [ "" ]

[<Fact>]
let ``Each line of JSON is a document`` () =
    reads "a.jsonl" (utf8 lines) [ "one"; "zwölf\n"; "" ]
    reads "a.jsonl.gz" (gzip (utf8 lines)) [ "one"; "zwölf\n"; "" ]
    reads "a.jsonl" (utf8 ("\uFEFF" + lines)) [ "one"; "zwölf\n"; "" ]
    reads "a.jsonl" [||] []

[<Fact>]
let ``Lines longer than any buffer are read whole`` () =
    let long = String('x', 1_000_000)
    reads "a.jsonl" (utf8 $"{{\"text\": \"a\"}}\n{{\"text\": \"{long}\"}}\n{{\"text\": \"b\"}}\n") [ "a"; long; "b" ]

[<Fact>]
let ``A byte that is not UTF-8 is named by its place`` () =
    refuses "a.txt" [| 65uy; 66uy; 0xC3uy; 0xA9uy; 0xFFuy; 67uy |] "byte 4 (0xFF)"
    refuses "a.txt" [| 65uy; 0xE2uy; 0x82uy |] "byte 1 (0xE2)"

[<Theory>]
[<InlineData("{\"text\": \"one\"}\n{\"text\": ", "line 2 is not valid JSON")>]
[<InlineData("[]", "line 1 is not a JSON object")>]
[<InlineData("{\"text\": \"one\"}\n\n{\"txt\": 1}", "line 3 has no field \"text\"")>]
[<InlineData("{\"text\": 3}", "line 1 has a \"text\" that is not a string but number")>]
[<InlineData("{\"text\": \"\\ud800\"}", "line 1 has a string that is not valid Unicode")>]
let ``A wrong line is named by its number`` (text: string, part: string) = refuses "a.jsonl" (utf8 text) part

[<Fact>]
let ``Text that is not UTF-8 in a line is refused`` () =
    refuses "a.jsonl" (Array.concat [ utf8 "{\"text\": \""; [| 0xFFuy |]; utf8 "\"}" ]) "line 1"

[<Fact>]
let ``Documents before a wrong line are still read`` () =
    withFile "a.jsonl" (utf8 "{\"text\": \"one\"}\nrubbish") (fun path -> Assert.Equal("one", Seq.head (Documents.Read path)))

[<Fact>]
let ``Damaged or shortened gzip is refused`` () =
    let whole = gzip (utf8 (String.replicate 5000 "{\"text\": \"some text that compresses\"}\n"))
    refuses "a.jsonl.gz" whole[.. whole.Length / 2] "a.jsonl.gz"
    refuses "a.jsonl.gz" (utf8 "this is not gzip at all") "a.jsonl.gz"
    refuses "a.txt.gz" whole[.. whole.Length / 2] "a.txt.gz"

/// Where the system has no libzstd, reading must say so in a sentence; everything else is tested where it has.
let private orWithoutLibrary name bytes (test: unit -> unit) =
    try
        test ()
    with :? NotSupportedException as error ->
        Assert.Contains("libzstd", error.Message)
        withFile name bytes (fun path -> Assert.Throws<NotSupportedException>(fun () -> Documents.Read path |> Seq.iter ignore) |> ignore)

[<Fact>]
let ``Zstandard frames are read, one after another`` () =
    let frames = Array.append (zstd (utf8 lines)) (zstd (utf8 "\n{\"text\": \"more\"}"))
    orWithoutLibrary "a.jsonl.zst" frames (fun () ->
        reads "a.jsonl.zst" frames [ "one"; "zwölf\n"; ""; "more" ]
        reads "a.txt.zst" (zstd (utf8 "über")) [ "über" ]
        reads "a.txt.zst" [||] [ "" ])

[<Fact>]
let ``Damaged or shortened Zstandard is refused`` () =
    let frame = zstd (utf8 lines)
    orWithoutLibrary "a.jsonl.zst" frame (fun () ->
        refuses "a.jsonl.zst" frame[.. frame.Length - 5] "cut short"
        refuses "a.jsonl.zst" (utf8 "not zstd at all") "damaged")

[<Fact>]
let ``A folder's files are read in the order of their names`` () =
    use folder = new TemporaryFolder()
    File.WriteAllBytes(folder.File "b.jsonl", utf8 lines)
    File.WriteAllBytes(folder.File "a.txt.gz", gzip (utf8 "first"))
    File.WriteAllText(folder.File "c.TXT.md", "no text of ours")
    File.WriteAllText(folder.File "Z.txt", "capital letters come first")
    let documents = Documents.Read folder.Path
    Assert.Equal<string list>([ "capital letters come first"; "first"; "one"; "zwölf\n"; "" ], List.ofSeq documents)
    Assert.Equal(5, Seq.length documents)

[<Fact>]
let ``A missing file, an empty folder and another kind of file are refused at once`` () =
    use folder = new TemporaryFolder()
    Assert.Throws<FileNotFoundException>(fun () -> Documents.Read(folder.File "none.txt") |> ignore) |> ignore
    Assert.Contains("has no text", Assert.Throws<InvalidDataException>(fun () -> Documents.Read folder.Path |> ignore).Message)
    File.WriteAllText(folder.File "a.csv", "1,2")
    Assert.Contains(".jsonl", Assert.Throws<InvalidDataException>(fun () -> Documents.Read(folder.File "a.csv") |> ignore).Message)
