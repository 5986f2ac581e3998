/// What the dictionaries with a sparsity term mean, in double, straight from their definitions, and small ones to hold against that.
module Mlsae.Tests.Dictionaries.SparsityDefinitions

open Mlsae.Dictionaries
open Mlsae.Dictionaries.Engines
open Mlsae.Numerics
open Mlsae.Storage

let adam = AdamConfig(LearningRate = 1e-2)
let latentCount = 20

/// A small configuration of each kind, its layers, and its name in the tests.
let config (name: string) : SparsityConfig * int =
    match name with
    | "relu" -> ReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Seed = 7UL, Adam = adam), 2
    | "relu crosscoder" -> ReluConfig(ModelDim = 8, Parts = 2, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Seed = 7UL, Adam = adam), 1
    | "relu raw" ->
        ReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Seed = 7UL, Adam = adam, Standardize = false, Loss = ReconstructionLoss.SquaredNorm), 2
    | "tied-relu" -> TiedReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Seed = 7UL, Adam = adam), 2
    | "tied-relu centred" -> TiedReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Seed = 7UL, Adam = adam, PreBias = PreBiasStart.Mean), 2
    | "jumprelu" -> JumpReluConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Bandwidth = 0.3, InitialThreshold = 0.2, Seed = 7UL, Adam = adam), 2
    | "gated" -> GatedConfig(ModelDim = 6, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Seed = 7UL, Adam = adam), 2
    | "gated crosscoder" -> GatedConfig(ModelDim = 8, Parts = 2, LatentCount = latentCount, Sparsity = 0.03, InitialBias = -0.1, Seed = 7UL, Adam = adam), 1
    | _ -> invalidArg (nameof name) name

let names = [ "relu"; "relu crosscoder"; "relu raw"; "tied-relu"; "tied-relu centred"; "jumprelu"; "gated"; "gated crosscoder" ]

let engine (config: SparsityConfig, layers: int) = DictionaryEngine.Create(config, layers) :?> CpuEngine

/// Vectors of ten rows; odd components have a mean.
let batch (config: SparsityConfig) seed =
    let x = Matrix(10, config.ModelDim)
    Philox(uint64 seed, "batch").FillGaussian(x.Values, 2f)
    for i in 0 .. x.Values.Length - 1 do
        x.Values[i] <- x.Values[i] + float32 (i % config.ModelDim)
    x

/// An engine some steps into training.
let trained (config: SparsityConfig, layers: int) steps =
    let engine = engine (config, layers)
    for _ in 1..steps do
        engine.Step(batch config 1, 100L) |> ignore
    engine

/// The parameters of an engine in double, to be changed in place.
type Parameters =
    { Encoder: float[][]
      Decoder: float[][]
      PreBias: float[][]
      PerLatent: Map<string, float[][]> }

let parameters (engine: CpuEngine) =
    use state = new TensorSet(engine.SaveState())
    let d = engine.Config.ModelDim
    let matrix name = state.ReadFloats name |> Array.map float |> Array.chunkBySize d
    { Encoder = matrix "encoder"
      Decoder = matrix "decoder"
      PreBias = matrix "pre_bias"
      PerLatent =
        Map [ for name in [ "encoder_bias"; "threshold"; "gate_bias"; "log_scale" ] do
                  if state.Contains name then
                      name, [| state.ReadFloats name |> Array.map float |] ] }

let private dot (a: float[]) (b: float[]) = Array.fold2 (fun sum x y -> sum + x * y) 0.0 a b

/// x in standardised units, each part by itself, and what brings it back.
let private standardised (config: SparsityConfig) (x: Matrix) row =
    let width = config.ModelDim / config.Parts
    let parts =
        [| for part in 0 .. config.Parts - 1 do
               let result = Array.zeroCreate<float> width
               let values = x.Row(row).Slice(part * width, width)
               if config.Standardize then
                   let struct (mean, scale) = Reference.Standardize(values, result)
                   result, mean, scale
               else
                   values.ToArray() |> Array.map float, 0.0, 1.0 |]
    parts |> Array.collect (fun (xs, _, _) -> xs), (fun (y: float[]) -> Array.init config.ModelDim (fun i -> let _, mean, scale = parts[i / width] in y[i] * scale + mean))

