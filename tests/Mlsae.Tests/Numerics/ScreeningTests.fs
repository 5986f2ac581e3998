/// Screening by 8-bit products must not change what the encoder selects: not a latent, not a bit of a value. On processors without the instruction both ways are the same.
module Mlsae.Tests.Numerics.ScreeningTests

open System
open System.Runtime.Intrinsics.X86
open FsCheck
open FsCheck.FSharp
open Xunit
open Mlsae.Numerics
open Mlsae.Tests.Numerics.Samples

let private depth = 128
let private latents = 12_300

/// The selection by the plain product, which a mask asks for.
let private plain (x: Matrix) (encoder: Matrix) bias k =
    let top = SparseRows(x.Rows, k)
    Kernels.EncodeTopK(x, encoder, bias, top, Array.create encoder.Rows true, SparseRows(x.Rows, 1))
    Assert.False(Kernels.LastScreening.HasValue)
    top

let private floatBits (values: float32[]) = values |> Array.map BitConverter.SingleToInt32Bits

/// Compares both ways, and tells what screening did.
let private assertSame (x: Matrix) (encoder: Matrix) (bias: float32[]) k =
    let top, expected = SparseRows(x.Rows, k), plain x encoder bias k
    Kernels.EncodeTopK(x, encoder, bias, top)
    Assert.Equal<int[]>(expected.Indices, top.Indices)
    Assert.Equal<int[]>(floatBits expected.Values, floatBits top.Values)
    Kernels.LastScreening |> Option.ofNullable

let private screens = AvxVnni.IsSupported && Avx512F.IsSupported

[<Fact>]
let ``Screening reaches every row of ordinary vectors and leaves few latents`` () =
    for columns, k in [ depth, 32; 130, 5; 131, 1; 600, 32 ] do
        match assertSame (matrix "x" 97 columns) (matrix "encoder" latents columns) (vector "bias" columns latents) k with
        | Some screening ->
            Assert.Equal(97, screening.Rows)
            Assert.Equal(0, screening.UnscreenedRows)
            Assert.InRange(screening.LeftLatents, 97L * int64 k, 97L * int64 latents / 20L)
        | None -> Assert.False screens

/// One way to make a selection hard.
type private Adversity =
    | Nothing
    | EqualLatents
    | NearlyEqualLatents
    | HugeAndTinyLatents
    | HugeAndTinyVectors
    | OutlierDimension
    | ZeroVectors
    | VectorsAlongLatents
    | NotFiniteVectors
    | NotFiniteLatents

let private spoil (random: Random) (x: Matrix) (encoder: Matrix) adversity =
    let scale (rows: Matrix) row (factor: float) = Kernels.Scale(rows.Row row, float32 factor)
    match adversity with
    | Nothing -> ()
    | EqualLatents ->
        for latent in 0..3 .. encoder.Rows - 1 do
            encoder.Row(random.Next 40).CopyTo(encoder.Row latent)
    | NearlyEqualLatents ->
        for latent in 0..2 .. encoder.Rows - 1 do
            encoder.Row(1 + 2 * random.Next 20).CopyTo(encoder.Row latent)
            let i = random.Next encoder.Columns
            encoder[latent, i] <- MathF.BitIncrement(encoder[latent, i])
    | HugeAndTinyLatents ->
        for latent in 0 .. encoder.Rows - 1 do
            scale encoder latent (Math.Pow(10., 24. * random.NextDouble() - 12.))
    | HugeAndTinyVectors ->
        for row in 0 .. x.Rows - 1 do
            scale x row (Math.Pow(10., 60. * random.NextDouble() - 30.))
    | OutlierDimension ->
        let column = random.Next x.Columns
        for row in 0 .. x.Rows - 1 do
            x[row, column] <- x[row, column] * 200f
    | ZeroVectors ->
        for _ in 1..30 do
            x.Row(random.Next x.Rows).Clear()
            encoder.Row(random.Next encoder.Rows).Clear()
    | VectorsAlongLatents ->
        for row in 0 .. x.Rows - 1 do
            encoder.Row(random.Next encoder.Rows).CopyTo(x.Row row)
    | NotFiniteVectors ->
        for bad in [ nanf; infinityf; -infinityf ] do
            x[random.Next x.Rows, random.Next x.Columns] <- bad
    | NotFiniteLatents ->
        for bad in [ nanf; infinityf; -infinityf ] do
            encoder[random.Next encoder.Rows, random.Next encoder.Columns] <- bad

