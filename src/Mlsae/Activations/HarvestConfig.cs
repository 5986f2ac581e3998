using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Activations;

/// <summary>Which activations are taken from a model.</summary>
public sealed record HarvestConfig
{
    /// <summary>The places, which become layers 0 .. L − 1 of each token; all of one width. Where empty, the residual stream after every block.</summary>
    public IReadOnlyList<HookPoint> HookPoints { get; init; } = [];

    /// <summary>Tokens of one forward pass, rounded down to whole contexts but at least one context.</summary>
    public int TokensPerForward { get; init; } = 4096;

    /// <summary>Ids of tokens that are no text (end and beginning of text, padding).</summary>
    public IReadOnlyCollection<int> SpecialTokens { get; init; } = [];

    /// <summary>
    /// Whether special tokens stay as tokens whose activations are zero at every layer, as in the published code. Otherwise they are dropped:
    /// they are not activations of text.
    /// </summary>
    public bool ZeroesSpecialTokens { get; init; }

    /// <summary>The places, with the default filled in.</summary>
    public IReadOnlyList<HookPoint> HookPointsOf(ILanguageModel model) =>
        HookPoints.Count > 0 ? HookPoints : [.. Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost)];

    /// <summary>Returns this configuration if it fits the model.</summary>
    /// <exception cref="ArgumentException">A hook point is not in the model or its activations are no vectors of tokens, widths differ, or a size is not positive.</exception>
    public HarvestConfig ValidatedFor(ILanguageModel model)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TokensPerForward);
        var points = HookPointsOf(model);
        int width = Width(points[0], model);
        foreach (var point in points)
        {
            Require.That(
                point.Kind is HookKind.Embed or HookKind.FinalNorm || (point.Layer >= 0 && point.Layer < model.LayerCount),
                $"There is no {point}: the model has {model.LayerCount} blocks, counted from 0.");
            Require.That(
                Width(point, model) == width, $"{point} has width {Width(point, model)} where {points[0]} has {width}: the layers of one dictionary have one width.");
        }

        Require.That(points.Distinct().Count() == points.Count, "A hook point is named twice.");
        return this;
    }

    /// <summary>Width of the vectors at a place.</summary>
    /// <exception cref="ArgumentException">What is there is no vector of d_model or d_mlp for each token.</exception>
    internal static int Width(HookPoint point, ILanguageModel model) => point.Kind switch
    {
        HookKind.MlpPre or HookKind.MlpPost => model.MlpDim,
        HookKind.AttentionPattern or HookKind.Logits => throw new ArgumentException($"{point} cannot be harvested: a dictionary is trained on vectors of tokens."),
        _ => model.ModelDim,
    };
}
