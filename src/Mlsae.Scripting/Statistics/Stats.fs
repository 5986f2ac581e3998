namespace Mlsae.Scripting

open System
open MathNet.Numerics.LinearRegression
open MathNet.Numerics.Statistics
open Mlsae.Metrics
open Mlsae.Numerics

/// A straight line through points by least squares, and the share of the variance that it explains.
type LinearFit =
    { Slope: Estimate
      Intercept: Estimate
      RSquared: Estimate }

/// How often shuffled data reach a statistic as large as the given data's, or as small, or as far from 0.
type PermutationTest =
    { Statistic: float
      Greater: float
      Less: float
      TwoSided: float
      Permutations: int }

/// The dips of uniform samples of one size, in ascending order.
type DipNull = { Count: int; Dips: float[] }

/// Hartigan's dip, and how often uniform samples of the same size have one as large.
type DipTest = { Dip: float; P: float; Samples: int }

/// Statistics with intervals and p values. All draws follow from the seed; NaN and infinity are refused with a sentence.
[<RequireQualifiedAccess>]
module Stats =

    let private check name (values: float[]) =
        if values.Length = 0 then
            invalidArg name "Statistics need at least one value."
        match values |> Array.tryFindIndex (Double.IsFinite >> not) with
        | Some index -> invalidArg name $"Value {index} is {values[index]}, but statistics need finite numbers."
        | None -> ()

    let private checkPairs (x: float[]) (y: float[]) =
        if x.Length <> y.Length then
            invalidArg (nameof y) $"{x.Length} values cannot be paired with {y.Length}."
        check (nameof x) x
        check (nameof y) y

    let private checkValue what value =
        if not (Double.IsFinite value) then
            invalidArg "statistic" $"The statistic of {what} is {value}: it has no value there."

    let private pick (values: float[]) (drawn: int[]) = drawn |> Array.map (fun i -> values[i])

    /// Several statistics of units, by indices, with bootstrap intervals. One that has no value on some resample, which may be a single point many times over, has no interval either.
    let private estimates seed units (statistics: int[] -> float[]) =
        let ofAll = statistics [| 0 .. units - 1 |]
        ofAll |> Array.iter (checkValue $"all {units} units")
        let isUndefined = Array.create ofAll.Length false
        let noted drawn =
            let values = statistics drawn
            values |> Array.iteri (fun i value -> if not (Double.IsFinite value) then isUndefined[i] <- true)
            values
        Bootstrap.Estimates(units, seed, noted)
        |> Array.mapi (fun i estimate -> if isUndefined[i] then Estimate.Exact(estimate.Mean, units) else estimate)

    /// Any statistic of a sample, with its 95 % bootstrap interval. It is called from several threads.
    let bootstrap seed (statistic: float[] -> float) (values: float[]) =
        check (nameof values) values
        (estimates seed values.Length (fun drawn -> [| statistic (pick values drawn) |]))[0]

    /// Any statistic of paired samples, with its 95 % bootstrap interval over pairs. It is called from several threads.
    let bootstrapPairs seed (statistic: float[] -> float[] -> float) (x: float[]) (y: float[]) =
        checkPairs x y
        (estimates seed x.Length (fun drawn -> [| statistic (pick x drawn) (pick y drawn) |]))[0]

    // Rounding must not make a correlation or slope out of equal values.
    let private isConstant (values: float[]) = values |> Array.forall ((=) values[0])

    let private correlation (measure: float[] * float[] -> float) x y = if isConstant x || isConstant y then nan else measure (x, y)

    /// Pearson's correlation with its interval over pairs.
    let pearson seed x y = bootstrapPairs seed (correlation Correlation.Pearson) x y

    /// Spearman's correlation of ranks, equal values sharing their mean rank, with its interval over pairs.
    let spearman seed x y = bootstrapPairs seed (correlation Correlation.Spearman) x y

    let private fit (x: float[]) (y: float[]) =
        if isConstant x then
            [| nan; nan; nan |]
        else
            let struct (intercept, slope) = SimpleRegression.Fit(x, y)
            [| slope; intercept; correlation Correlation.Pearson x y ** 2.0 |]

    /// The line y = slope · x + intercept with the least squares, with intervals over points.
    let linearFit seed (x: float[]) (y: float[]) =
        checkPairs x y
        match estimates seed x.Length (fun drawn -> fit (pick x drawn) (pick y drawn)) with
        | [| slope; intercept; rSquared |] -> { Slope = slope; Intercept = intercept; RSquared = rSquared }
        | other -> failwith $"Three estimates were expected, not {other.Length}."

    /// The values below which these shares of a sample lie, linear between neighbours.
    let quantiles (shares: float list) (values: float[]) =
        check (nameof values) values
        match shares |> List.tryFind (fun share -> not (share >= 0.0 && share <= 1.0)) with
        | Some share -> invalidArg (nameof shares) $"A quantile's share must lie between 0 and 1, not {share}."
        | None -> shares |> List.map (fun share -> Statistics.QuantileCustom(values, share, QuantileDefinition.R7))

    /// A copy in a uniformly random order: the shuffler of most permutation tests.
    let shuffled (random: Philox) (items: 'a[]) =
        let copy = Array.copy items
        random.Shuffle(copy.AsSpan())
        copy

    // The given data are one more of the orders that chance could have made, so p is never 0.
    let private share count permutations = float (1 + count) / float (1 + permutations)

    let private pValues observed (drawn: float[]) =
        // Orders with the same value in exact arithmetic may differ in the last bits.
        let slack = 1e-9 * (drawn |> Array.fold (fun most value -> max most (abs value)) (abs observed))
        let share isReached = share (drawn |> Array.filter isReached |> Array.length) drawn.Length
        { Statistic = observed
          Greater = share (fun value -> value >= observed - slack)
          Less = share (fun value -> value <= observed + slack)
          TwoSided = share (fun value -> abs value >= abs observed - slack)
          Permutations = drawn.Length }

    let private checkCount what count = if count < 1 then invalidArg "count" $"A p value needs at least one {what}, not {count}."

    /// A permutation test of any statistic: `shuffle` puts the data into one of the orders that are equally likely where there is no effect. The two-sided p value is of the distance
    /// from 0, so the statistic must be one that is 0 on average without an effect. Both are called from several threads.
    let permutationOf (seed: uint64) count (statistic: 'a -> float) (shuffle: Philox -> 'a -> 'a) (data: 'a) =
        checkCount "permutation" count
        let observed = statistic data
        checkValue "the data" observed
        let drawn = Array.Parallel.init count (fun i -> data |> shuffle (Philox(seed, "permutation", uint64 i)) |> statistic)
        drawn |> Array.iter (checkValue "permuted data")
        pValues observed drawn

    /// A permutation test of the difference of two samples' means, the first less the second.
    let permutation seed count (first: float[]) (second: float[]) =
        check (nameof first) first
        check (nameof second) second
        let difference (pooled: float[]) = Array.average pooled[.. first.Length - 1] - Array.average pooled[first.Length ..]
        Array.append first second |> permutationOf seed count difference shuffled

    /// The dips of so many uniform samples of this size. The uniform is what a sample with one hump comes closest to having two in.
    let dipNull (seed: uint64) samples size =
        checkCount "uniform sample" samples
        let dip i =
            let random = Philox(seed, "uniform samples", uint64 i)
            let values = Array.init size (fun _ -> random.NextDouble())
            HartigansDip.Of values
        { Count = size; Dips = Array.Parallel.init samples dip |> Array.sort }

    /// Hartigan's dip of a sample, against uniform samples drawn before: for many samples of one size.
    let dipAgainst (chance: DipNull) (values: float[]) =
        check (nameof values) values
        if values.Length <> chance.Count then
            invalidArg (nameof values) $"A sample of {values.Length} values cannot be compared with uniform samples of {chance.Count}."
        let dip = HartigansDip.Of values
        let reached = chance.Dips |> Array.filter (fun other -> other >= dip - 1e-12) |> Array.length
        { Dip = dip; P = share reached chance.Dips.Length; Samples = chance.Dips.Length }

    /// Hartigan's dip test: a small p value says that one hump is too few. The p value is against so many uniform samples of the same size.
    let dip seed samples (values: float[]) =
        check (nameof values) values
        dipAgainst (dipNull seed samples values.Length) values
