using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Applies the edits and takes the captures of one forward pass.</summary>
internal sealed class HookVisitor
{
    private readonly ForwardOptions _options;
    private readonly HashSet<HookPoint> _captures;

    public HookVisitor(ForwardOptions options, LanguageModelConfig config)
    {
        _options = options;
        _captures = [.. options.Captures];
        foreach (var point in _captures.Concat(options.Edits.Keys))
        {
            Check(point, config, options.StartLayer);
        }

        NeedsLogits = options.Logits || _captures.Any(p => p.Kind == HookKind.Logits);
        NeedsFinalNorm = NeedsLogits || _captures.Any(p => p.Kind == HookKind.FinalNorm);
        LastLayer = NeedsFinalNorm ? config.LayerCount - 1 : _captures.Select(p => p.Layer).DefaultIfEmpty(-1).Max();
    }

    public Dictionary<HookPoint, Matrix> Captured { get; } = [];

    public bool NeedsLogits { get; }

    public bool NeedsFinalNorm { get; }

    /// <summary>The last block that has to run; −1 for none.</summary>
    public int LastLayer { get; }

    /// <summary>Lets the edit at this place change <paramref name="activations"/>, then copies them if they are wanted.</summary>
    public void Visit(HookKind kind, int layer, Matrix activations)
    {
        var point = new HookPoint(kind, layer);
        if (_options.Edits.TryGetValue(point, out var edit))
        {
            edit(activations);
        }

        if (_captures.Contains(point))
        {
            Captured[point] = activations.Copy();
        }
    }

    private static void Check(HookPoint point, LanguageModelConfig config, int? startLayer)
    {
        bool outside = point.Kind is HookKind.Embed or HookKind.FinalNorm or HookKind.Logits;
        if (outside)
        {
            Require.That(point.Layer == -1, $"The hook point {point.Kind} belongs to no block, but layer {point.Layer} was given; use −1.");
        }
        else
        {
            Require.That(point.Layer >= 0 && point.Layer < config.LayerCount,
                $"The hook point {point} lies outside the model's blocks 0 to {config.LayerCount - 1}.");
        }

        Require.That(!(point.Kind == HookKind.ResidMid && config.ParallelResidual),
            $"The hook point {point} does not exist: attention and MLP of this model are parallel.");
        bool skipped = startLayer is int start
            && (point.Kind == HookKind.Embed || (!outside && point.Layer <= start && point != HookPoint.ResidPost(start)));
        Require.That(!skipped, $"The hook point {point} is skipped by a pass that starts after block {startLayer}.");
    }
}
