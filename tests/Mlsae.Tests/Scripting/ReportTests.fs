module Mlsae.Tests.Scripting.ReportTests

open System
open System.IO
open System.Text.RegularExpressions
open Xunit
open Mlsae.Analysis
open Mlsae.Metrics
open Mlsae.Scripting
open Mlsae.Tests.Assertions
open Mlsae.Tests.Scripting.FigureTests

let private evil = "</td><img src=x onerror=alert(1)>&\"'\u0000"

let private example =
    LatentExample(
        Token = 4L, Layer = 1, Value = 2f, LayerValues = [| 0f; 2f |], Position = 1,
        TokenIds = [| 7; 8; 9 |], Texts = [| evil; "a<b"; "\n\t" |], Values = [| 0f; 2f; 1f |])

let private table =
    Table.create "Numbers" [ "name"; "value"; "share" ] [ [ Cell.Text evil; Cell.Interval(Estimate(0.5, 0.25, 1.0, 3)); Cell.Percent 0.125 ] ]

let private page =
    Report.page "A <report>" "sub & title"
        [ { Title = "First"; Blocks = [ Block.Paragraph evil; Block.Tabular table; Block.Missing("No <runs>.", "mlsae demo --output \"x\"") ] }
          { Title = "Second"
            Blocks =
              [ Block.Drawing(Figure.line "One" ("x", "y") [ "", [ 0.0, 1.0 ] ])
                Block.Drawing(Figure.line "Two" ("x", "y") [ "", [ 0.0, 1.0 ] ])
                Block.Markup(TokenView.example 2f example) ] } ]

[<Fact>]
let ``text of any kind is escaped, control characters too`` () =
    Assert.DoesNotContain("<img", page)
    Assert.DoesNotContain("\u0000", page)
    Assert.Contains("&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;\u2400", page)
    Assert.Contains("A &lt;report&gt;", page)
    Assert.Contains("No &lt;runs&gt;.", page)

[<Fact>]
let ``a report refers to nothing outside itself`` () =
    let own = withoutBundle page
    for reference in [ "http:"; "https:"; "@import"; "url("; "<link"; "<script src" ] do
        Assert.DoesNotContain(reference, own)

[<Fact>]
let ``the contents name every section, and the links lead to them`` () =
    for index, title in [ 0, "First"; 1, "Second" ] do
        Assert.Contains($"<a href=\"#section-{index}\">{title}</a>", page)
        Assert.Contains($"<h2 id=\"section-{index}\">{title}</h2>", page)

[<Fact>]
let ``figures of one page have identifiers of their own, and the bundle stands there once`` () =
    let identifiers = [ for m in Regex.Matches(page, "class=\"plot\" id=\"([^\"]+)\"") -> m.Groups[1].Value ]
    Assert.Equal(identifiers.Length, (List.distinct identifiers).Length)
    Assert.True(Regex.Matches(page, Regex.Escape "<script>/**").Count <= 1)

[<Fact>]
let ``a token carries its value, and the example's own token is marked`` () =
    let html = TokenView.example 2f example
    Assert.Contains("<span class=\"token here\" style=\"background:rgba(230,159,0,0.80)\" title=\"2\">a&lt;b</span>", html)
    Assert.Contains("title=\"1\">\u21B5\u21E5</span>", html)
    Assert.Equal(1, Regex.Matches(html, "token here").Count)

[<Fact>]
let ``a table shows estimates with their intervals and writes them in full`` () =
    Assert.Contains("0.5 <span class=\"interval\">[0.25, 1]</span>", page)
    Assert.Contains("12.5 %", page)
    Assert.StartsWith("name,value,value low,value high,value n,share\n", Table.csv table)
    Assert.EndsWith(",0.5,0.25,1,3,0.125\n", Table.csv table)

[<Fact>]
let ``a row with a cell too few is refused`` () =
    Assert.Throws<ArgumentException>(fun () -> Table.create "t" [ "a"; "b" ] [ [ Cell.Number 1.0 ] ] |> ignore) |> ignore

[<Fact>]
let ``a saved report has its data as files beside it`` () =
    use folder = new TemporaryFolder()
    Report.save folder.Path "t" "s" [ { Title = "Only"; Blocks = [ Block.Tabular table; Block.Drawing(Figure.line "A curve." ("x", "y") [ "", [ 0.0, 1.0 ] ]) ] } ]
    Assert.True(File.Exists(folder.File "index.html"))
    Assert.Equal(Table.csv table, File.ReadAllText(folder.File "data/numbers.csv"))
    Assert.True(File.Exists(folder.File "data/a-curve.csv"))
