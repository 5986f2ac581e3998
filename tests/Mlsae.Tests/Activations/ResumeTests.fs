module Mlsae.Tests.Activations.ResumeTests

open System
open System.IO
open Xunit
open Mlsae.Activations
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Tests.Activations.TestDoubles
open Mlsae.Tests.Assertions

let private files (folder: TemporaryFolder) =
    if not (Directory.Exists(folder.File "data")) then
        for file, tokens in [ 0, 20; 1, 1; 2, 54 ] do
            let values = Array.init (tokens * 6) (fun i -> float32 (1000 * file + i))
            SafetensorsFile.Write(
                folder.File $"data/{file}.safetensors", [ Tensor.Of("x", ReadOnlySpan values, int64 tokens, 2L, 3L) ])
    ActivationFiles.Open(folder.File "data", epochs = Nullable 2L) :> IActivationStream

let private harvest () =
    let config = HarvestConfig(TokensPerForward = 24, SpecialTokens = [| 0; 1; 2 |])
    new ModelActivations(LanguageModelDouble(2, 3, 50), new ContextsDouble(contexts 27 6), config) :> IActivationStream

/// Each way to have a stream of some 150 tokens; shuffled ones with buffers that divide, do not divide and exceed the data.
let private streams (folder: TemporaryFolder) : (string * (unit -> IActivationStream)) list =
    let shuffled tokens make = fun () -> new ShuffledActivations(make (), tokens, 5UL) :> IActivationStream
    [ "files", fun () -> files folder
      "harvest", harvest
      for tokens in [ 2; 7; 30; 149; 150; 151; 1000 ] do
          $"shuffled files, {tokens}", shuffled tokens (fun () -> files folder)
      "shuffled harvest", shuffled 32 harvest
      "shuffled twice", shuffled 16 (shuffled 9 harvest) ]

let private save (path: string) (stream: IActivationStream) = SafetensorsFile.Write(path, stream.SaveState())

let private resume (path: string) (stream: IActivationStream) =
    use state = SafetensorsFile.Open path
    stream.RestoreState state
    stream

[<Fact>]
let ``Resuming at any point gives the rest of the uninterrupted stream, byte for byte, at the end of the data too`` () =
    use folder = new TemporaryFolder()
    let random = Philox(2UL, "resume")
    for name, make in streams folder do
        let whole = readAll (make ())
        Assert.InRange(whole.Length, 140, 160)
        let points = [ 0; 1; whole.Length - 1; whole.Length ] @ List.init 8 (fun _ -> random.NextInt32 whole.Length)
        for point in points do
            let path = folder.File "state.safetensors"
            use stopped = make ()
            let before = readTokens [ 1 + random.NextInt32 20; 1 + random.NextInt32 20 ] point stopped
            save path stopped
            use resumed = resume path (make ())
            let after = readTokens [ 1 + random.NextInt32 20 ] Int32.MaxValue resumed
            Assert.Equal<float32[]>(Array.concat whole, Array.concat (Array.append before after))
            // A stream that has been read past the state goes back to it as well.
            readTokens [] 29 stopped |> ignore
            Assert.Equal<float32[][]>(after, readAll (resume path stopped))

[<Fact>]
let ``The state of a resumed stream is the state of the uninterrupted one, byte for byte`` () =
    use folder = new TemporaryFolder()
    for name, make in streams folder do
        use whole = make ()
        use stopped = make ()
        readTokens [] 40 stopped |> ignore
        save (folder.File "a") stopped
        use resumed = resume (folder.File "a") (make ())
        readTokens [ 33 ] 47 resumed |> ignore
        readTokens [] 87 whole |> ignore
        save (folder.File "b") resumed
        save (folder.File "c") whole
        Assert.Equal<byte[]>(File.ReadAllBytes(folder.File "c"), File.ReadAllBytes(folder.File "b"))

[<Fact>]
let ``Shuffling keeps every token whole and once, and its order depends on the seed`` () =
    use folder = new TemporaryFolder()
    let shuffled tokens seed = readAll (new ShuffledActivations(files folder, tokens, seed))
    let original = readAll (files folder)
    for tokens in [ 2; 7; 30; 150; 1000 ] do
        let order = shuffled tokens 5UL
        Assert.Equal<float32[][]>(Array.sort original, Array.sort order)
        Assert.Equal<float32[][]>(order, shuffled tokens 5UL)
        if tokens > 2 then
            Assert.NotEqual<float32[][]>(order, shuffled tokens 6UL)
            Assert.NotEqual<float32[][]>(order, original)

