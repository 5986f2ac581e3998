using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Runs a model over one growing sequence: keys and values of past positions are kept, so a token costs one position's work.</summary>
public sealed class CachedDecoder
{
    private readonly LanguageModel _model;
    private readonly TransformerBlock _block;
    private readonly KeyValueCache _cache;
    private readonly Matrix _logits;
    private ForwardBuffers? _buffers;

    /// <summary>An empty sequence.</summary>
    public CachedDecoder(LanguageModel model)
    {
        _model = model;
        _block = new TransformerBlock(model.Config, model.Rotary);
        _cache = new KeyValueCache(model.Config);
        _logits = new Matrix(1, model.VocabularySize);
    }

    /// <summary>The model.</summary>
    public LanguageModel Model => _model;

    /// <summary>Tokens in the sequence.</summary>
    public int Length => _cache.Position;

    /// <summary>
    /// Functions that change a place's activations at the appended tokens, in place, before anything downstream reads them, as in <see cref="ForwardOptions.Edits"/>. While they run,
    /// <see cref="Length"/> is the position of the first of those tokens: steering some positions only is an edit that looks at it.
    /// </summary>
    public IReadOnlyDictionary<HookPoint, Action<Matrix>> Edits { get; set; } = new Dictionary<HookPoint, Action<Matrix>>();

    /// <summary>Begins a new sequence.</summary>
    public void Clear() => _cache.Position = 0;

    /// <summary>Appends tokens and returns the logits for the token after them.</summary>
    /// <param name="ids">one or more tokens</param>
    /// <returns>[vocabulary], valid until the next call</returns>
    /// <exception cref="ArgumentException">There are none, an id does not fit, or the sequence would outgrow the model's context.</exception>
    public ReadOnlySpan<float> Append(params int[] ids)
    {
        var tokens = TokenBatch.Of(ids);
        TokenEmbedding.Check(tokens, _model.Config);
        Require.That(Length + ids.Length <= _model.ContextLength,
            $"{Length} tokens and {ids.Length} more are longer than the model's context of {_model.ContextLength}.");
        if (_buffers?.Fits(1, ids.Length) != true)
        {
            _buffers = new ForwardBuffers(_model.Config, 1, ids.Length, keepAll: false);
        }

        var hooks = Edits.Count == 0 ? null : new HookVisitor(new ForwardOptions { Edits = Edits }, _model.Config, 1);
        TokenEmbedding.Forward(tokens, _model.Weights, _buffers.Residuals[0], _cache.Position);
        hooks?.Visit(HookKind.Embed, -1, _buffers.Residuals[0]);
        for (int layer = 0; layer < _model.LayerCount; layer++)
        {
            _block.Forward(_model.Weights.Blocks[layer], _buffers, layer, hooks, _cache);
        }

        _model.FinalNorm(_buffers);
        hooks?.Visit(HookKind.FinalNorm, -1, _buffers.FinalNormed);
        Kernels.MatMulTransposedB(_buffers.FinalNormed.RowWindow(ids.Length - 1, 1), _model.Weights.Unembedding, _logits);
        hooks?.Visit(HookKind.Logits, -1, _logits);
        _cache.Position += ids.Length;
        return _logits.AsSpan();
    }
}
