namespace Mlsae.Scripting

open System
open System.Collections.Generic
open Mlsae.Analysis.Causal
open Mlsae.Metrics
open Mlsae.Pipelines.Analyses

/// What taking latents away does to the output, beside their direct logit weights: the analysis logit-effects.
[<RequireQualifiedAccess>]
module LogitEffects =

    let private panelTokens = 5

    /// What a way of taking a latent away is called.
    let kindName kind =
        match kind with
        | AblationKind.LessThanRankOne -> "less than rank one"
        | AblationKind.Threshold -> "to the threshold"
        | AblationKind.Zero -> "zero"
        | _ -> "mean"

    /// The fact that a latent was chosen for, or tells best.
    let fact (latent: ChosenLatent) = Option.ofObj latent.Told |> Option.map (fun told -> told.Concept, told.F1)

    /// A latent by its number and fact.
    let label (latent: ChosenLatent) =
        match fact latent with
        | Some(concept, _) -> $"{latent.Latent} ({concept})"
        | None -> string latent.Latent

    /// A latent at the layer it was chosen at.
    let private own (latent: LatentLogitEffects) = latent.Layers |> Seq.find (fun at -> at.Layer = latent.Latent.Layer)

    let private lessThanRankOne (at: LayerLogitEffects) = at.Ablations |> Seq.find (fun ablation -> ablation.Kind = AblationKind.LessThanRankOne)

    let private ofKind kind (at: LayerLogitEffects) = at.Ablations |> Seq.tryFind (fun ablation -> ablation.Kind = kind)

    let private interval estimate = Table.text (Cell.Interval estimate)

    let private bars (latent: LatentLogitEffects) =
        let at = own latent
        let ablation = lessThanRankOne at
        let shown = [| yield! Seq.truncate panelTokens ablation.Promoted; yield! Seq.truncate panelTokens ablation.Suppressed |> Seq.rev |]
        [ Bars(Figure.estimates "" (Labels [| for token in shown -> token.Text |]) [| for token in shown -> token.Effect |]) ]
        |> Figure.create $"{label latent.Latent}, layer {at.Layer}" ("", "nats")

    /// The tokens whose log-probability falls most, and rises most, when each latent is taken away at its own layer.
    let promoted (result: LogitEffectsResult) =
        let tokens = String.Join(", ", [ for latent in result.Latents -> string (own latent).Tokens ])
        result.Latents
        |> Seq.map bars
        |> List.ofSeq
        |> Figure.multiples "Tokens that latents promote and suppress" 2
        |> Figure.height (60 + 190 * ((result.Latents.Count + 1) / 2))
        |> Figure.named "promoted-tokens"
        |> Figure.caption (
            $"Log-probability with the latent less that without it, less than rank one: up promoted, down suppressed. Mean over n = {tokens} tokens where it is active, of at most {result.Config.Contexts} contexts; "
            + $"lines: 95 %% bootstrap intervals over contexts. Of the n = {result.RankedTokens:N0} tokens that stand at least {result.Config.FewestOccurrences} times in {result.TextTokens:N0} tokens of held-out text.")

    let private curves title unit choose (result: LogitEffectsResult) =
        [ for latent in result.Latents ->
              let layers = Numbers [| for at in latent.Layers -> float at.Layer |]
              Line(Figure.estimates (label latent.Latent) layers [| for at in latent.Layers -> choose (lessThanRankOne at) |]) ]
        |> Figure.create title ("layer", unit)

    /// How far the direct weights tell the effects, and how large the effects are, layer by layer.
    let byLayer (result: LogitEffectsResult) =
        [ result |> curves "Rank correlation with direct logit weights" "Spearman's correlation" _.DirectRankCorrelation
          result |> curves "Change of the predictions" "KL, nats a token" _.Kl |> Figure.fromZero ]
        |> Figure.multiples "Effects of latents by the layer at which they are taken away" 2
        |> Figure.height 400
        |> Figure.named "effects-by-layer"
        |> Figure.caption (
            $"Less than rank one, at tokens where the latent is active there, of at most {result.Config.Contexts} contexts; bands: 95 %% bootstrap intervals over contexts. "
            + $"Correlations are over n = {result.RankedTokens:N0} tokens of the vocabulary. A layer is shown where the latent lives: active on {LatentText.FewestTokens} tokens at least.")

    let private against (numbers: int -> int -> IReadOnlyList<LogitEffectRow>) (latent: LatentLogitEffects) =
        let rows = numbers latent.Latent.Latent latent.Latent.Layer |> List.ofSeq
        let find kind = (rows |> List.find (fun row -> row.Kind = kind)).OnTokens
        let effects, direct = find (Nullable AblationKind.LessThanRankOne), find (Nullable())
        Figure.scatter $"{label latent.Latent} at layer {latent.Latent.Layer}" ("direct logit weight", "effect, nats")
            [ "", Array.map2 (fun (weight: float32) (effect: float32) -> float weight, float effect) direct effects ]

    /// The effect on every token of the vocabulary against the direct weight.
    let againstDirect numbers (result: LogitEffectsResult) =
        result.Latents
        |> Seq.map (against numbers)
        |> List.ofSeq
        |> Figure.multiples "Effects on all tokens against direct logit weights" 3
        |> Figure.named "effects-and-direct-weights"
        |> Figure.caption "A point for each token of the vocabulary, rare ones too. Effects: less than rank one, nats of log-probability, mean over tokens where the latent is active. Direct weights have median 0."

    let private names (tokens: TokenEffect seq) = tokens |> Seq.truncate 4 |> Seq.map _.Text |> String.concat " "

    /// All latents and layers, less than rank one; at a latent's own layer all ways of taking it away.
    let table (result: LogitEffectsResult) =
        [ for latent in result.Latents do
              for at in latent.Layers do
                  for ablation in at.Ablations |> Seq.filter (fun ablation -> at.Layer = latent.Latent.Layer || ablation.Kind = AblationKind.LessThanRankOne) do
                      [ Cell.Text(label latent.Latent); Cell.Text(string at.Layer); Cell.Text(kindName ablation.Kind); Cell.Count(int64 at.Contexts); Cell.Count(int64 at.Tokens)
                        Cell.Count(int64 ablation.Unsolved); Cell.Interval ablation.Kl; Cell.Interval ablation.DeltaCrossEntropy; Cell.Interval ablation.DirectRankCorrelation
                        Cell.Code(names ablation.Promoted); Cell.Code(names ablation.Suppressed) ] ]
        |> Table.create "Latents taken away"
            [ "latent"; "layer"; "ablation"; "contexts"; "tokens"; "not stopped"; "KL, nats"; "rise of cross-entropy, nats"; "correlation with direct weights"; "promoted"; "suppressed" ]
        |> Table.caption "In brackets: 95 % bootstrap intervals over contexts. Not stopped: vectors at which no step brings the latent to where it stops; they are left as they are."

    /// Direct weights of each latent: the same at all of its layers of a shared dictionary.
    let directTable (result: LogitEffectsResult) =
        [ for latent in result.Latents do
              let at = own latent
              let side (tokens: TokenEffect seq) = tokens |> Seq.truncate 8 |> Seq.map (fun token -> $"{token.Text} {token.Effect.Mean:F1}") |> String.concat "  "
              [ Cell.Text(label latent.Latent); Cell.Code(side at.DirectPromoted); Cell.Code(side at.DirectSuppressed) ] ]
        |> Table.create "Direct logit weights" [ "latent"; "largest"; "smallest" ]
        |> Table.caption (result.DirectDefinition + ".")

    let private sentence (latent: LatentLogitEffects) =
        let at = own latent
        let ablation = lessThanRankOne at
        let first = Seq.tryHead ablation.Promoted |> Option.map (fun token -> $"promotes '{token.Text}' most, by {interval token.Effect} nats") |> Option.defaultValue "promotes nothing"
        let zero = ofKind AblationKind.Zero at |> Option.map (fun zero -> $" (zero ablation {interval zero.Kl})") |> Option.defaultValue ""
        $"Latent {label latent.Latent} at layer {at.Layer} {first} (n = {at.Contexts} contexts, {at.Tokens} tokens); without it, less than rank one, KL is {interval ablation.Kl} nats a token{zero}; "
        + $"its effects and direct logit weights correlate by {interval ablation.DirectRankCorrelation}."

    /// In sentences, one for each latent.
    let findings (result: LogitEffectsResult) = [ for latent in result.Latents -> sentence latent ]

    /// Figures and tables.
    let blocks numbers (result: LogitEffectsResult) =
        [ Block.Drawing(promoted result); Block.Drawing(byLayer result); Block.Drawing(againstDirect numbers result); Block.Tabular(table result); Block.Tabular(directTable result) ]

    /// The answer: sentences, figures, tables.
    let section numbers (result: LogitEffectsResult) : Section =
        { Title = "What latents do to the output"; Blocks = [ for sentence in findings result -> Block.Paragraph sentence ] @ blocks numbers result }
