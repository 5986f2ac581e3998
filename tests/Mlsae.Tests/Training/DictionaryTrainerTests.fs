module Mlsae.Tests.Training.DictionaryTrainerTests

open System
open System.IO
open System.Threading
open Xunit
open Mlsae.Activations
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Training
open Mlsae.Tests.Assertions

let private layers, width = 2, 12

/// Seeded vectors that lie near a few directions; token t depends on t alone. From a given token on they are NaN.
type private Synthetic(length: int64, nanFrom: int64) =
    let mutable position = 0L

    let fill (row: Span<float32>) index =
        let random = Philox(9UL, "vector", uint64 index)
        random.FillGaussian(row, 0.1f)
        for i in 0..2 do
            let direction = random.NextInt32 width
            row[direction] <- row[direction] + 1f + random.NextSingle()

    interface IActivationStream with
        member _.LayerCount = layers
        member _.ModelDim = width

        member _.Read destination =
            let tokens = int (min (int64 (destination.Rows / layers)) (length - position))
            for row in 0 .. tokens * layers - 1 do
                fill (destination.Row row) (int (position * int64 layers) + row)
                if position * int64 layers + int64 row >= nanFrom * int64 layers then
                    destination[row, 1] <- Single.NaN
            position <- position + int64 tokens
            tokens

        member _.SaveState() =
            let cursor = [| position |]
            [| Tensor.Of("cursor", ReadOnlySpan cursor, 1L) |]

        member _.RestoreState state = position <- (state.ReadLongs "cursor")[0]

    interface IDisposable with
        member _.Dispose() = ()

let private forever = 1L <<< 40

let private dictionary () =
    TopKConfig(
        ModelDim = width, LatentCount = 40, K = 3, AuxK = 6, DeadAfterTokens = 64L, Seed = 5UL,
        Adam = AdamConfig(LearningRate = 1e-2, WarmUpSteps = 5L, DecaySteps = 10L))

let private plan () = DictionaryPlan(Dictionary = dictionary (), TotalTokens = 16L * 40L)

let private training () =
    TrainingConfig(BatchTokens = 16, LogEvery = 4, CheckpointEvery = 10)

let private told (action: TrainingProgress -> unit) =
    { new IProgress<TrainingProgress> with
        member _.Report progress = action progress }

let private trainer (stream: IActivationStream) folder progress =
    DictionaryTrainer([| new LayeredEngine(plan (), layers, 16) |], stream, training (), folder, Progress = told progress)

let private weights folder = File.ReadAllBytes(Path.Combine(folder, "dictionary", "model.safetensors"))

let private whole () =
    use folder = new TemporaryFolder()
    let result = (trainer (new Synthetic(forever, forever)) folder.Path ignore).Run()
    Assert.True result.Completed
    Assert.Equal(40L, result.Steps)
    weights folder.Path

let private steps folder =
    [ for line in MetricsLog.Read(Path.Combine(folder, "metrics.jsonl")) -> line.GetProperty("step").GetInt64() ]

[<Fact>]
let ``A cancelled training writes a checkpoint, and resumed it ends with the same bytes as an uninterrupted one`` () =
    use folder = new TemporaryFolder()
    use cancellation = new CancellationTokenSource()
    let first = trainer (new Synthetic(forever, forever)) folder.Path (fun progress -> if progress.Step = 16L then cancellation.Cancel())
    let result = first.Run cancellation.Token
    Assert.False result.Completed
    Assert.Equal(16L, result.Steps)
    Assert.False(Directory.Exists(Path.Combine(folder.Path, "dictionary")))
    let second = trainer (new Synthetic(forever, forever)) folder.Path ignore
    Assert.Equal(Nullable 16L, second.Resume())
    Assert.True(second.Run().Completed)
    Assert.Equal<byte array>(whole (), weights folder.Path)

[<Fact>]
let ``A training that died between checkpoints resumes from the last one with the same bytes and no step logged twice`` () =
    use folder = new TemporaryFolder()
    let first = trainer (new Synthetic(forever, forever)) folder.Path (fun progress -> if progress.Step = 28L then failwith "killed")
    Assert.ThrowsAny<Exception>(fun () -> first.Run() |> ignore) |> ignore
    let second = trainer (new Synthetic(forever, forever)) folder.Path ignore
    Assert.Equal(Nullable 20L, second.Resume())
    second.Run() |> ignore
    Assert.Equal<byte array>(whole (), weights folder.Path)
    Assert.Equal<int64 list>([ 4L .. 4L .. 40L ], steps folder.Path)

