module Mlsae.Tests.Storage.SafetensorsTests

open System
open System.Collections.Generic
open System.IO
open System.Text
open Xunit
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions

/// The bytes of a file with this header and data.
let private fileBytes (header: string) (data: byte[]) =
    let json = Encoding.UTF8.GetBytes header
    Array.concat [ BitConverter.GetBytes(uint64 json.Length); json; data ]

/// What opening these bytes is refused with.
let private refusal (bytes: byte[]) =
    use folder = new TemporaryFolder()
    let path = folder.File "bad.safetensors"
    File.WriteAllBytes(path, bytes)
    let error = Assert.Throws<InvalidDataException>(fun () -> (SafetensorsFile.Open path).Dispose())
    Assert.Contains(path, error.Message)
    error.Message

let private roundTrip (tensors: Tensor list) (check: SafetensorsFile -> unit) =
    use folder = new TemporaryFolder()
    SafetensorsFile.Write(folder.File "a.safetensors", tensors)
    use file = SafetensorsFile.Open(folder.File "a.safetensors")
    check file

[<Fact>]
let ``Floats, integers and scalars come back as they were written`` () =
    let floats = Array.init 6 (fun i -> float32 i / 3f)
    let longs = [| Int64.MinValue; -1L; 0L; Int64.MaxValue |]
    roundTrip
        [ Tensor.Of("floats", ReadOnlySpan floats, 2L, 3L)
          Tensor.Of("longs", ReadOnlySpan longs, 4L)
          Tensor.Of("scalar", ReadOnlySpan [| 0.1 |])
          Tensor.Of("none", ReadOnlySpan Array.empty<int>, 0L, 7L) ]
        (fun file ->
            Assert.Equal<float32[]>(floats, file.ReadFloats "floats")
            Assert.Equal<int64[]>(longs, file.ReadLongs "longs")
            let scalar = [| 0.0 |]
            file.Read("scalar", 0L, Span scalar)
            Assert.Equal(0.1, scalar[0])
            Assert.Empty(file.ReadLongs "none")
            Assert.Equal<int64[]>([| 0L; 7L |], (let struct (_, shape) = file.Describe "none" in shape))
            let part = Array.zeroCreate<float32> 2
            file.Read("floats", 3L, Span part)
            Assert.Equal<float32[]>(floats[3..4], part))

[<Fact>]
let ``Every 16-bit float of either kind widens to its value and narrows back to the same bits`` () =
    // All 65,536 patterns; a NaN may come back as another NaN.
    let bits = Array.init 65536 uint16
    let bytes = ReadOnlyMemory(bits |> Array.collect BitConverter.GetBytes)
    let shape = [| 65536L |]
    roundTrip [ Tensor("half", ElementType.F16, shape, bytes); Tensor("brain", ElementType.BF16, shape, bytes) ] (fun file ->
        let half, brain = file.ReadFloats "half", file.ReadFloats "brain"
        for i in 0..65535 do
            if not (Half.IsNaN(BitConverter.UInt16BitsToHalf bits[i])) then
                Assert.Equal(float32 (BitConverter.UInt16BitsToHalf bits[i]), half[i])
            let expected = BitConverter.UInt32BitsToSingle(uint32 bits[i] <<< 16)
            Assert.Equal(expected, brain[i])
        let same (tensor: Tensor) (values: float32[]) =
            let back = tensor.Bytes.ToArray()
            for i in 0..65535 do
                if not (Single.IsNaN values[i]) then
                    Assert.Equal(bits[i], BitConverter.ToUInt16(back, 2 * i))
        same (Tensor.OfHalf("h", ReadOnlySpan half, 65536L)) half
        same (Tensor.OfBrainFloat("b", ReadOnlySpan brain, 65536L)) brain)

[<Fact>]
let ``Rounding to BF16 is to nearest, ties to even, and keeps NaN`` () =
    let values = [| 1.0f + 1.0f / 256.0f; 1.0f + 3.0f / 256.0f; 1.0f + 1.01f / 256.0f; Single.NaN; Single.MaxValue |]
    roundTrip [ Tensor.OfBrainFloat("b", ReadOnlySpan values, 5L) ] (fun file ->
        let back = file.ReadFloats "b"
        Assert.Equal<float32[]>([| 1.0f; 1.0f + 4.0f / 256.0f; 1.0f + 2.0f / 256.0f |], back[..2])
        Assert.True(Single.IsNaN back[3] && Single.IsPositiveInfinity back[4]))

