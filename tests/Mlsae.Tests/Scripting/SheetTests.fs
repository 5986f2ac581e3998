module Mlsae.Tests.Scripting.SheetTests

open System
open System.Buffers.Binary
open System.IO
open System.Text.RegularExpressions
open Xunit
open Mlsae.Metrics
open Mlsae.Scripting
open Mlsae.Tests.Assertions
open Mlsae.Tests.Scripting.FigureTests

let private figure title = Figure.line title ("x", "y") [ "", [ 0.0, 1.0; 1.0, 2.0 ] ]

let private table columns =
    let names = [ for i in 1..columns -> $"column {i}" ]
    Table.create "Numbers & <more>" names [ for row in 1..3 -> [ for column in 1..columns -> Cell.Interval(Estimate(float (row * column), 0.125, 1234.5, 9)) ] ]

let private files (folder: TemporaryFolder) = Directory.GetFiles folder.Path |> Seq.map Path.GetFileName |> Seq.filter (fun name -> not (name.EndsWith ".png")) |> Seq.sort |> List.ofSeq

/// Width and height of a PNG, from its first bytes.
let private size (path: string) =
    let bytes = File.ReadAllBytes path
    Assert.Equal<byte[]>([| 0x89uy; 0x50uy; 0x4Euy; 0x47uy |], bytes[..3])
    BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, 16, 4)), BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, 20, 4))

[<Fact>]
let ``a saved table has its page and its data`` () =
    use folder = new TemporaryFolder()
    Table.write (folder.File "numbers") (table 2)
    Assert.Equal<string list>([ "numbers.csv"; "numbers.html" ], files folder)
    Assert.Equal(Table.csv (table 2), File.ReadAllText(folder.File "numbers.csv"))
    let html = File.ReadAllText(folder.File "numbers.html")
    Assert.Contains("Numbers &amp; &lt;more&gt;", html)
    Assert.DoesNotContain("<script", html)

[<Fact>]
let ``a sheet holds all blocks on one page, and the data of each beside it`` () =
    use folder = new TemporaryFolder()
    [ Block.Paragraph "a <b>"; Block.Columns [ Block.Drawing(figure "One"); Block.Drawing(figure "Two" |> Figure.named "second") ]; Block.Tabular(table 2) ]
    |> Sheet.write (folder.File "sheet") "All & one"
    Assert.Equal<string list>([ "sheet-numbers-more.csv"; "sheet-one.csv"; "sheet-second.csv"; "sheet.html" ], files folder)
    let html = withoutBundle (File.ReadAllText(folder.File "sheet.html"))
    Assert.Contains("<h1>All &amp; one</h1>", html)
    Assert.Contains("a &lt;b&gt;", html)
    Assert.DoesNotContain("http", html)
    let identifiers = [ for m in Regex.Matches(html, "class=\"plot\" id=\"([^\"]+)\"") -> m.Groups[1].Value ]
    Assert.Equal(identifiers.Length, (List.distinct identifiers).Length)

[<Fact>]
let ``a sheet with one figure has its data under its own name`` () =
    use folder = new TemporaryFolder()
    Sheet.write (folder.File "sheet") "t" [ Block.Paragraph "p"; Block.Drawing(figure "One") ]
    Assert.Equal<string list>([ "sheet.csv"; "sheet.html" ], files folder)

[<Fact>]
let ``figures that share a name do not overwrite each other's data`` () =
    use folder = new TemporaryFolder()
    Sheet.write (folder.File "sheet") "t" [ Block.Drawing(figure "One"); Block.Drawing(figure "One" |> Figure.named "one") ]
    Assert.Equal<string list>([ "sheet-one-2.csv"; "sheet-one.csv"; "sheet.html" ], files folder)

[<Fact>]
let ``a picture is as high as its page and as wide as its widest table, and leaves nothing else behind`` () =
    if Browser.find().IsSome then
        use folder = new TemporaryFolder()
        Table.save (folder.File "small") (table 2)
        Table.save (folder.File "wide") (table 20)
        let width, height = size (folder.File "small.png")
        Assert.Equal(1000, width)
        Assert.InRange(height, 150, 350)
        Assert.InRange(fst (size (folder.File "wide.png")), 1400, 3000)
        Assert.Equal<string list>([ "small.csv"; "small.html"; "wide.csv"; "wide.html" ], files folder)