[<Fact>]
let ``A training without a checkpoint cannot be resumed and says so`` () =
    use folder = new TemporaryFolder()
    Assert.Equal(Nullable(), (trainer (new Synthetic(forever, forever)) folder.Path ignore).Resume())

[<Fact>]
let ``Resuming with other settings is refused, naming the one that differs`` () =
    use folder = new TemporaryFolder()
    (trainer (new Synthetic(forever, forever)) folder.Path ignore).Run() |> ignore
    let other = TopKConfig(ModelDim = width, LatentCount = 40, K = 4, AuxK = 6, DeadAfterTokens = 64L, Seed = 5UL, Adam = dictionary().Adam)
    let again = DictionaryTrainer([| new LayeredEngine(DictionaryPlan(Dictionary = other, TotalTokens = 16L * 40L), layers, 16) |], new Synthetic(forever, forever), training (), folder.Path)
    let error = Assert.Throws<InvalidDataException>(fun () -> again.Resume() |> ignore)
    Assert.Contains("\"k\": 3 there, \"k\": 4 now", error.Message)

[<Fact>]
let ``A NaN stops training, names tensor, step and last checkpoint, and overwrites nothing`` () =
    use folder = new TemporaryFolder()
    let broken = trainer (new Synthetic(forever, 16L * 25L + 3L)) folder.Path ignore
    let error = Assert.Throws<NonFiniteException>(fun () -> broken.Run() |> ignore)
    Assert.Equal(26L, error.Step)
    Assert.Contains("the activations of layer 0 at step 26", error.Message)
    Assert.EndsWith("step-20", error.Checkpoint)
    Assert.Contains(error.Checkpoint, error.Message)
    let sound = trainer (new Synthetic(forever, forever)) folder.Path ignore
    Assert.Equal(Nullable 20L, sound.Resume())

[<Fact>]
let ``Training ends with the activations, a last short batch included`` () =
    use folder = new TemporaryFolder()
    let result = (trainer (new Synthetic(16L * 3L + 5L, forever)) folder.Path ignore).Run()
    Assert.True result.Completed
    Assert.Equal(4L, result.Steps)
    Assert.Equal(53L, result.Tokens)

[<Fact>]
let ``Activations without two tokens are refused in one sentence`` () =
    use folder = new TemporaryFolder()
    let error = Assert.Throws<InvalidDataException>(fun () -> (trainer (new Synthetic(1L, forever)) folder.Path ignore).Run() |> ignore)
    Assert.Contains("fewer than two tokens", error.Message)

[<Fact>]
let ``A line of metrics has the agreed names, and training lowers the loss`` () =
    use folder = new TemporaryFolder()
    (trainer (new Synthetic(forever, forever)) folder.Path ignore).Run() |> ignore
    let lines = MetricsLog.Read(Path.Combine(folder.Path, "metrics.jsonl"))
    let names =
        [ "dictionary"; "step"; "tokens"; "vectors"; "seconds"; "loss"; "loss_mse"; "loss_auxk"; "loss_sparsity"; "fvu"; "fvu_layers"; "l0"; "l0_layers"
          "dead_fraction"; "resampled"; "learning_rate"; "vectors_per_second" ]
    Assert.Equal<string list>(names, [ for field in lines[0].EnumerateObject() -> field.Name ])
    Assert.Equal(layers, lines[0].GetProperty("fvu_layers").GetArrayLength())
    Assert.Equal(16L * 4L * 2L, lines[0].GetProperty("vectors").GetInt64())
    let fvu (index: int) = lines[index].GetProperty("fvu").GetDouble()
    Assert.True(fvu (lines.Count - 1) < 0.6 * fvu 0, $"{fvu 0} became {fvu (lines.Count - 1)}")

[<Fact>]
let ``Only the newest checkpoints are kept`` () =
    use folder = new TemporaryFolder()
    (trainer (new Synthetic(forever, forever)) folder.Path ignore).Run() |> ignore
    let kept = Directory.GetDirectories(Path.Combine(folder.Path, "checkpoints")) |> Array.map Path.GetFileName |> Array.sort
    Assert.Equal<string array>([| "step-30"; "step-40" |], kept)

