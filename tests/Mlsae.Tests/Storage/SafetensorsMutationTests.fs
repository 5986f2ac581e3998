module Mlsae.Tests.Storage.SafetensorsMutationTests

open System
open System.IO
open System.Text
open Xunit
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Assertions

let private mutations = 24_000

/// Valid files of several kinds: every element type, empty, scalar, metadata, long names.
let private originals (folder: TemporaryFolder) =
    let bytesOf kind =
        match kind with
        | ElementType.F64 | ElementType.I64 -> 8
        | ElementType.F32 | ElementType.I32 -> 4
        | ElementType.F16 | ElementType.BF16 | ElementType.I16 -> 2
        | _ -> 1
    let everyType =
        [ for kind in Enum.GetValues<ElementType>() -> Tensor($"layer.{kind}", kind, [| 2L; 4L |], ReadOnlyMemory(Array.init (8 * bytesOf kind) byte)) ]
    let write name (tensors: Tensor list) metadata =
        SafetensorsFile.Write(folder.File name, tensors, metadata)
        File.ReadAllBytes(folder.File name)
    [| write "types" everyType (dict [ "format", "pt" ] |> System.Collections.Generic.Dictionary)
       write "few" [ Tensor.Of("x", ReadOnlySpan [| 1f; 2f |], 2L); Tensor.Of("s", ReadOnlySpan [| 1L |]); Tensor.Of("e", ReadOnlySpan Array.empty<float32>, 0L, 3L) ] null
       write "none" [] null
       write "long" [ for i in 0..40 -> Tensor.Of(String('n', 50 + i), ReadOnlySpan [| float32 i |], 1L) ] null |]

let private interesting =
    [| "0"; "-1"; "4"; "8"; "1e9"; "1.5"; "9223372036854775807"; "18446744073709551616"; "4294967296"; "[]"; "{}"; "null"; "true"; "\"\""; "\"F32\""; "\"U8\""
       "\"x\":"; "\"shape\":"; "\"dtype\":"; "\"data_offsets\":"; "\"__metadata__\":"; "["; "]"; "{"; "}"; ","; ":"; "\\ud800"; "\u0000"; String('[', 200) |]

let private splice (random: Philox) (bytes: byte[]) (other: byte[]) =
    let cut (source: byte[]) = random.NextInt32(source.Length + 1)
    Array.append bytes[.. cut bytes - 1] other[cut other ..]

/// Replaces a stretch of the header, keeping or mending the length before it.
let private editHeader (random: Philox) (bytes: byte[]) =
    let length = int (BitConverter.ToUInt64(bytes, 0))
    let start = random.NextInt32(length + 1)
    let removed = min (random.NextInt32 12) (length - start)
    let text = Encoding.UTF8.GetBytes interesting[random.NextInt32 interesting.Length]
    let header = Array.concat [ bytes[8 .. 7 + start]; text; bytes[8 + start + removed .. 7 + length] ]
    let stated = if random.NextInt32 8 = 0 then uint64 length else uint64 header.Length
    Array.concat [ BitConverter.GetBytes stated; header; bytes[8 + length ..] ]

let private flip (random: Philox) (bytes: byte[]) =
    let copy = Array.copy bytes
    for _ in 0 .. random.NextInt32 4 do
        let i = if random.NextInt32 4 = 0 then random.NextInt32(min 9 copy.Length) else random.NextInt32 copy.Length
        copy[i] <- copy[i] ^^^ (1uy <<< random.NextInt32 8)
    copy

let private changeLength (random: Philox) (bytes: byte[]) =
    let copy = Array.copy bytes
    let length = BitConverter.ToUInt64(bytes, 0)
    let lengths = [| 0UL; 1UL; length - 1UL; length + 1UL; uint64 bytes.Length; 100_000_001UL; UInt64.MaxValue; 1UL <<< 63; random.NextUInt64() |]
    BitConverter.GetBytes(lengths[random.NextInt32 lengths.Length]).CopyTo(copy, 0)
    copy

let private mutate (random: Philox) (files: byte[][]) =
    let bytes = files[random.NextInt32 files.Length]
    match random.NextInt32 6 with
    | 0 -> flip random bytes
    | 1 -> bytes[.. random.NextInt32 bytes.Length - 1]
    | 2 -> splice random bytes files[random.NextInt32 files.Length]
    | 3 -> changeLength random bytes
    | 4 -> Array.append bytes (Array.zeroCreate (1 + random.NextInt32 16))
    | _ -> editHeader random bytes

/// Writes over a file in place: to truncate it first makes some file systems flush it, and 24,000 flushes take a minute.
let private overwrite (path: string) (bytes: byte[]) =
    use stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write)
    stream.Write(ReadOnlySpan bytes)
    stream.SetLength bytes.LongLength

/// Opens the file and reads all there is; true where it was valid.
let private readWhole (path: string) =
    try
        use file = SafetensorsFile.Open path
        for name in file.Names do
            file.ReadFloats name |> ignore
        true
    with :? InvalidDataException as error ->
        Assert.Contains(path, error.Message)
        false

[<Fact>]
let ``No mutation of a valid file does anything but read or be refused, in bounded memory`` () =
    use folder = new TemporaryFolder()
    let files = originals folder
    let path = folder.File "mutated.safetensors"
    let random = Philox(1UL, "mutations")
    let mutable refused = 0
    for i in 1..mutations do
        let bytes = mutate random files
        overwrite path bytes
        let before = GC.GetAllocatedBytesForCurrentThread()
        if not (readWhole path) then
            refused <- refused + 1
        let allocated = GC.GetAllocatedBytesForCurrentThread() - before
        Assert.True(allocated <= int64 bytes.Length + 64L * 1024L * 1024L, $"mutation {i} allocated {allocated} bytes")
    // Some mutations change data or names alone and stay valid; most must be seen.
    Assert.InRange(refused, mutations / 2, mutations - 100)
