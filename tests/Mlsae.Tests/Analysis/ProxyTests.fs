/// Proxies of kinds of text against their definition, and what units have to do with them.
module Mlsae.Tests.Analysis.ProxyTests

open System
open System.IO
open Xunit
open Mlsae.Analysis.Proxies
open Mlsae.Numerics
open Mlsae.Text
open Mlsae.Tests.Assertions
open Mlsae.Tests.Analysis.Codes

let private tokenizer = Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Models", "microworld-6l", "tokenizer.json"))

let private id (text: string) = (tokenizer.TokenId text).Value

let private proxy name = TokenProxy.All |> Seq.find (fun p -> p.Name = name)

let private scores name (statistics: ProxyStatistics) (ids: int[]) = (proxy name).Scores(ReadOnlySpan ids, statistics)

/// A text of so many tokens: those named once each, and for the rest one other.
let private text count (once: string list) =
    ProxyStatistics([ Array.append [| for token in once -> id token |] (Array.create (count - once.Length) (id ".")) ], tokenizer)

[<Fact>]
let ``one character of base64 with a share of 1e-4 scores ln 156.25`` () =
    let found = scores "base64" (text 10_000 [ "A" ]) [| id "A" |]
    assertClose 1e-6 "score" 5.051457 found[0]

[<Fact>]
let ``three letters of DNA with a share of 1e-6 together score ln 15,625, and one alone none`` () =
    let found = scores "DNA" (text 100 [ "A"; "C"; "G" ]) [| id "A"; id "C"; id "G" |]
    assertClose 1e-6 "three" 9.656627 found[2]
    Assert.Equal(-infinity, found[0])
    Assert.Equal(1.0, (proxy "DNA").Signal found[2])

/// The definition: the best over all strings that end at a token and have enough tokens.
let private slow alphabet fewest (statistics: ProxyStatistics) (ids: int[]) t =
    let gain token =
        let characters = statistics.Characters token
        -log (statistics.Share token) + Seq.sum (seq { for c in characters -> log (if Seq.contains (string c) alphabet then 1.0 / float (Seq.length alphabet) else 1e-10) })
    let first = match Array.tryFindIndexBack tokenizer.IsSpecial ids[..t] with Some special -> special + 1 | None -> 0
    [ for start in first .. t + 1 - fewest -> Seq.sum (seq { for i in start..t -> gain ids[i] }) ] |> List.fold max -infinity

[<Fact>]
let ``scores are the best over all strings that end at a token, on any tokens`` () =
    let random = Philox(3UL, "proxies")
    let likely = [| for token in [ "A"; "C"; "G"; "T"; "AC"; "1"; "2"; "9"; " the"; "."; "z" ] do match Option.ofNullable (tokenizer.TokenId token) with Some known -> known | None -> () |]
    for _ in 1..20 do
        let ids = [| for _ in 1..40 -> if random.NextInt32 12 = 0 then tokenizer.EndOfText.Value elif random.NextInt32 3 = 0 then random.NextInt32 tokenizer.VocabularySize else likely[random.NextInt32 likely.Length] |]
        let statistics = ProxyStatistics([ ids ], tokenizer)
        for name, alphabet, fewest in [ "digits", [ for d in 0..9 -> string d ], 1; "DNA", [ "A"; "C"; "G"; "T" ], 2 ] do
            let found = scores name statistics ids
            for t in 0 .. ids.Length - 1 do
                if tokenizer.IsSpecial ids[t] then Assert.True(Double.IsNaN found[t])
                else
                    let expected = slow alphabet fewest statistics ids t
                    if Double.IsNegativeInfinity expected then Assert.Equal(expected, found[t])
                    else assertClose (1e-9 * (1.0 + abs expected)) $"{name}, token {t}" expected found[t]

[<Fact>]
let ``text of a script scores minus the logarithm of the script's share, other text far below 0`` () =
    let ids = tokenizer.Encode "the cat Привет the dog"
    let statistics = ProxyStatistics([ ids ], tokenizer)
    let share = (statistics.Of(UnicodeScripts.All |> Seq.find (fun s -> s.Name = "Cyrillic"))).Share
    let found = scores "Cyrillic" statistics ids
    Assert.InRange(share, 0.05, 0.95)
    let places = TokenCharacters.Of(ReadOnlySpan ids, tokenizer)
    let cyrillic = UnicodeScripts.All |> Seq.find (fun s -> s.Name = "Cyrillic")
    for t in 0 .. ids.Length - 1 do
        if places[t].AreIn cyrillic && places[t].EndsCharacter then assertClose 1e-9 "of the script" (-log share) found[t]
        elif not (places[t].AreIn cyrillic) then Assert.True(found[t] < -10.0)
    Assert.True((proxy "Cyrillic").OccursIn statistics)
    Assert.False((proxy "Thai").OccursIn statistics)