[<Fact>]
let ``The learning rate rises over the warm-up and falls over the decay`` () =
    let adam = AdamConfig(LearningRate = 2.0, WarmUpSteps = 4L, DecaySteps = 2L)
    let rates = [ for step in 1L .. 8L -> adam.LearningRateAt(step, 8L) ]
    Assert.Equal<float list>([ 0.5; 1.0; 1.5; 2.0; 2.0; 2.0; 2.0; 1.0 ], rates)

/// Three dictionaries of different kinds, arrangements and lengths on one stream.
let private sideBySide () =
    let adam = AdamConfig(LearningRate = 1e-2, WarmUpSteps = 5L, DecaySteps = 10L)
    let batchTopK = BatchTopKConfig(ModelDim = width, LatentCount = 40, K = 3, AuxK = 6, DeadAfterTokens = 64L, Seed = 6UL, Adam = adam)
    [| DictionaryPlan(Name = "shared", Dictionary = dictionary (), TotalTokens = 16L * 40L)
       DictionaryPlan(Name = "per-layer", Arrangement = Arrangement.PerLayer, Dictionary = batchTopK, TotalTokens = 16L * 25L)
       DictionaryPlan(Name = "crosscoder", Arrangement = Arrangement.Crosscoder, Dictionary = dictionary (), TotalTokens = 16L * 33L - 5L) |]

let private sideBySideTrainer folder (progress: TrainingProgress -> unit) =
    let engines = sideBySide () |> Array.map (fun plan -> new LayeredEngine(plan, layers, 16))
    DictionaryTrainer(engines, new Synthetic(forever, forever), training (), folder, Progress = told progress)

let private allFiles folder =
    Directory.GetFiles(Path.Combine(folder, "dictionary"), "*", SearchOption.AllDirectories)
    |> Array.sort
    |> Array.map (fun file -> Path.GetRelativePath(folder, file), Convert.ToHexString(File.ReadAllBytes file))

[<Theory>]
[<InlineData 12>]
[<InlineData 28>]
let ``Three dictionaries side by side, cancelled and resumed, end with the same bytes as uninterrupted ones`` (cancelAt: int) =
    use whole = new TemporaryFolder()
    Assert.True((sideBySideTrainer whole.Path ignore).Run().Completed)
    use folder = new TemporaryFolder()
    use cancellation = new CancellationTokenSource()
    let first = sideBySideTrainer folder.Path (fun progress -> if progress.Step = int64 cancelAt then cancellation.Cancel())
    Assert.False((first.Run cancellation.Token).Completed)
    let second = sideBySideTrainer folder.Path ignore
    Assert.Equal(Nullable(int64 cancelAt), second.Resume())
    let result = second.Run()
    Assert.True result.Completed
    Assert.Equal(40L, result.Steps)
    let expected = allFiles whole.Path
    Assert.Contains(expected, fun (name, _) -> name.Contains(Path.Combine("per-layer", "layer-1")))
    Assert.Equal<(string * string) array>(expected, allFiles folder.Path)

[<Fact>]
let ``Of dictionaries side by side each is as if it were trained alone, for as many tokens as its plan says`` () =
    use folder = new TemporaryFolder()
    (sideBySideTrainer folder.Path ignore).Run() |> ignore
    for plan, steps in Array.zip (sideBySide ()) [| 40L; 25L; 33L |] do
        use alone = new TemporaryFolder()
        let engine = new LayeredEngine(plan, layers, 16)
        let result = DictionaryTrainer([| engine |], new Synthetic(forever, forever), training (), alone.Path).Run()
        Assert.Equal(steps, result.Steps)
        let x = Matrix(6 * layers, width)
        Philox(1UL, "held out").FillGaussian(x.Values, 1f)
        let codes (path: string) = (LayeredDictionary.Load(path, layers).Encode x).Values |> Array.map BitConverter.SingleToInt32Bits
        Assert.Equal<int array>(codes (Path.Combine(alone.Path, "dictionary")), codes (Path.Combine(folder.Path, "dictionary", plan.Name)))
