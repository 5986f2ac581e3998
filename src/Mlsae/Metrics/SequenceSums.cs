using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Metrics;

/// <summary>A few sums for each sequence of a text: what intervals over sequences are drawn from.</summary>
/// <param name="width">sums of each sequence</param>
public sealed class SequenceSums(int width)
{
    private readonly List<double[]> _sequences = [];

    /// <summary>Sequences so far.</summary>
    public int Count => _sequences.Count;

    /// <summary>Sums of each sequence.</summary>
    public int Width => width;

    /// <summary>[width] The sums of a sequence, to be added to; sequences up to it begin with zeros.</summary>
    /// <param name="sequence">from 0</param>
    public double[] this[int sequence]
    {
        get
        {
            while (_sequences.Count <= sequence)
            {
                _sequences.Add(new double[width]);
            }

            return _sequences[sequence];
        }
    }

    /// <summary>[width] The sums of all sequences together.</summary>
    public double[] Total() => Total([.. Enumerable.Range(0, Count)]);

    /// <summary>[width] The sums of some sequences together, the same one perhaps several times.</summary>
    public double[] Total(ReadOnlySpan<int> sequences)
    {
        var total = new double[width];
        foreach (int sequence in sequences)
        {
            double[] sums = _sequences[sequence];
            for (int i = 0; i < width; i++)
            {
                total[i] += sums[i];
            }
        }

        return total;
    }

    /// <summary>Statistics of these sums with their intervals over sequences.</summary>
    /// <param name="seed">of the bootstrap</param>
    /// <param name="statistics">from the sums of some sequences together, [width], to numbers</param>
    public Estimate[] Estimates(ulong seed, Func<double[], double[]> statistics) => Bootstrap.Estimates(Count, seed, drawn => statistics(Total(drawn)));

    /// <summary>All sums as a tensor F64 [sequences, width].</summary>
    public Tensor ToTensor(string name) => Tensor.Of(name, (ReadOnlySpan<double>)[.. _sequences.SelectMany(sums => sums)], Count, width);

    /// <summary>Takes the sums that <see cref="ToTensor"/> gave.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or of another width.</exception>
    public void Restore(ITensorSource state, string name)
    {
        long count = state.Describe(name).Shape is [var sequences, _] ? sequences : 0;
        state.RequireShape(name, count, width);
        double[] all = state.ReadDoubles(name, count, width);
        _sequences.Clear();
        _sequences.AddRange(width == 0 ? [] : all.Chunk(width));
    }
}