/// The error's part of the loss for given codes z [N × n].
let errorLoss (config: SparsityConfig, layerCount: int) (x: Matrix) (decoder: float[][]) (preBias: float[]) (z: float[][]) =
    let d, width, layers = config.ModelDim, config.ModelDim / config.Parts, layerCount * config.Parts
    let value row i = float x[row, i]
    let errors =
        Array.init x.Rows (fun row ->
            let _, back = standardised config x row
            let y = back (Array.init d (fun i -> preBias[i] + Seq.sum (seq { for j in 0 .. latentCount - 1 -> z[row][j] * decoder[j][i] })))
            Array.init d (fun i -> (y[i] - value row i) ** 2.0))
    // Of one layer: the rows of its vectors and the columns of its part.
    let layer l = [ l % layerCount .. layerCount .. x.Rows - 1 ], [ l / layerCount * width .. (l / layerCount + 1) * width - 1 ]
    let error l = let rows, columns = layer l in Seq.sum (seq { for row in rows do for i in columns -> errors[row][i] })
    let variance l =
        let rows, columns = layer l
        Seq.sum (seq { for i in columns do
                           let mean = rows |> Seq.averageBy (fun row -> value row i)
                           for row in rows -> (value row i - mean) ** 2.0 })
    match config.Loss with
    | ReconstructionLoss.Fvu -> Seq.average (seq { for l in 0 .. layers - 1 -> error l / variance l })
    | _ -> Seq.sum (seq { for l in 0 .. layers - 1 -> error l }) / float (x.Rows * config.Parts)

/// The codes, the sparsity term before λ, and what the gates alone would put in the place of the codes.
let encode (config: SparsityConfig) (p: Parameters) (x: Matrix) =
    let perLatent name (j: int) = p.PerLatent[name].[0].[j]
    let rows = match config with :? TiedReluConfig -> p.Encoder |> Array.map (fun e -> e |> Array.map (fun v -> v / sqrt (dot e e))) | _ -> p.Encoder
    let u =
        Array.init x.Rows (fun row ->
            let xs, _ = standardised config x row
            let centred = Array.map2 (-) xs p.PreBias[0]
            rows |> Array.map (dot centred))
    let each f = u |> Array.map (Array.mapi f)
    let relu j u = max 0.0 (u + perLatent "encoder_bias" j)
    match config with
    | :? JumpReluConfig ->
        let z = each (fun j u -> let a = u + perLatent "encoder_bias" j in if a > perLatent "threshold" j then a else 0.0)
        z, z |> Array.map (Array.map (fun v -> if v > 0.0 then 1.0 else 0.0)), None
    | :? GatedConfig ->
        let gates = each (fun j u -> max 0.0 (u + perLatent "gate_bias" j))
        let magnitudes = each (fun j u -> relu j (exp (perLatent "log_scale" j) * u))
        Array.map2 (Array.map2 (fun gate a -> if gate > 0.0 then a else 0.0)) gates magnitudes, gates, Some gates
    | _ -> let z = each relu in z, z, None

/// The whole loss. The frozen parameters are those that a gated dictionary's second error decodes with.
let loss (config: SparsityConfig, layers: int) (frozen: Parameters) (x: Matrix) step (p: Parameters) =
    let z, counted, gates = encode config p x
    let decoder = match config with :? TiedReluConfig -> p.Encoder |> Array.map (fun e -> e |> Array.map (fun v -> v / sqrt (dot e e))) | _ -> p.Decoder
    let error = errorLoss (config, layers) x decoder p.PreBias[0] z
    let sparsity = config.SparsityAt step * (counted |> Array.averageBy Array.sum)
    let second = match gates with Some gates -> errorLoss (config, layers) x frozen.Decoder frozen.PreBias[0] gates | None -> 0.0
    error + sparsity + second
