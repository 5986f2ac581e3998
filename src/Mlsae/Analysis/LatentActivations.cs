using System.Buffers;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>
/// The latents of a dictionary over several layers. A latent is one unit at each layer, and one more for its greatest activation over all layers.
/// Codes are appended as they are made and kept sorted by unit, 8 bytes an entry.
/// </summary>
public sealed class LatentActivations : IUnitActivations
{
    private readonly int _layerCount;
    private readonly int _latentCount;
    private readonly List<SparseRows>[] _codes;
    private Index? _index;

    /// <summary>Room for codes of <paramref name="latentCount"/> latents at <paramref name="layerCount"/> layers.</summary>
    public LatentActivations(int layerCount, int latentCount)
    {
        _layerCount = Require.NotNegative(layerCount);
        _latentCount = Require.NotNegative(latentCount);
        _codes = [.. Enumerable.Range(0, layerCount).Select(_ => new List<SparseRows>())];
    }

    /// <inheritdoc/>
    public int UnitCount => (_layerCount + 1) * _latentCount;

    /// <inheritdoc/>
    public int TokenCount => _codes.Length == 0 ? 0 : _codes[0].Sum(c => c.Rows);

    /// <summary>Appends the codes of the next tokens of one layer.</summary>
    /// <param name="layer">the layer, from 0</param>
    /// <param name="codes">[tokens × k] kept, so it must not change afterwards</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer, or an index is no latent.</exception>
    public void Append(int layer, SparseRows codes)
    {
        Require.Within(layer, 1, _layerCount);
        foreach (int latent in codes.Indices.AsSpan(0, codes.EntryCount))
        {
            Require.Within(latent, 1, _latentCount);
        }

        _codes[layer].Add(codes);
        _index = null;
    }

    /// <summary>Appends the codes of the next tokens of all layers.</summary>
    /// <param name="codes">[tokens · layers × k] row t·L + l is token t at layer l</param>
    /// <exception cref="ArgumentException">The rows are no multiple of the layers, or an index is no latent.</exception>
    public void AppendInterleaved(SparseRows codes)
    {
        Require.That(_layerCount > 0 && codes.Rows % _layerCount == 0, $"{codes.Rows} rows are not whole tokens of {_layerCount} layers.");
        for (int layer = 0; layer < _layerCount; layer++)
        {
            int first = layer;
            Append(layer, codes.Select([.. Enumerable.Range(0, codes.Rows / _layerCount).Select(token => token * _layerCount + first)]));
        }
    }

    /// <inheritdoc/>
    public UnitName NameOf(int unit) => unit < _layerCount * _latentCount
        ? new UnitName(unit / _latentCount, unit % _latentCount)
        : new UnitName(null, unit - _layerCount * _latentCount);

    /// <inheritdoc/>
    public int Read(int unit, Span<int> tokens, Span<float> values)
    {
        var index = Indexed();
        var (layer, latent) = NameOf(unit);
        return layer is int l ? index.Read(l * _latentCount + latent, tokens, values) : ReadAnyLayer(index, latent, tokens, values);
    }

    private int ReadAnyLayer(Index index, int latent, Span<int> tokens, Span<float> values)
    {
        int tokenCount = TokenCount;
        float[] greatest = ArrayPool<float>.Shared.Rent(tokenCount);
        greatest.AsSpan(0, tokenCount).Clear();
        for (int layer = 0; layer < _layerCount; layer++)
        {
            int active = index.Read(layer * _latentCount + latent, tokens, values);
            for (int i = 0; i < active; i++)
            {
                greatest[tokens[i]] = Math.Max(greatest[tokens[i]], values[i]);
            }
        }

        int count = 0;
        for (int token = 0; token < tokenCount; token++)
        {
            if (greatest[token] > 0)
            {
                tokens[count] = token;
                values[count++] = greatest[token];
            }
        }

        ArrayPool<float>.Shared.Return(greatest);
        return count;
    }

    private Index Indexed()
    {
        lock (_codes)
        {
            return _index ??= new Index(_codes, _latentCount);
        }
    }

    /// <summary>All positive entries, those of one unit beside each other in the order of tokens.</summary>
    private sealed class Index
    {
        private readonly int[] _starts;
        private readonly int[] _tokens;
        private readonly float[] _values;

        public Index(List<SparseRows>[] codes, int latentCount)
        {
            _starts = new int[codes.Length * latentCount + 1];
            ForEach(codes, latentCount, (unit, _, _) => _starts[unit + 1]++);
            for (int unit = 1; unit < _starts.Length; unit++)
            {
                _starts[unit] += _starts[unit - 1];
            }

            _tokens = new int[_starts[^1]];
            _values = new float[_starts[^1]];
            int[] next = _starts[..];
            ForEach(codes, latentCount, (unit, token, value) =>
            {
                _tokens[next[unit]] = token;
                _values[next[unit]++] = value;
            });
        }

        public int Read(int unit, Span<int> tokens, Span<float> values)
        {
            int start = _starts[unit], count = _starts[unit + 1] - start;
            _tokens.AsSpan(start, count).CopyTo(tokens);
            _values.AsSpan(start, count).CopyTo(values);
            return count;
        }

        private static void ForEach(List<SparseRows>[] codes, int latentCount, Action<int, int, float> entry)
        {
            for (int layer = 0; layer < codes.Length; layer++)
            {
                int first = 0;
                foreach (var rows in codes[layer])
                {
                    for (int row = 0; row < rows.Rows; row++)
                    {
                        for (int i = rows.Start(row); i < rows.Start(row + 1); i++)
                        {
                            if (rows.Values[i] > 0)
                            {
                                entry(layer * latentCount + rows.Indices[i], first + row, rows.Values[i]);
                            }
                        }
                    }

                    first += rows.Rows;
                }
            }
        }
    }
}
