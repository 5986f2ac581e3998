namespace Mlsae.Scripting

open System
open Mlsae.Analysis
open Mlsae.Analysis.Patching
open Mlsae.Metrics

/// How few features, and how small an edit, turn the answer to an indirect-object prompt: the analysis ioi-patching.
[<RequireQualifiedAccess>]
module Patching =

    // One of two sizes of the same kind, and the one that figures of all layers have no colour for.
    let private leftOutOfCurves = PatchingCompanion.PerLayerEach.Title

    let private sample (result: PatchingResult) = $"n = {result.Pairs} prompt pairs"

    let private accuracy (found: IndirectObjectAccuracy) =
        $"{found.Correct} of {found.Count} ({Table.text (Cell.PercentInterval(Estimate(found.Share, Nullable found.Low, Nullable found.High, found.Count)))})"

    let private task (result: PatchingResult) =
        [ $"The model gives the indirect object after {accuracy result.Accuracy} of the prompts and {accuracy result.TargetAccuracy} of their counterfactuals; its logit exceeds the subject's by {Table.format result.Accuracy.MeanLogitDifference} on average. With nothing patched, KL(base ‖ counterfactual) is {Table.text (Cell.Interval result.Unpatched)} nats ({sample result})." ]
        @ [ if not result.ModelDoesTheTask then
                "That is not better than chance, so the model does not do this task: what is patched here says nothing about how it would." ]

    let private words below above (difference: Estimate) =
        if difference.High.HasValue && difference.High.Value < 0.0 then below
        elif difference.Low.HasValue && difference.Low.Value > 0.0 then above
        else "no difference shown in"

    let private isPca (difference: PatchingDifference) = difference.Than = PatchingCompanion.Pca.Title

    // Differences are to what stands before: of PCA to a dictionary before it, turned round, and of one after it as they are.
    let private againstPca (result: PatchingResult) (summary: PatchingSummary) =
        let turned (e: Estimate) =
            let negative (value: Nullable<float>) = if value.HasValue then Nullable(-value.Value) else value
            Estimate(-e.Mean, negative e.High, negative e.Low, e.N)
        match Seq.tryFind isPca summary.Differences with
        | Some difference -> Some(difference.ByCount, difference.ByEdit)
        | None ->
            result.Overall
            |> Seq.tryFind (fun other -> other.Name = PatchingCompanion.Pca.Title)
            |> Option.bind (fun pca -> pca.Differences |> Seq.tryFind (fun difference -> difference.Than = summary.Name))
            |> Option.map (fun difference -> turned difference.ByCount, turned difference.ByEdit)

    let private verdict (result: PatchingResult) (summary: PatchingSummary) =
        match againstPca result summary with
        | None -> None
        | Some(byCount, byEdit) ->
            let text estimate = Table.text (Cell.Interval estimate)
            let features, edit = words "fewer" "more" byCount, words "a smaller" "a larger" byEdit
            Some $"{summary.Name} against PCA, over all layers: {features} features (area less PCA's {text byCount} nats) and {edit} edit ({text byEdit} nats) for the same divergence."

    /// The answer in sentences: whether the model does the task, and which dictionaries need fewer patches than PCA.
    let findings (result: PatchingResult) =
        task result
        @ [ for summary in result.Overall |> Seq.truncate 2 do
                $"{summary.Name}: {Table.text (Cell.Interval summary.CountToHalve)} features halve the divergence, mean over layers, {Table.text (Cell.Interval summary.OwnCountToHalve)} where each pair has its own; {Table.text (Cell.PercentInterval summary.EditToHalve)} of the edit that exchanging the whole vector takes." ]
        @ (result.Overall |> Seq.truncate 3 |> Seq.choose (verdict result) |> List.ofSeq)

    let private curves (result: PatchingResult) (x: PatchedDecomposition -> float[]) (refine: PatchedLayer -> Figure -> Figure) =
        [ for layer in result.Layers do
              [ for of' in layer.Decompositions do
                    if of'.Name <> leftOutOfCurves then
                        Line(Figure.series of'.Name (Seq.zip (x of') (of'.Divergence |> Seq.map _.Mean) |> Seq.skip 1)) ]
              |> Figure.create $"layer {layer.Layer}" ("", "KL (nats)")
              |> refine layer ]

    let private ordered = "Features in the order of integrated gradients, found on the same pairs"

    /// KL against the number of patched features, a panel for each layer: figure 3 of Cunningham et al. 2023.
    let byCount (result: PatchingResult) =
        curves result (fun of' -> [| for count in of'.Counts -> float count |]) (fun _ -> Figure.logX >> Figure.rangeX 1.0 512.0)
        |> Figure.multiples "KL to the counterfactual against the number of patched features" 3
        |> Figure.shareY
        |> Figure.fromZero
        |> Figure.named "patching-by-count"
        |> Figure.caption $"Across: patched features k, up: KL(patched ‖ counterfactual) at the last token, mean of {sample result}. {ordered}; intervals are in the figure of areas, and {leftOutOfCurves} in its table."

    /// KL against the edit magnitude, a panel for each layer: figure 17 of Cunningham et al. 2023.
    let byEdit (result: PatchingResult) =
        curves result (fun of' -> Array.ofSeq of'.EditMagnitude) (fun layer -> Figure.rangeX 0.0 layer.FullEdit >> Figure.referenceX layer.FullEdit "")
        |> Figure.multiples "KL to the counterfactual against the size of the edit" 3
        |> Figure.shareY
        |> Figure.fromZero
        |> Figure.named "patching-by-edit"
        |> Figure.caption $"Across: mean over positions of ‖x − x'‖, to that of exchanging the whole vector; up: KL(patched ‖ counterfactual), mean of {sample result}. {ordered}."

    let private areas title (choose: PatchingSummary -> Estimate) (result: PatchingResult) =
        let names = Labels [| for summary in result.Overall -> summary.Name |]
        [ Points(Figure.estimates "" names (result.Overall |> Seq.map choose)) ] |> Figure.create title ("", "mean KL (nats)") |> Figure.fromZero

    /// The area under each decomposition's curves over all layers.
    let overall (result: PatchingResult) =
        [ areas "by number of features" _.AreaByCount result; areas "by number, each pair its own" _.OwnAreaByCount result; areas "by edit magnitude" _.AreaByEdit result ]
        |> Figure.multiples "The area under the curves, mean over layers: lower is better" 3
        |> Figure.shareY
        |> Figure.height 380
        |> Figure.named "patching-areas"
        |> Figure.caption $"By number: mean KL over log2 k from 1 to {PatchingResult.MostFeatures}; by edit: from none to that of the whole vector. Each pair its own: features in the order of that pair's own gradients. Whiskers: 95 %% bootstrap intervals over {sample result}."

    /// The area by number of features at each layer.
    let byLayer (result: PatchingResult) =
        [ for i in 0 .. result.Overall.Count - 1 do
              if result.Overall[i].Name <> leftOutOfCurves then
                  let summaries = result.Layers |> Seq.map (fun layer -> layer.Decompositions[i].Summary.AreaByCount)
                  Line(Figure.estimates result.Overall[i].Name (Numbers [| for layer in result.Layers -> float layer.Layer |]) summaries) ]
        |> Figure.create "The area by number of features, at each layer" ("layer", "mean KL over log2 k (nats)")
        |> Figure.fromZero
        |> Figure.named "patching-by-layer"
        |> Figure.caption $"Bands: 95 %% bootstrap intervals over {sample result}."

    /// Every decomposition over all layers, with what sets it apart from PCA.
    let table (result: PatchingResult) =
        let interval estimate = estimate |> Option.map Cell.Interval |> Option.defaultValue (Cell.Text "")
        [ for summary in result.Overall do
              let pca = againstPca result summary
              [ Cell.Text summary.Name; Cell.Interval summary.AreaByCount; interval (Option.map fst pca); Cell.Interval summary.HeldOutAreaByCount; Cell.Interval summary.AreaByEdit
                interval (Option.map snd pca); Cell.Interval summary.CountToHalve; Cell.Interval summary.OwnCountToHalve
                Cell.PercentInterval summary.EditToHalve ] ]
        |> Table.create "Over all layers"
            [ "decomposition"; "area by number"; "less PCA's"; "held out"; "area by edit"; "less PCA's"; "features to halve KL"; "each pair its own"; "edit to halve KL" ]
        |> Table.caption $"Areas in nats; differences are paired: below 0 it comes nearer the counterfactual than PCA. In brackets 95 %% bootstrap intervals over {sample result}. Held out: on {result.Pairs} pairs that took no part in ordering the features. A dash: not halved."

    let private methodName (method: OrderMethod) =
        match method with
        | OrderMethod.Attribution -> "attribution, KL(counterfactual ‖ patched)"
        | OrderMethod.AttributionOfDivergence -> "attribution, KL(patched ‖ counterfactual)"
        | OrderMethod.IntegratedGradients -> "integrated gradients"
        | OrderMethod.Elimination -> "elimination, as published"
        | OrderMethod.Greedy -> "greedy"
        | other -> string other

    /// How the fast orders compare with the published elimination.
    let orders (result: PatchingResult) =
        let mean (choose: ComparedOrder -> float) (rows: ComparedOrder seq) = rows |> Seq.averageBy choose
        let area (order: ComparedOrder) = if isNull order.AreaByCount then nan else order.AreaByCount.Mean
        let rank (order: ComparedOrder) = if order.RankCorrelation.HasValue then order.RankCorrelation.Value else nan
        [ for (decomposition, method), rows in result.Orders |> Seq.groupBy (fun order -> order.Decomposition, order.Method) do
              [ Cell.Text decomposition; Cell.Text(methodName method); Cell.Number(mean area rows); Cell.Number(mean _.AreaOfFirst.Mean rows); Cell.Number(mean rank rows)
                Cell.Percent(mean _.SharedOfFirst rows); Cell.Number(mean _.Seconds rows) ] ]
        |> Table.create "Orders of features" [ "decomposition"; "order"; "area by number"; "area of the first 16"; "rank correlation"; "of the first 16 shared"; "seconds" ]
        |> Table.caption $"Means over layers, on the first {result.OrderPairs} pairs: the published elimination takes thousands of runs of the model. Rank correlation (Spearman's, all candidates) and shared features are with the elimination. Greedy selection is followed for {OrderComparison.FirstFeatures} features."

    /// The first features of the first decomposition at each layer, with the concept that a latent tells best.
    let first (labelOf: int -> string option) (result: PatchingResult) =
        let row (layer: PatchedLayer) place (feature: PatchedFeature) =
            let name = if feature.IsMeanAndScale then "mean and scale" else string feature.Feature
            let label = if feature.IsMeanAndScale then "" else labelOf feature.Feature |> Option.defaultValue ""
            [ Cell.Count(int64 layer.Layer); Cell.Count(int64 (place + 1)); Cell.Text name; Cell.Code(String.Join("  ", feature.Tokens)); Cell.Text label; Cell.Number feature.Effect; Cell.Count(int64 feature.Pairs) ]
        [ for layer in result.Layers do
              yield! layer.Decompositions[0].First |> Seq.truncate 4 |> Seq.mapi (row layer) ]
        |> Table.create $"The first features: {result.Overall[0].Name}" [ "layer"; "place"; "latent"; "tokens"; "tells best"; "effect"; "pairs" ]
        |> Table.caption "Tokens: those at which a feature's code differs most between prompt and counterfactual. Tells best: the concept that no latent tells better. The effect is a feature's share of the change of KL by integrated gradients, in nats; pairs are those in which its codes differ between base and counterfactual."

    /// The answer: sentences, figures, tables.
    let section labelOf (result: PatchingResult) : Section =
        { Title = "Features that answer an indirect-object prompt"
          Blocks =
            [ for sentence in findings result -> Block.Paragraph sentence ]
            @ [ Block.Drawing(byCount result); Block.Drawing(byEdit result); Block.Drawing(overall result); Block.Tabular(table result); Block.Drawing(byLayer result)
                Block.Tabular(orders result); Block.Tabular(first labelOf result) ] }