[<Fact>]
let ``Screening selects the same under adversity`` () =
    let all = [ EqualLatents; NearlyEqualLatents; HugeAndTinyLatents; HugeAndTinyVectors; OutlierDimension; ZeroVectors; VectorsAlongLatents; NotFiniteVectors; NotFiniteLatents ]
    let cases =
        gen {
            let! seed = Gen.choose (0, Int32.MaxValue - 1)
            let! first = Gen.elements all
            let! second = Gen.elements (Nothing :: all)
            let! k = Gen.elements [ 1; 7; 32; 100 ]
            let! withBias = Gen.elements [ true; false ]
            return seed, first, second, k, withBias
        }
    let property (seed, first, second, k, withBias) =
        let random = Random(seed: int)
        let normal rows columns =
            let made = Matrix(rows, columns)
            Philox(uint64 seed, "adversity", uint64 rows).FillGaussian(made.Values, 1f)
            made
        let x, encoder = normal 96 depth, normal latents depth
        spoil random x encoder first
        spoil random x encoder second
        assertSame x encoder (if withBias then vector "bias" seed latents else null) k |> ignore
    // Each adversity alone, so that none is left to chance; then mixtures.
    for adversity in all do
        property (17, adversity, Nothing, 32, true)
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 25, Prop.forAll (Arb.fromGen cases) (fun case -> property case; true))

[<Theory>]
[<InlineData(-11., -11.)>]
[<InlineData(-13., 0.)>]
[<InlineData(-20., -18.)>]
[<InlineData(-28., 0.)>]
[<InlineData(-30., -8.)>]
[<InlineData(-38., 2.)>]
let ``Screening selects the same where squares and products leave the range of floats, beside biases of their size`` (ofVectors: float, ofLatents: float) =
    let scaled (purpose: string) rows power =
        let made = matrix purpose rows depth
        Kernels.Scale(made.AsSpan(), float32 (Math.Pow(10., power)))
        made
    let x, encoder = scaled "x" 96 ofVectors, scaled "encoder" latents ofLatents
    for biasPower in [ 0.; 1.; -3. ] do
        let bias = vector "bias" 0 latents |> Array.map (fun b -> b * float32 (Math.Pow(10., ofVectors + ofLatents + biasPower)))
        assertSame x encoder bias 32 |> ignore
    assertSame x encoder null 32 |> ignore

[<Fact>]
let ``The number of threads changes no bit of what is screened`` () =
    let x, encoder = matrix "x" 400 depth, matrix "encoder" latents depth
    let run threads =
        withThreads threads (fun () ->
            let top = SparseRows(400, 9)
            Kernels.EncodeTopK(x, encoder, null, top)
            top.Indices, floatBits top.Values)
    let one = run 1
    Assert.Equal(one, run 2)
    Assert.Equal(one, run 3)

[<Fact>]
let ``Latents that the bound does not part are left to the plain product, for a while without trying`` () =
    if screens then
        // All pre-activations are nearly equal: no bound of 8 bits can part them.
        let x, encoder = matrix "x" 96 depth, matrix "encoder" 1 depth
        let alike = Matrix(latents, depth)
        for latent in 0 .. latents - 1 do
            encoder.Row(0).CopyTo(alike.Row latent)
            alike[latent, latent % depth] <- alike[latent, latent % depth] + 1e-6f * float32 (latent % 777)
        let tried = [ for _ in 1..18 -> (assertSame x alike null 32).IsSome ]
        Assert.True tried.Head
        Assert.DoesNotContain(true, tried[1..16])
