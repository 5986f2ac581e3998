namespace Mlsae.Scripting

open System
open Mlsae.Analysis.Causal
open Mlsae.Metrics
open Mlsae.Pipelines.Analyses

/// What the model writes with a latent turned up: the analysis steering.
[<RequireQualifiedAccess>]
module SteeredTexts =

    let private way (curve: SteeringCurve) =
        let how = match curve.Mode with SteeringMode.Add -> "added" | _ -> "pinned"
        match List.ofSeq curve.Layers with
        | [ one ] -> $"{how} at layer {one}"
        | several -> $"{how} at layers {several.Head} to {List.last several}"

    let private curves title unit (choose: SteeringPoint -> Estimate option) (latent: SteeredLatent) =
        [ for curve in latent.Curves do
              let points = [ for point in curve.Points do match choose point with Some estimate -> point.Strength, estimate | None -> () ]
              if not points.IsEmpty then
                  Line(Figure.estimates (way curve) (Numbers [| for strength, _ in points -> strength |]) [| for _, estimate in points -> estimate |]) ]
        |> Figure.create title ("strength", unit)
        |> Figure.fromZero

    let private telling (latent: SteeredLatent) =
        match Option.ofObj latent.Fact with
        | Some fact -> [ curves fact "share of new tokens" (fun point -> Option.ofObj point.Telling) latent |> Figure.referenceY latent.Prior.Value "in text" ]
        | None -> []

    /// Effect against strength, and its price, for each way of turning one latent up.
    let effect (result: SteeringResult) (latent: SteeredLatent) =
        [ yield! telling latent
          curves "The latent fires" "share of new tokens" (fun point -> Some point.Fires) latent
          curves "Cross-entropy" "nats a token" (fun point -> Some point.CrossEntropy) latent ]
        |> Figure.multiples $"Latent {LogitEffects.label latent.Latent} turned up" 3
        |> Figure.height 270
        |> Figure.named $"steering-{latent.Latent.Latent}"
        |> Figure.caption (
            $"Texts of {result.Config.NewTokens} tokens after “{result.Config.Prompt}”, n = {result.Config.Samples} at each strength, with the same seeds; bands: 95 %% bootstrap intervals over texts. "
            + $"Strength: multiples of the latent's largest value at the layer, {latent.Largest[latent.Latent.Layer]:F1} at layer {latent.Latent.Layer}. "
            + "Firing and cross-entropy are of the untouched model that reads the text, the latent at its own layer. What a token is, is told from it and the one before alone.")

    /// The first text at each strength, side by side.
    let texts (latent: SteeredLatent) =
        let texts = [ for curve in latent.Curves do for point in curve.Points do match Seq.tryHead point.Texts with Some text -> curve, point, text | None -> () ]
        [ for curve, point, text in texts -> [ Cell.Text(way curve); Cell.Number point.Strength; Cell.Code text ] ]
        |> Table.create $"Texts with latent {LogitEffects.label latent.Latent} turned up" [ "latent"; "strength"; "text" ]
        |> Table.caption "The first of the texts, all with the same seed."

    /// All curves in numbers.
    let table (result: SteeringResult) =
        [ for latent in result.Latents do
              for curve in latent.Curves do
                  for point in curve.Points do
                      let telling = match Option.ofObj point.Telling with Some estimate -> Cell.PercentInterval estimate | None -> Cell.Text ""
                      [ Cell.Text(LogitEffects.label latent.Latent); Cell.Text(way curve); Cell.Number point.Strength; telling; Cell.PercentInterval point.Fires; Cell.Interval point.CrossEntropy ] ]
        |> Table.create "Effect and price" [ "latent"; "how"; "strength"; "tokens with its fact"; "tokens on which it fires"; "cross-entropy, nats" ]
        |> Table.caption $"n = {result.Config.Samples} texts of {result.Config.NewTokens} tokens each; in brackets 95 %% bootstrap intervals over texts."

    /// The point of the largest effect: the share with the fact, or where none is known the share on which the latent fires.
    let private effectOf (point: SteeringPoint) = match Option.ofObj point.Telling with Some telling -> telling | None -> point.Fires

    let private sentence (result: SteeringResult) (latent: SteeredLatent) =
        let points = [ for curve in latent.Curves do for point in curve.Points -> curve, point ]
        let _, untouched = points |> List.find (fun (_, point) -> point.Strength = 0.0)
        let curve, best = points |> List.filter (fun (_, point) -> point.Strength > 0.0) |> List.maxBy (fun (_, point) -> (effectOf point).Mean)
        let what = match Option.ofObj latent.Fact with Some fact -> $"tokens that are {fact}" | None -> "tokens on which it fires"
        let percent estimate = Table.text (Cell.PercentInterval estimate)
        let interval estimate = Table.text (Cell.Interval estimate)
        let verdict = if (effectOf best).Mean > (effectOf untouched).Mean then $"{what} go from" else $"{what} never become more:"
        $"Latent {LogitEffects.label latent.Latent}, {way curve} with {Table.format best.Strength} times its largest value: {verdict} {percent (effectOf untouched)} to {percent (effectOf best)}, "
        + $"the cross-entropy of the text from {interval untouched.CrossEntropy} to {interval best.CrossEntropy} nats (n = {result.Config.Samples} texts)."

    /// In sentences, one for each latent.
    let findings (result: SteeringResult) = [ for latent in result.Latents -> sentence result latent ]

    /// Figures and tables.
    let blocks (result: SteeringResult) =
        [ for latent in result.Latents do
              Block.Drawing(effect result latent)
              Block.Tabular(texts latent)
          Block.Tabular(table result) ]

    /// The answer: sentences, figures, tables.
    let section (result: SteeringResult) : Section =
        { Title = "Text with a latent turned up"; Blocks = [ for sentence in findings result -> Block.Paragraph sentence ] @ blocks result }
