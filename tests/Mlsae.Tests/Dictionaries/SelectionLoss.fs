/// The losses of the kinds that keep a number of latents, in double, straight from their definitions, and their central differences.
module Mlsae.Tests.Dictionaries.SelectionLoss

open System
open Xunit
open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Tests.Assertions

/// Parameters in double, to be moved one by one.
type Parameters =
    { Encoder: float[,]; Decoder: float[,]; PreBias: float[]; EncoderBias: float[] }

let parametersOf (dictionary: SparseDictionary) =
    let toDouble (matrix: Matrix) = Array2D.init matrix.Rows matrix.Columns (fun i j -> float matrix[i, j])
    { Encoder = toDouble dictionary.Encoder
      Decoder = toDouble dictionary.Decoder
      PreBias = Array.map float dictionary.PreBias
      EncoderBias =
        match dictionary.EncoderBias with
        | null -> Array.zeroCreate dictionary.LatentCount
        | bias -> Array.map float bias }

/// Σ(value − mean)² over some rows, the mean per component.
let private deviations rows width (value: int -> int -> float) =
    Seq.sum (
        seq {
            for i in 0 .. width - 1 do
                let mean = rows |> Seq.averageBy (fun row -> value row i)
                for row in rows -> (value row i - mean) ** 2.0
        }
    )

/// The corrected loss of a batch. The latents chosen and AuxK's target are given: the loss has no derivative by either.
type SelectionLoss(config: SelectionConfig, layerCount: int, x: Matrix, top: SparseRows, aux: SparseRows) =
    let parts, width = config.Parts, config.ModelDim / config.Parts
    let layers = layerCount * parts
    let vectors = x.Reshape(x.Rows * parts, width)

    let standardised =
        Array.init vectors.Rows (fun row ->
            if config.Standardize then
                let result = Array.zeroCreate<float> width
                let struct (mean, scale) = Reference.Standardize(vectors.Row row, result)
                result, mean, scale
            else
                Array.map float (vectors.Row(row).ToArray()), 0.0, 1.0)

    let input row = Array.concat [ for part in row * parts .. (row + 1) * parts - 1 -> (let xs, _, _ = standardised[part] in xs) ]
    let inputs = Array.init x.Rows input

    let chosen (codes: SparseRows) row =
        Array.zip (codes.RowIndices(row).ToArray()) (codes.RowValues(row).ToArray())
        |> Array.choose (fun (latent, value) -> if value > 0f then Some latent else None)

    let decode (p: Parameters) latents row =
        let y = Array.zeroCreate<float> config.ModelDim
        for latent in latents do
            let mutable a = p.EncoderBias[latent]
            for i in 0 .. y.Length - 1 do
                a <- a + p.Encoder[latent, i] * (inputs[row][i] - p.PreBias[i])
            for i in 0 .. y.Length - 1 do
                y[i] <- y[i] + max 0.0 a * p.Decoder[latent, i]
        y

    let prefixes =
        match config with
        | :? MatryoshkaConfig as matryoshka -> matryoshka.PrefixSizes()
        | _ -> [| config.LatentCount |]

    /// The error's loss of what the latents below a number make of the batch.
    let prefixLoss (p: Parameters) size =
        let outputs = Array.init x.Rows (fun row -> decode p (chosen top row |> Array.filter (fun latent -> latent < size)) row)
        Seq.average (
            seq {
                for layer in 0 .. layers - 1 do
                    let rows = [ layer..layers .. vectors.Rows - 1 ]
                    let error =
                        rows
                        |> Seq.sumBy (fun row ->
                            let _, mean, scale = standardised[row]
                            let start = row % parts * width
                            Seq.sum (seq { for i in 0 .. width - 1 -> ((outputs[row / parts][start + i] + p.PreBias[start + i]) * scale + mean - float vectors[row, i]) ** 2.0 }))
                    match config.Loss with
                    | ReconstructionLoss.Fvu -> error / deviations rows width (fun row i -> float vectors[row, i])
                    | ReconstructionLoss.SquaredNorm -> error / float rows.Length
                    | _ -> error / float (rows.Length * width)
            }
        )

    /// What AuxK reconstructs: what the decoder leaves of the encoder's input.
    member _.Target(p: Parameters) =
        Array2D.init x.Rows config.ModelDim (fun row i -> inputs[row][i] - p.PreBias[i] - (decode p (chosen top row) row)[i])

    member _.Value(p: Parameters, target: float[,] option) =
        let mse = prefixes |> Array.averageBy (prefixLoss p)
        match target with
        | None -> mse
        | Some e ->
            let rows = [ 0 .. x.Rows - 1 ]
            let error =
                rows
                |> Seq.sumBy (fun row ->
                    let y = decode p (chosen aux row) row
                    Seq.sum (seq { for i in 0 .. config.ModelDim - 1 -> (y[i] - e[row, i]) ** 2.0 }))
            mse + config.AuxKCoefficient * error / deviations rows config.ModelDim (fun row i -> e[row, i])

/// (f(v + h) − f(v − h)) / 2h
let slope (set: float -> unit) (value: float) (f: unit -> float) =
    let h = 1e-5
    set (value + h)
    let above = f ()
    set (value - h)
    let below = f ()
    set value
    (above - below) / (2.0 * h)

/// Takes one more step of an engine and holds its loss and every gradient to their definition. `bound` is absolute.
let checkGradients bound (engine: CpuTopKEngine) (x: Matrix) =
    let config = engine.Config :?> SelectionConfig
    let n, d = config.LatentCount, config.ModelDim
    let p = parametersOf (engine.Export())
    let dead = engine.Ages.DeadCount > 0
    let record = GradientRecord(n, d)
    engine.Gradients <- record
    let report = engine.Step(x, 100L)
    let loss = SelectionLoss(config, engine.LayerCount, x, engine.Codes, engine.AuxCodes)
    let target = if dead && config.AuxK > 0 then Some(loss.Target p) else None
    Assert.Equal(target.IsSome, (report.LossAuxK > 0.0))
    let value () = loss.Value(p, target)
    assertClose (bound / 2.0) "loss" (value ()) report.Loss
    let hold name expected (actual: float32) = assertClose bound name expected (float actual)
    for latent in 0 .. n - 1 do
        for i in 0 .. d - 1 do
            hold $"encoder [{latent},{i}]" (slope (fun v -> p.Encoder[latent, i] <- v) p.Encoder[latent, i] value) record.Encoder[latent, i]
            hold $"decoder [{latent},{i}]" (slope (fun v -> p.Decoder[latent, i] <- v) p.Decoder[latent, i] value) record.Decoder[latent, i]
        if config.EncoderBias then
            hold $"encoder bias [{latent}]" (slope (fun v -> p.EncoderBias[latent] <- v) p.EncoderBias[latent] value) (record.PerLatent "encoder_bias").[latent]
    for i in 0 .. d - 1 do
        hold $"pre-bias [{i}]" (slope (fun v -> p.PreBias[i] <- v) p.PreBias[i] value) record.PreBias[i]
