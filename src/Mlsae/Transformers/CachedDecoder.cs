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

    /// <summary>Tokens in the sequence.</summary>
    public int Length => _cache.Position;

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

        TokenEmbedding.Forward(tokens, _model.Weights, _buffers.Residuals[0], _cache.Position);
        for (int layer = 0; layer < _model.LayerCount; layer++)
        {
            _block.Forward(_model.Weights.Blocks[layer], _buffers, layer, null, _cache);
        }

        _cache.Position += ids.Length;
        _model.FinalNorm(_buffers);
        Kernels.MatMulTransposedB(_buffers.FinalNormed.RowWindow(ids.Length - 1, 1), _model.Weights.Unembedding, _logits);
        return _logits.AsSpan();
    }
}
