namespace Mlsae.Scripting

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text

/// Colours of a picture, row by row from the top, each as 0xRRGGBB.
type internal Pixels = { Width: int; Height: int; Rgb: int[] }

/// Reading and writing of PNG (ISO 15948): what Chromium draws, and pictures with a palette.
module internal Png =

    let private signature = [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |]

    let private bigEndian (value: uint32) = let bytes = Array.zeroCreate 4 in BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(), value); bytes

    let private int32At (bytes: byte[]) at = BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, at, 4))

    let private crc (bytes: byte[]) =
        let shift crc _ = if crc &&& 1u = 1u then 0xEDB88320u ^^^ (crc >>> 1) else crc >>> 1
        let table = Array.init 256 (fun i -> List.fold shift (uint32 i) [ 1..8 ])
        ~~~(bytes |> Array.fold (fun crc b -> table[int ((crc ^^^ uint32 b) &&& 0xFFu)] ^^^ (crc >>> 8)) 0xFFFFFFFFu)

    let rec private chunks (bytes: byte[]) at =
        [ if at + 12 <= bytes.Length then
              let length = int32At bytes at
              yield Encoding.ASCII.GetString(bytes, at + 4, 4), bytes[at + 8 .. at + 7 + length]
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

    /// Which of its neighbours foretells a byte best, as PNG's fourth filter has it: left, above, or above left.
    let private paeth left above corner =
        let guess = left + above - corner
        let byLeft, byAbove, byCorner = abs (guess - left), abs (guess - above), abs (guess - corner)
        if byLeft <= byAbove && byLeft <= byCorner then left elif byAbove <= byCorner then above else corner

    /// Undoes the filter of each row, in place; a row is its filter's number and its bytes.
    let private unfilter (data: byte[]) rowLength depth =
        for row in 0 .. data.Length / (rowLength + 1) - 1 do
            let start = row * (rowLength + 1)
            let at offset row = if offset < 0 || row < 0 then 0 else int data[row * (rowLength + 1) + 1 + offset]
            for i in 0 .. rowLength - 1 do
                let left, above, corner = at (i - depth) row, at i (row - 1), at (i - depth) (row - 1)
                let foretold =
                    match data[start] with
                    | 1uy -> left
                    | 2uy -> above
                    | 3uy -> (left + above) / 2
                    | 4uy -> paeth left above corner
                    | _ -> 0
                data[start + 1 + i] <- byte (int data[start + 1 + i] + foretold)

    /// The colours of a picture of 8 bits for red, green and blue, with or without transparency, which is ignored; None for any other kind.
    let read (path: string) =
        let chunks = chunks (File.ReadAllBytes path) 8
        let header = chunks |> List.find (fun (name, _) -> name = "IHDR") |> snd
        let width, height = int32At header 0, int32At header 4
        match header[8..12] with
        | [| 8uy; (2uy | 6uy) as kind; 0uy; 0uy; 0uy |] ->
            let depth = if kind = 2uy then 3 else 4
            let data = chunks |> List.filter (fun (name, _) -> name = "IDAT") |> List.map snd |> Array.concat |> inflate
            unfilter data (depth * width) depth
            let colour pixel =
                let at = pixel / width * (depth * width + 1) + 1 + depth * (pixel % width)
                (int data[at] <<< 16) ||| (int data[at + 1] <<< 8) ||| int data[at + 2]
            Some { Width = width; Height = height; Rgb = Array.init (width * height) colour }
        | _ -> None

    let private chunk (name: string) (data: byte[]) =
        let body = Array.append (Encoding.ASCII.GetBytes name) data
        Array.concat [ bigEndian (uint32 data.Length); body; bigEndian (crc body) ]

    /// Writes a picture whose pixels are places in a palette of at most 256 colours.
    let write (path: string) width (palette: int[]) (places: byte[]) =
        let height = places.Length / width
        let header = Array.concat [ bigEndian (uint32 width); bigEndian (uint32 height); [| 8uy; 3uy; 0uy; 0uy; 0uy |] ]
        let rows = Array.concat [ for row in places |> Array.chunkBySize width -> Array.append [| 0uy |] row ]
        let colours = palette |> Array.collect (fun colour -> [| byte (colour >>> 16); byte (colour >>> 8); byte colour |])
        Array.concat [ signature; chunk "IHDR" header; chunk "PLTE" colours; chunk "IDAT" (deflate rows); chunk "IEND" [||] ]
        |> fun bytes -> File.WriteAllBytes(path, bytes)
