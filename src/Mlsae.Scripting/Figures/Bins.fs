namespace Mlsae.Scripting

open System

/// Bins of equal width over [low, high].
type internal Bins = { Count: int; Low: float; High: float }

/// Values counted by bin.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Bins =

    /// So many bins over a range; none, or a range without width, is refused.
    let create count low high =
        if count < 1 || not (high > low && Double.IsFinite low && Double.IsFinite high) then
            invalidArg (nameof count) $"A histogram needs at least one bin and high > low, but has {count} bins over {low} .. {high}."
        { Count = count; Low = low; High = high }

    let private width bins = (bins.High - bins.Low) / float bins.Count

    /// The middle of each bin.
    let middles bins = Array.init bins.Count (fun bin -> bins.Low + (float bin + 0.5) * width bins)

    /// The bin of a value; the upper end belongs to the last. None outside, and for NaN.
    let private find bins value =
        if value >= bins.Low && value <= bins.High then ValueSome(min (bins.Count - 1) (int ((value - bins.Low) / width bins))) else ValueNone

    /// How many values lie in each bin.
    let count bins (values: float seq) =
        let counts = Array.zeroCreate<float> bins.Count
        for value in values do
            find bins value |> ValueOption.iter (fun bin -> counts[bin] <- counts[bin] + 1.0)
        counts

    /// How many points lie in each cell: a row for each bin of y, from the lowest.
    let count2d x y (points: (float * float) seq) =
        let counts = Array.init y.Count (fun _ -> Array.zeroCreate<int64> x.Count)
        for px, py in points do
            match find x px, find y py with
            | ValueSome column, ValueSome row -> counts[row][column] <- counts[row][column] + 1L
            | _ -> ()
        counts
