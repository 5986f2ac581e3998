using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Applies the edits and takes the captures of one forward pass, or of its part over some of the sequences.</summary>
internal sealed class HookVisitor
{
    private readonly ForwardOptions _options;
    private readonly HashSet<HookPoint> _captures;
    private readonly int _allSequences;
    private int _firstSequence;
    private int _sequences;

    public HookVisitor(ForwardOptions options, LanguageModelConfig config, int sequences)
    {
        _options = options;
        _captures = [.. options.Captures];
        _allSequences = _sequences = sequences;
        foreach (var point in _captures.Concat(options.Edits.Keys))
        {
            Check(point, config, options.StartLayer);
        }

        NeedsLogits = options.Logits || _captures.Any(p => p.Kind == HookKind.Logits);
        NeedsFinalNorm = NeedsLogits || _captures.Any(p => p.Kind == HookKind.FinalNorm);
        LastLayer = NeedsFinalNorm ? config.LayerCount - 1 : _captures.Select(p => p.Layer).DefaultIfEmpty(-1).Max();
    }

    /// <summary>Shared by all parts of a pass.</summary>
    public Dictionary<HookPoint, Matrix> Captured { get; private init; } = [];

    public bool NeedsLogits { get; }

    public bool NeedsFinalNorm { get; }

    /// <summary>The last block that has to run; −1 for none.</summary>
    public int LastLayer { get; }

    /// <summary>A visitor over sequences from <paramref name="first"/>, whose captures go into their place among all.</summary>
    public HookVisitor Part(int first, int count)
    {
        var part = (HookVisitor)MemberwiseClone();
        part._firstSequence = first;
        part._sequences = count;
        return part;
    }

    /// <summary>Whether anything is to be done at this place, so that it has to be made.</summary>
    public bool Wants(HookKind kind, int layer)
    {
        var point = new HookPoint(kind, layer);
        return _captures.Contains(point) || _options.Edits.ContainsKey(point);
    }

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
            int rows = activations.Rows / _sequences;
            activations.CopyTo(Target(point, rows * _allSequences, activations.Columns).RowWindow(_firstSequence * rows, activations.Rows));
        }
    }

    private Matrix Target(HookPoint point, int rows, int columns)
    {
        lock (Captured)
        {
            return Captured.TryGetValue(point, out var target) ? target : Captured[point] = new Matrix(rows, columns);
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
