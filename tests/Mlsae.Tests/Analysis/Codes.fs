/// Codes and tokens made by hand or drawn, for the tests of analyses.
module Mlsae.Tests.Analysis.Codes

open System
open System.Collections.Generic
open System.IO
open Mlsae.Metrics
open Mlsae.Numerics
open Mlsae.Storage
open Mlsae.Transformers

/// Codes from what each row holds: latents with their values.
let codesOf (rows: (int * float32) list list) =
    let codes = SparseRows(ReadOnlySpan [| for row in rows -> row.Length |])
    rows |> List.iteri (fun i row ->
        row |> List.iteri (fun entry (latent, value) ->
            codes.RowIndices(i)[entry] <- latent
            codes.RowValues(i)[entry] <- value))
    codes

/// Codes of k of n latents at L layers of some tokens, with values in (0, 1] or, where `signed`, normal ones.
let drawnCodes (random: Philox) (layers, latents, k) tokens signed =
    codesOf
        [ for _ in 1 .. tokens * layers do
              let chosen = Array.init latents id
              random.Shuffle(Span chosen)
              [ for latent in Array.take k chosen -> latent, (if signed then float32 (random.NextGaussian()) else 1f - random.NextSingle()) ] ]

/// Tokens of some sequences of one length, of which none are special, with given vectors and codes.
let encoded first sequences length (vectors: Matrix) codes =
    EncodedTokens(TokenBatch(Array.init (sequences * length) (fun i -> first * length + i), sequences, length), Array.init (sequences * length) id, first, vectors, codes)

/// The same codes, sequence by sequence, each in a batch of its own.
let bySequence layers length (codes: SparseRows) =
    let rows = length * layers
    [ for sequence in 0 .. codes.Rows / rows - 1 ->
          let own = codes.Select(ReadOnlySpan [| for row in 0 .. rows - 1 -> sequence * rows + row |])
          encoded sequence 1 length (Matrix(rows, 1)) own ]

/// All of some codes in one batch.
let together layers length (codes: SparseRows) = encoded 0 (codes.Rows / (length * layers)) length (Matrix(codes.Rows, 1)) codes

let private bytes (sums: ITextSums) = [ for tensor in sums.SaveState() -> tensor.Name, tensor.Bytes.ToArray() ]

/// Sums that were saved after each batch and gone on from in another object end in the same bytes as sums in one go, and so do sums of one large batch.
let assertResumes (make: unit -> ITextSums) (batches: EncodedTokens list) (whole: EncodedTokens) =
    let straight = make ()
    straight.Add whole
    let resumed =
        (make (), batches)
        ||> List.fold (fun sums batch ->
            sums.Add batch
            let next = make ()
            use state = new TensorSet(sums.SaveState())
            next.RestoreState state
            next)
    Xunit.Assert.Equal<(string * byte[]) list>(bytes straight, bytes resumed)

/// Sums refuse the state of sums of another size, with a message that names a tensor.
let assertRefusesState (sums: ITextSums) (other: ITextSums) =
    use state = new TensorSet(other.SaveState(), "elsewhere")
    let problem = Xunit.Assert.Throws<InvalidDataException>(fun () -> sums.RestoreState state)
    Xunit.Assert.Contains("elsewhere", problem.Message)