[<Fact>]
let ``Every integer type reads as integers and as floats, and floats do not read as integers`` () =
    let bytes = ReadOnlyMemory [| 255uy; 255uy; 255uy; 255uy; 1uy; 0uy; 0uy; 0uy |]
    let tensor name kind count = Tensor(name, kind, [| count |], bytes)
    roundTrip
        [ tensor "I8" ElementType.I8 8L; tensor "U8" ElementType.U8 8L; tensor "BOOL" ElementType.BOOL 8L
          tensor "I16" ElementType.I16 4L; tensor "I32" ElementType.I32 2L; tensor "I64" ElementType.I64 1L; tensor "F32" ElementType.F32 2L ]
        (fun file ->
            let expect name (values: int64 list) =
                Assert.Equal<int64 list>(values, List.ofArray (file.ReadLongs name))
                Assert.Equal<float32 list>(List.map float32 values, List.ofArray (file.ReadFloats name))
            expect "I8" [ -1; -1; -1; -1; 1; 0; 0; 0 ]
            expect "U8" [ 255; 255; 255; 255; 1; 0; 0; 0 ]
            expect "BOOL" [ 1; 1; 1; 1; 1; 0; 0; 0 ]
            expect "I16" [ -1; -1; 1; 0 ]
            expect "I32" [ -1; 1 ]
            expect "I64" [ 0x1_FFFF_FFFFL ]
            let error = Assert.Throws<InvalidDataException>(fun () -> file.ReadLongs "F32" |> ignore)
            Assert.Contains("'F32' holds F32 where integers are needed", error.Message))

[<Fact>]
let ``The same tensors give the same bytes in any order, aligned to eight`` () =
    use folder = new TemporaryFolder()
    let tensors =
        [ Tensor.Of("b", ReadOnlySpan [| 1f; 2f |], 2L); Tensor.Of("é", ReadOnlySpan [| 7uy |], 1L); Tensor.Of("a", ReadOnlySpan [| 3L |], 1L) ]
    let metadata = dict [ "z", "1"; "a", "\"quoted\"" ] |> Dictionary
    SafetensorsFile.Write(folder.File "1", tensors, metadata)
    SafetensorsFile.Write(folder.File "2", List.rev tensors, metadata)
    let bytes = File.ReadAllBytes(folder.File "1")
    Assert.Equal<byte[]>(bytes, File.ReadAllBytes(folder.File "2"))
    Assert.Equal(0UL, BitConverter.ToUInt64(bytes, 0) % 8UL)
    use file = SafetensorsFile.Open(folder.File "1")
    Assert.Equal("\"quoted\"", file.Metadata["a"])
    Assert.Equal<int64[]>([| 7L |], file.ReadLongs "é")
    Assert.Equal<string[]>([| "1"; "2" |], Directory.GetFiles folder.Path |> Array.map Path.GetFileName |> Array.sort)

[<Fact>]
let ``Writing refuses a name given twice and bytes that do not fit the shape`` () =
    use folder = new TemporaryFolder()
    let write (tensors: Tensor list) = fun () -> SafetensorsFile.Write(folder.File "a", tensors)
    let tensor = Tensor.Of("a", ReadOnlySpan [| 1f |], 1L)
    Assert.Throws<ArgumentException>(write [ tensor; tensor ]) |> ignore
    Assert.Throws<ArgumentException>(write [ Tensor("a", ElementType.F32, [| 2L |], tensor.Bytes) ]) |> ignore
    Assert.Throws<ArgumentException>(write [ Tensor("__metadata__", ElementType.F32, [| 1L |], tensor.Bytes) ]) |> ignore
    Assert.Empty(Directory.GetFiles folder.Path)

[<Fact>]
let ``A matrix folds all axes but the last into rows, and a wrong shape is named with both`` () =
    roundTrip [ Tensor.Of("x", ReadOnlySpan(Array.init 24 float32), 2L, 3L, 4L); Tensor.Of("v", ReadOnlySpan [| 5f; 6f |], 2L) ] (fun file ->
        let x: Matrix = file.ReadMatrix "x"
        Assert.Equal((6, 4, 23f), (x.Rows, x.Columns, x[5, 3]))
        Assert.Equal(1, (file.ReadMatrix("v", 1, 2)).Rows)
        let error = Assert.Throws<InvalidDataException>(fun () -> file.ReadMatrix("x", 4, 6) |> ignore)
        Assert.Contains(file.Path, error.Message)
        Assert.Contains("'x' has shape [2, 3, 4] where [4, 6] is needed", error.Message)
        let missing = Assert.Throws<InvalidDataException>(fun () -> file.ReadFloats "y" |> ignore)
        Assert.Contains("has no tensor 'y'; it has 'v', 'x'", missing.Message))

[<Fact>]
let ``Reading past a tensor's end is refused, at every kind of overrun`` () =
    roundTrip [ Tensor.Of("x", ReadOnlySpan [| 1f; 2f |], 2L) ] (fun file ->
        for start, count in [ (0L, 3); (2L, 1); (-1L, 1); (Int64.MaxValue, 1); (3L, 0) ] do
            let read () = file.Read("x", start, Span(Array.zeroCreate<float32> count))
            Assert.Throws<InvalidDataException> read |> ignore
        file.Read("x", 2L, Span(Array.zeroCreate<float32> 0)))

