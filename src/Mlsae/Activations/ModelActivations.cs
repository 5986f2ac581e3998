using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Transformers;

namespace Mlsae.Activations;

/// <summary>Activations harvested from a model as it runs over contexts, in the order of the text.</summary>
/// <remarks>Its state holds the contexts of the forward pass it is in, not their activations: going on runs the model on them again.</remarks>
public sealed class ModelActivations : IActivationStream
{
    private const string ContextsName = "harvest.contexts";
    private const string PositionName = "harvest.position";
    private const string TextPrefix = "text.";

    private readonly ILanguageModel _model;
    private readonly IContextStream _contexts;
    private readonly HarvestConfig _config;
    private readonly HookPoint[] _points;
    private readonly ForwardOptions _options;
    private readonly HashSet<int> _special;
    private readonly int _contextsPerForward;

    private List<int[]> _current = [];
    private ForwardResult? _result;
    private List<int> _kept = [];
    private int _position;

    /// <summary>Harvests from a model.</summary>
    /// <param name="model">runs over the contexts</param>
    /// <param name="contexts">what it reads; disposed with this stream</param>
    /// <param name="config">which activations are taken</param>
    /// <exception cref="ArgumentException">The configuration does not fit the model, or contexts are longer than it can read.</exception>
    public ModelActivations(ILanguageModel model, IContextStream contexts, HarvestConfig config)
    {
        Require.That(
            contexts.ContextLength > 0 && contexts.ContextLength <= model.ContextLength,
            $"Contexts have {contexts.ContextLength} tokens, but the model reads 1 to {model.ContextLength}.");
        (_model, _contexts, _config) = (model, contexts, config.ValidatedFor(model));
        _points = [.. config.HookPointsOf(model)];
        _options = new ForwardOptions { Captures = _points, Logits = false };
        _special = [.. config.SpecialTokens];
        _contextsPerForward = Math.Max(1, config.TokensPerForward / contexts.ContextLength);
        ModelDim = HarvestConfig.Width(_points[0], model);
    }

    /// <inheritdoc/>
    public int LayerCount => _points.Length;

    /// <inheritdoc/>
    public int ModelDim { get; }

    /// <summary>The places that layers 0 .. L − 1 of each token come from.</summary>
    public IReadOnlyList<HookPoint> HookPoints => _points;

    /// <inheritdoc/>
    public int Read(Matrix destination)
    {
        int capacity = ActivationRows.Capacity(this, destination);
        int done = 0;
        while (done < capacity && (_position < _kept.Count || ReadContexts()))
        {
            Forward();
            int tokens = Math.Min(capacity - done, _kept.Count - _position);
            CopyTokens(destination.RowWindow(done * LayerCount, tokens * LayerCount));
            done += tokens;
            _position += tokens;
        }

        return done;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() =>
    [
        Tensor.Of(ContextsName, (ReadOnlySpan<int>)[.. _current.SelectMany(ids => ids)], _current.Count, _contexts.ContextLength),
        Tensor.Of(PositionName, [_position], 1),
        .. ActivationRows.Under(TextPrefix, _contexts.SaveState()),
    ];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        var (_, shape) = state.Describe(ContextsName);
        ActivationRows.CheckState(
            shape.Length == 2 && shape[0] <= _contextsPerForward && shape[1] == _contexts.ContextLength, state, ContextsName,
            $"does not hold at most {_contextsPerForward} contexts of {_contexts.ContextLength} tokens");
        long[] ids = state.ReadLongs(ContextsName);
        ActivationRows.CheckState(
            ids.All(id => id >= 0 && id < _model.VocabularySize), state, ContextsName, $"holds ids outside the vocabulary of {_model.VocabularySize}");
        var current = ids.Chunk(_contexts.ContextLength).Select(context => context.Select(id => (int)id).ToArray()).ToList();
        var kept = Kept(current);
        long position = state.ReadLongs(PositionName, 1)[0];
        ActivationRows.CheckState(position >= 0 && position <= kept.Count, state, PositionName, "lies outside the contexts");
        using (var text = state.Under(TextPrefix))
        {
            _contexts.RestoreState(text);
        }

        (_current, _kept, _position, _result) = (current, kept, (int)position, null);
    }

    /// <inheritdoc/>
    public void Dispose() => _contexts.Dispose();

    /// <summary>Takes contexts for the next forward pass, until some token of theirs is kept; false at the end of the text.</summary>
    private bool ReadContexts()
    {
        do
        {
            var next = new List<int[]>(_contextsPerForward);
            while (next.Count < _contextsPerForward && _contexts.Next() is { } context)
            {
                next.Add(context);
            }

            (_current, _kept, _position, _result) = (next, Kept(next), 0, null);
        }
        while (_current.Count > 0 && _kept.Count == 0);
        return _current.Count > 0;
    }

    private void Forward() => _result ??= _model.Forward(TokenBatch.Of(_current), _options);

    /// <summary>Rows of the forward pass whose tokens are kept.</summary>
    private List<int> Kept(List<int[]> contexts) =>
        [.. contexts.SelectMany(ids => ids).Index().Where(t => _config.ZeroesSpecialTokens || !_special.Contains(t.Item)).Select(t => t.Index)];

    private void CopyTokens(Matrix destination)
    {
        for (int layer = 0; layer < LayerCount; layer++)
        {
            var source = _result![_points[layer]];
            for (int token = 0; token < destination.Rows / LayerCount; token++)
            {
                int row = _kept[_position + token];
                var to = destination.Row(token * LayerCount + layer);
                source.Row(row).CopyTo(to);
                if (_config.ZeroesSpecialTokens && _special.Contains(_current[row / _contexts.ContextLength][row % _contexts.ContextLength]))
                {
                    to.Clear();
                }
            }
        }
    }
}
