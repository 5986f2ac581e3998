namespace Mlsae.Scripting

open System.Text.Json
open Mlsae.Storage

/// What one logged step of a training says of itself.
type TrainingStep =
    { Dictionary: string
      Step: int64
      Tokens: int64
      Vectors: int64
      Seconds: float
      Loss: float
      LossMse: float
      LossAuxK: float
      Fvu: float
      FvuLayers: float[]
      L0: float
      L0Layers: float[]
      DeadFraction: float
      LearningRate: float
      VectorsPerSecond: float }

/// The curves of a training, from a run's metrics.jsonl.
[<RequireQualifiedAccess>]
module Training =

    let private parse (root: JsonElement) =
        // A field that a training did not log, or logged as null, is left out of the curves.
        let field (name: string) =
            match root.TryGetProperty name with
            | true, value when value.ValueKind <> JsonValueKind.Null -> Some value
            | _ -> None
        let real (value: JsonElement) = if value.ValueKind = JsonValueKind.Number then value.GetDouble() else nan
        let number name = field name |> Option.map real |> Option.defaultValue nan
        let whole name = field name |> Option.map _.GetInt64() |> Option.defaultValue 0L
        let numbers name = field name |> Option.map (fun v -> [| for e in v.EnumerateArray() -> real e |]) |> Option.defaultValue [||]
        let dictionary = field "dictionary" |> Option.map _.GetString() |> Option.defaultValue ""
        { Dictionary = dictionary; Step = whole "step"; Tokens = whole "tokens"; Vectors = whole "vectors"; Seconds = number "seconds"
          Loss = number "loss"; LossMse = number "loss_mse"; LossAuxK = number "loss_auxk"
          Fvu = number "fvu"; FvuLayers = numbers "fvu_layers"; L0 = number "l0"; L0Layers = numbers "l0_layers"
          DeadFraction = number "dead_fraction"; LearningRate = number "learning_rate"; VectorsPerSecond = number "vectors_per_second" }

    /// The logged steps of a metrics.jsonl.
    let read (path: string) = MetricsLog.Read path |> Seq.map parse |> Array.ofSeq

    // A screen shows no more points than this.
    let private thin (steps: TrainingStep[]) =
        let every = max 1 (steps.Length / 1000)
        steps |> Array.indexed |> Array.filter (fun (i, _) -> i % every = 0 || i = steps.Length - 1) |> Array.map snd

    let private points value (steps: TrainingStep[]) =
        [ for step in steps do
              let y = value step
              if not (System.Double.IsNaN y) then float step.Vectors, y ]

    let private layers (values: TrainingStep -> float[]) (steps: TrainingStep[]) =
        let count = steps |> Array.fold (fun most step -> max most (values step).Length) 0
        [ for layer in 0 .. count - 1 ->
              $"layer {layer}", points (fun step -> if layer < (values step).Length then (values step)[layer] else nan) steps ]

    let private labels y = "activation vectors trained on", y

    let private caption (steps: TrainingStep[]) =
        let last = Array.last steps
        $"Each point is one batch: {steps.Length} logged steps up to step {last.Step:N0}, {last.Vectors:N0} vectors in {last.Seconds:N0} s."

    /// Loss with its parts, FVU and L0 by layer, and the share of dead latents, against vectors trained on.
    let figures (steps: TrainingStep[]) =
        if steps.Length = 0 then
            []
        else
            let last, shown = Array.last steps, thin steps
            let loss =
                [ "loss", points _.Loss shown; "reconstruction part", points _.LossMse shown
                  "AuxK part", points (fun s -> if s.LossAuxK > 0.0 then s.LossAuxK else nan) shown ]
                |> List.filter (fun (_, curve) -> curve <> [])
            [ Figure.line $"The loss ends at {Table.format last.Loss}" (labels "loss (share of variance)") loss |> Figure.logY |> Figure.named "training-loss"
              Figure.line $"The fraction of variance unexplained ends at {Table.format last.Fvu}" (labels "FVU")
                  (layers _.FvuLayers shown @ [ "mean of layers", points _.Fvu shown ])
              |> Figure.logY |> Figure.named "training-fvu"
              Figure.line $"{Table.format last.L0} latents are active for a vector at the end" (labels "L0 (active latents a vector)")
                  (layers _.L0Layers shown @ [ "mean of layers", points _.L0 shown ])
              |> Figure.fromZero |> Figure.named "training-l0"
              Figure.line $"{Table.text (Cell.Percent last.DeadFraction)} of the latents are dead at the end" (labels "share of latents that are dead")
                  [ "", points _.DeadFraction shown ]
              |> Figure.fromZero |> Figure.named "training-dead-latents" ]
            |> List.map (Figure.caption (caption steps))

    /// FVU, L0 and dead latents of dictionaries that were trained side by side, each a curve.
    let sideBySide (steps: TrainingStep[]) =
        let curves value = [ for name, own in Array.groupBy _.Dictionary steps -> name, points value (thin own) ]
        [ Figure.line "Fraction of variance unexplained" (labels "FVU, mean of layers") (curves _.Fvu) |> Figure.logY |> Figure.named "training-fvu"
          Figure.line "Active latents" (labels "L0 (active latents a vector)") (curves _.L0) |> Figure.logY |> Figure.named "training-l0"
          Figure.line "Dead latents" (labels "share of latents that are dead") (curves _.DeadFraction) |> Figure.fromZero |> Figure.named "training-dead-latents" ]
        |> List.map (Figure.caption (caption steps))

    /// In sentences: where each dictionary's training ended.
    let findings (steps: TrainingStep[]) =
        [ for name, own in Array.groupBy _.Dictionary steps do
              let last = Array.last own
              $"{name}: FVU {Table.format last.Fvu}, L0 {Table.format last.L0} and {Table.text (Cell.Percent last.DeadFraction)} dead latents after {last.Step:N0} steps, {last.Vectors:N0} vectors in {last.Seconds:N0} s." ]