[<Fact>]
let ``A token that is in the buffer at the start is as likely to come first as any other`` () =
    use folder = new TemporaryFolder()
    let first seed =
        use stream = new ShuffledActivations(files folder, 10, uint64 seed)
        let token = Array.head (readTokens [] 1 stream)
        int token[0] / 6
    let counts = Array.init 2000 first |> Array.countBy id
    Assert.Equal(10, counts.Length)
    Assert.All(counts, fun (_, count) -> Assert.InRange(count, 150, 250))

[<Fact>]
let ``A buffer that cannot shuffle or cannot exist is refused`` () =
    use folder = new TemporaryFolder()
    let refused tokens =
        Assert.Throws<ArgumentException>(fun () -> new ShuffledActivations(files folder, tokens, 1UL) |> ignore).Message
    Assert.Contains("must be at least 2", refused 1)
    Assert.Contains("too large", refused Int32.MaxValue)

/// A state with one thing wrong: a tensor missing, of another type, shape or range.
let private corrupt (random: Philox) (state: Tensor[]) =
    let victim = random.NextInt32 state.Length
    let tensor = state[victim]
    let replaced (changed: Tensor) = Array.mapi (fun i t -> if i = victim then changed else t) state
    match random.NextInt32 4 with
    | 0 -> Array.removeAt victim state
    | 1 -> replaced (Tensor.Of(tensor.Name, ReadOnlySpan [| 0.5f |], 1L))
    | 2 -> replaced (Tensor(tensor.Name, tensor.Type, Array.append tensor.Shape [| 1L |], tensor.Bytes))
    | _ ->
        let bytes = tensor.Bytes.ToArray()
        for _ in 0 .. random.NextInt32 3 do
            if bytes.Length > 0 then
                bytes[random.NextInt32 bytes.Length] <- byte (random.NextInt32 256)
        replaced (Tensor(tensor.Name, tensor.Type, tensor.Shape, ReadOnlyMemory bytes))

[<Fact>]
let ``A corrupt state is refused with path and tensor, or is a state that can be gone on from`` () =
    use folder = new TemporaryFolder()
    let random = Philox(3UL, "corrupt")
    let mutable refused = 0
    for name, make in streams folder do
        use saved = make ()
        readTokens [] 31 saved |> ignore
        let state = Array.ofSeq (saved.SaveState())
        for _ in 1..60 do
            let broken = corrupt random state
            use stream = make ()
            try
                stream.RestoreState(new TensorSet(broken, "checkpoint"))
                // Refills are numbered by any count, so this may be another order, but it ends.
                readTokens [] 400 stream |> ignore
            with :? InvalidDataException as error ->
                refused <- refused + 1
                Assert.Contains("'checkpoint'", error.Message)
                Assert.Contains("tensor '", error.Message)
    Assert.InRange(refused, 300, 60 * 11 - 1)

/// The definition of shuffling, over a list: fill, shuffle the whole by the number of the filling, give half; at the end of the data give all.
let private shuffledList (buffer: int) (seed: uint64) (items: float32[][]) =
    let rec fill number (left: float32[][]) (unread: float32[][]) =
        let order = Array.append unread (Array.truncate (buffer - unread.Length) left)
        Philox(seed, "shuffle", number).Shuffle(Span order)
        if order.Length < buffer then
            order
        else
            Array.append order[.. buffer / 2 - 1] (fill (number + 1UL) left[buffer - unread.Length ..] order[buffer / 2 ..])
    fill 0UL items [||]

[<Fact>]
let ``The order is that of the definition, whatever the sizes of buffer and data`` () =
    use folder = new TemporaryFolder()
    let original = readAll (files folder)
    for buffer in [ 2; 3; 7; 30; 31; 75; 150; 151; 400 ] do
        let order = readAll (new ShuffledActivations(files folder, buffer, 9UL))
        Assert.Equal<float32[][]>(shuffledList buffer 9UL original, order)
