namespace Mlsae.Scripting

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression

/// Cuts a PNG (ISO 15948) after some rows. A row is stored by what differs from the rows above it, so the upper rows need no change.
module internal Crop =

    let private bitsPerPixel (header: byte[]) =
        let channels = match header[9] with 2uy -> 3 | 4uy -> 2 | 6uy -> 4 | _ -> 1
        int header[8] * channels

    let private crc (bytes: byte[]) =
        let shift crc _ = if crc &&& 1u = 1u then 0xEDB88320u ^^^ (crc >>> 1) else crc >>> 1
        let table = Array.init 256 (fun i -> List.fold shift (uint32 i) [ 1..8 ])
        ~~~(bytes |> Array.fold (fun crc b -> table[int ((crc ^^^ uint32 b) &&& 0xFFu)] ^^^ (crc >>> 8)) 0xFFFFFFFFu)

    let rec private chunks (bytes: byte[]) at =
        [ if at + 12 <= bytes.Length then
              let length = BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, at, 4))
              yield bytes[at + 4 .. at + 7], bytes[at + 8 .. at + 7 + length]
              yield! chunks bytes (at + 12 + length) ]

    // The runtime remembers from its first use of compression whether data cut short are an error. Mlsae.Text.Documents needs them to be, so it is said here too.
    let private inflate (data: byte[]) =
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true)
        use source = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress)
        use target = new MemoryStream()
        source.CopyTo target
        target.ToArray()

    let private deflate (data: byte[]) =
        use target = new MemoryStream()
        (use sink = new ZLibStream(target, CompressionLevel.SmallestSize) in sink.Write data)
        target.ToArray()

    let private bigEndian (value: uint32) = let bytes = Array.zeroCreate 4 in BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(), value); bytes

    let private chunk (name: byte[]) (data: byte[]) =
        let body = Array.append name data
        Array.concat [ bigEndian (uint32 data.Length); body; bigEndian (crc body) ]

    /// Leaves the first rows of a picture that is not interlaced; one that has no more stays as it is.
    let rows height (path: string) =
        let bytes = File.ReadAllBytes path
        let all = chunks bytes 8
        let named (name: string) (chunk: byte[], _) = Text.Encoding.ASCII.GetString chunk = name
        let header = all |> List.find (named "IHDR") |> snd
        let rowLength = 1 + (BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(header, 0, 4)) * bitsPerPixel header + 7) / 8
        let data = all |> List.filter (named "IDAT") |> List.map snd |> Array.concat |> inflate
        if data.Length > height * rowLength then
            let cut = Array.concat [ header[..3]; bigEndian (uint32 height); header[8..] ]
            let kept = Array.concat [ bytes[..7]; chunk "IHDR"B cut; chunk "IDAT"B (deflate data[.. height * rowLength - 1]); chunk "IEND"B [||] ]
            File.WriteAllBytes(path, kept)
