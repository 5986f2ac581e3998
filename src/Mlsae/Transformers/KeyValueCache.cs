using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Keys and values of all positions of one sequence so far, for every block.</summary>
internal sealed class KeyValueCache
{
    private readonly LanguageModelConfig _config;
    private readonly Matrix[] _keys;
    private readonly Matrix[] _values;

    public KeyValueCache(LanguageModelConfig config)
    {
        _config = config;
        _keys = [.. Enumerable.Range(0, config.LayerCount).Select(_ => new Matrix(config.ContextLength, config.KeyValueDim))];
        _values = [.. Enumerable.Range(0, config.LayerCount).Select(_ => new Matrix(config.ContextLength, config.KeyValueDim))];
    }

    /// <summary>Positions that every block has; the first position of what comes next.</summary>
    public int Position { get; set; }

    /// <summary>Puts the keys and values of new positions behind those of block <paramref name="layer"/>, and returns all of them with the new queries.</summary>
    public QueryKeyValue Append(int layer, QueryKeyValue added)
    {
        int count = added.Keys.Rows;
        added.Keys.CopyTo(_keys[layer].RowWindow(Position, count));
        added.Values.CopyTo(_values[layer].RowWindow(Position, count));
        return added with { Keys = _keys[layer], Values = _values[layer] };
    }

    /// <summary>The attention of <paramref name="count"/> new queries over all positions so far.</summary>
    public AttentionShape Shape(int count) => new(1, count, _config.HeadCount, _config.HeadDim)
    {
        KeyValueHeads = _config.KeyValueHeadCount,
        KeyPositions = Position + count,
        KeyRows = _config.ContextLength,
    };
}