[<Fact>]
let ``a token of part of a character belongs to the character it stands in`` () =
    // Of a script that the tokenizer knows byte by byte, the last byte ends the character and the first does not.
    let ids = tokenizer.Encode "ก"
    let places = TokenCharacters.Of(ReadOnlySpan ids, tokenizer)
    Assert.True(ids.Length > 1)
    let thai = UnicodeScripts.All |> Seq.find (fun s -> s.Name = "Thai")
    for t in 0 .. ids.Length - 1 do
        Assert.True(places[t].AreIn thai)
        Assert.True places[t].IsPart
        Assert.Equal((t = ids.Length - 1), places[t].EndsCharacter)

/// Pearson's correlation by its definition.
let private pearson (x: float[]) (y: float[]) =
    let centred (values: float[]) = let mean = Array.average values in values |> Array.map (fun v -> v - mean)
    let x, y = centred x, centred y
    Array.sum (Array.map2 (*) x y) / sqrt (Array.sumBy (fun v -> v * v) x * Array.sumBy (fun v -> v * v) y)

[<Fact>]
let ``the best latent and the best dimension are those of the definition`` () =
    let random = Philox(9UL, "units")
    let tokens, layers, latents, width = 90, 2, 7, 4
    let codes = drawnCodes random (layers, latents, 2) tokens false
    let vectors = Matrix(tokens * layers, width)
    random.FillGaussian(vectors.AsSpan(), 1f)
    let signals = codesOf [ for t in 0 .. tokens - 1 -> if t % 3 = 0 then [ 1, 1f + float32 t ] else [] ]
    let units = ProxyUnits(2, layers, latents, width)
    // In two batches, as in one.
    let part (rows: int[]) (source: SparseRows) = source.Select(ReadOnlySpan rows)
    for first, count in [ 0, 40; 40, 50 ] do
        units.Add(part [| first .. first + count - 1 |] signals, part [| first * layers .. (first + count) * layers - 1 |] codes, vectors.RowWindow(first * layers, count * layers))
    let signal = [| for t in 0 .. tokens - 1 -> if t % 3 = 0 then 1.0 + float t else 0.0 |]
    let latent layer i = [| for t in 0 .. tokens - 1 -> let row = t * layers + layer in Seq.sum (seq { for e in 0..1 do if codes.RowIndices(row)[e] = i then float (codes.RowValues(row)[e]) }) |]
    let expected = [ for layer in 0 .. layers - 1 do for i in 0 .. latents - 1 -> pearson (latent layer i) signal ] |> List.max
    let struct (unit, correlation) = (units.BestLatent 1).Value
    assertClose 1e-6 "latent" expected correlation
    assertClose 1e-6 "its own" expected (pearson (latent unit.Layer unit.Index) signal)
    let dimension layer i = [| for t in 0 .. tokens - 1 -> float vectors[t * layers + layer, i] |]
    let struct (direction, best) = units.BestDimension 1
    let all = [ for layer in 0 .. layers - 1 do for i in 0 .. width - 1 -> abs (pearson (dimension layer i) signal) ]
    assertClose 1e-5 "dimension" (List.max all) best
    Assert.Equal(direction.Negative, pearson (dimension direction.Layer direction.Index) signal < 0.0)
    Assert.Equal(30L, units.Signalled 1)
    Assert.False((units.BestLatent 0).HasValue)

[<Fact>]
let ``a unit's trace has the correlation, shares and ranges of its values`` () =
    let random = Philox(2UL, "trace")
    let trace = UnitTrace(ProxyUnit(0, 3))
    let values = [| for i in 0..199 -> (if random.NextInt32 3 = 0 then 0.0 else float (random.NextSingle())), (if random.NextInt32 4 = 0 then 2.0 else 0.0) |]
    values |> Array.iteri (fun i (value, signal) -> trace.Add(i / 20, value, signal))
    let found = trace.Result 1UL
    assertClose 1e-9 "correlation" (pearson (Array.map fst values) (Array.map snd values)) found.Correlation.Mean
    let active, on = values |> Array.filter (fun (v, _) -> v > 0.0), values |> Array.filter (fun (_, s) -> s > 0.0)
    let both = active |> Array.filter (fun (_, s) -> s > 0.0)
    assertClose 1e-12 "on proxy" (float both.Length / float active.Length) found.ShareOnProxy.Mean
    assertClose 1e-12 "of proxy" (float both.Length / float on.Length) found.ShareOfProxy.Mean
    Assert.Equal(10, found.Correlation.N)
    Assert.Equal(int64 active.Length, found.Ranges |> Seq.sumBy _.Tokens)
    assertClose 1e-9 "all activation" 1.0 (found.Ranges |> Seq.sumBy _.Activation)
    assertClose 1e-9 "on proxy" (Array.sumBy fst both / Array.sumBy fst active) (found.Ranges |> Seq.sumBy _.ActivationOnProxy)

[<Fact>]
let ``agreement with a concept is precision and recall of the sign`` () =
    let sums = ProxyAgreementSums "dna"
    for context, isOn, isTrue in [ 0, true, true; 0, true, false; 1, false, true; 1, true, true; 1, false, false; 2, false, true ] do
        sums.Add(context, isOn, isTrue)
    let found = sums.Result 1UL
    assertClose 1e-12 "precision" (2.0 / 3.0) found.Precision.Mean
    assertClose 1e-12 "recall" 0.5 found.Recall.Mean
    Assert.Equal(3, found.Recall.N)
