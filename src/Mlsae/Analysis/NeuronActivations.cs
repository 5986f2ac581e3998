using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>Dense activations of several layers, such as the neurons of their MLPs. Kept in 16 bits, a unit's activations beside each other; only their order matters.</summary>
public sealed class NeuronActivations : IUnitActivations
{
    private readonly int _layerCount;
    private readonly int _neuronCount;
    private readonly int[] _appended;
    private readonly Half[][] _values;

    /// <summary>Room for <paramref name="tokenCount"/> tokens of <paramref name="neuronCount"/> neurons at <paramref name="layerCount"/> layers: 2 bytes each.</summary>
    public NeuronActivations(int layerCount, int neuronCount, int tokenCount)
    {
        _layerCount = Require.NotNegative(layerCount);
        _neuronCount = Require.NotNegative(neuronCount);
        TokenCount = Require.NotNegative(tokenCount);
        _appended = new int[layerCount];
        _values = new Half[checked(layerCount * neuronCount)][];
        for (int unit = 0; unit < _values.Length; unit++)
        {
            _values[unit] = new Half[tokenCount];
        }
    }

    /// <inheritdoc/>
    public int UnitCount => _values.Length;

    /// <inheritdoc/>
    public int TokenCount { get; }

    /// <summary>Appends the activations of the next tokens of one layer.</summary>
    /// <param name="layer">the layer, from 0</param>
    /// <param name="activations">[tokens × neurons] copied</param>
    /// <exception cref="ArgumentException">There is no such layer, another number of neurons, or no room for so many tokens.</exception>
    public void Append(int layer, Matrix activations)
    {
        Require.Within(layer, 1, _layerCount);
        Require.Equal(activations.Columns, _neuronCount);
        int first = _appended[layer];
        Require.Within(first, activations.Rows, TokenCount);
        Workers.ForBlocks(_neuronCount, 64, (start, end) =>
        {
            for (int token = 0; token < activations.Rows; token++)
            {
                var row = activations.Row(token);
                for (int neuron = start; neuron < end; neuron++)
                {
                    _values[layer * _neuronCount + neuron][first + token] = (Half)row[neuron];
                }
            }
        });
        _appended[layer] += activations.Rows;
    }

    /// <inheritdoc/>
    public UnitName NameOf(int unit) => new(unit / _neuronCount, unit % _neuronCount);

    /// <inheritdoc/>
    public int Read(int unit, Span<int> tokens, Span<float> values)
    {
        var all = _values[unit];
        int count = 0;
        for (int token = 0; token < all.Length; token++)
        {
            float value = (float)all[token];
            if (value > 0)
            {
                tokens[count] = token;
                values[count++] = value;
            }
        }

        return count;
    }
}