/// header, bytes of data, what the message must say
let malformed: obj[] list =
    let one fields = "{\"x\":{" + fields + "}}"
    [ [| "{"; 0; "not valid JSON" |]
      [| "[]"; 0; "not a JSON object" |]
      [| "{} {}"; 0; "not valid JSON" |]
      [| "{\"x\":1}"; 0; "'x' is not described by an object" |]
      [| one "\"dtype\":\"F32\",\"shape\":[1]"; 4; "'x' has no data_offsets" |]
      [| one "\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]"; 4; "'x' has the dtype 'F33'" |]
      [| one "\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]"; 4; "'x' has the dtype 'Number'" |]
      [| one "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]"; 4; "'x' has 4 bytes of data where F32 [2] needs 8" |]
      [| one "\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]"; 4; "'x' has a shape that is not a list" |]
      [| one "\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]"; 4; "'x' has a shape that is not a list" |]
      [| one "\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]"; 4; "'x' has a shape that is not a list" |]
      [| one "\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]"; 0; "which no file can hold" |]
      [| one "\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,4]"; 4; "which no file can hold" |]
      [| one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]"; 4; "'x' has data_offsets [4, 0]" |]
      [| one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]"; 4; "'x' has data_offsets [0]" |]
      [| one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]"; 3; "'x' ends at byte 4 of the data, but the file holds 3" |]
      [| one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]"; 5; "describes 4 bytes of data, but the file holds 5" |]
      [| one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]"; 8; "'x' begins at byte 4 of the data, with a gap" |]
      [| one "\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]"; 4; "repeated field 'dtype'" |]
      [| one "\"dtype\":\"F32\",\"shape\":[[[[1]]]],\"data_offsets\":[0,4]"; 4; "'x' has a shape" |]
      [| "{\"x\":" + String('[', 10000) + "}"; 0; "'x' is not described by an object" |]
      [| "{\"__metadata__\":{\"a\":1}}"; 0; "__metadata__ whose field 'a'" |]
      [| "{\"__metadata__\":[]}"; 0; "__metadata__ that is not" |]
      [| "{\"\\ud800\":{}}"; 0; "not Unicode" |]
      [| "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}"; 2; "'x' is described twice" |]
      [| "{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}"; 3; "'y' begins at byte 1 of the data, inside" |] ]

[<Theory>]
[<MemberData(nameof malformed)>]
let ``A malformed header is refused with path and tensor`` (header: string) (dataLength: int) (message: string) =
    Assert.Contains(message, refusal (fileBytes header (Array.zeroCreate dataLength)))

[<Fact>]
let ``Files without a whole header are refused`` () =
    Assert.Contains("has 0 bytes", refusal [||])
    Assert.Contains("has 7 bytes", refusal (Array.zeroCreate 7))
    Assert.Contains("not a JSON object", refusal (Array.zeroCreate 8))
    Assert.Contains("should have 18446744073709551615 bytes", refusal (Array.create 12 255uy))
    let cut = (fileBytes "{\"x\":{}}" [||])[..11]
    Assert.Contains("should have 8 bytes, but 4 follow", refusal cut)

[<Fact>]
let ``A missing file and a folder are named`` () =
    use folder = new TemporaryFolder()
    let missing = Assert.Throws<FileNotFoundException>(fun () -> SafetensorsFile.Open(folder.File "no") |> ignore)
    Assert.Equal($"""There is no file '{folder.File "no"}'.""", missing.Message)
    let directory = Assert.Throws<FileNotFoundException>(fun () -> SafetensorsFile.Open folder.Path |> ignore)
    Assert.Contains("is a folder", directory.Message)

[<Fact>]
let ``A tensor past two gigabytes reads, and costs only what is asked for`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "large.safetensors"
    let count = 2_500_000_000L
    let header = $"{{\"x\":{{\"dtype\":\"U8\",\"shape\":[{count}],\"data_offsets\":[0,{count}]}}}}"
    do
        use stream = File.Create path
        stream.Write(ReadOnlySpan(fileBytes header [||]))
        // A hole: the file system stores only the last byte.
        stream.SetLength(int64 (8 + header.Length) + count)
        stream.Position <- stream.Length - 1L
        stream.WriteByte 9uy
    use file = SafetensorsFile.Open path
    let last = Array.zeroCreate<float32> 2
    file.Read("x", count - 2L, Span last)
    Assert.Equal<float32[]>([| 0f; 9f |], last)
    Assert.Throws<InvalidDataException>(fun () -> file.ReadFloats "x" |> ignore) |> ignore

[<Fact>]
let ``A closed file is not read`` () =
    use folder = new TemporaryFolder()
    SafetensorsFile.Write(folder.File "a", [ Tensor.Of("x", ReadOnlySpan [| 1f |], 1L) ])
    let file = SafetensorsFile.Open(folder.File "a")
    file.Dispose()
    file.Dispose()
    Assert.Throws<ObjectDisposedException>(fun () -> file.ReadFloats "x" |> ignore) |> ignore
