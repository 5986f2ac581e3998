using Mlsae.Analysis.Units;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Universality;

/// <summary>What one model makes of some tokens.</summary>
/// <param name="Codes">[rows] latents</param>
/// <param name="Neurons">[rows × d_mlp] the vectors that were encoded</param>
/// <param name="Next">[rows] the token after each</param>
public sealed record ModelRows(SparseRows Codes, Matrix Neurons, int[] Next);

/// <summary>One of two models that are compared: sizes, logit weights, and the sums of its units.</summary>
/// <param name="name">what it is called</param>
/// <param name="latentWeights">[n_latents × vocabulary] logit weights of its latents</param>
/// <param name="neuronWeights">[d_mlp × vocabulary] logit weights of its neurons</param>
public sealed class ComparedModel(string name, Matrix latentWeights, Matrix neuronWeights)
{
    private readonly Matrix _neuronWeightsByToken = Transposed(neuronWeights);

    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>[n_latents × vocabulary]</summary>
    public Matrix LatentWeights => latentWeights;

    /// <summary>[d_mlp × vocabulary]</summary>
    public Matrix NeuronWeights => neuronWeights;

    /// <summary>Latents' activations.</summary>
    public UnitMoments Latents { get; } = new(latentWeights.Rows);

    /// <summary>Neurons' activations.</summary>
    public UnitMoments Neurons { get; } = new(neuronWeights.Rows);

    /// <summary>Latents' attributions.</summary>
    public UnitMoments LatentAttributions { get; } = new(latentWeights.Rows);

    /// <summary>Neurons' attributions.</summary>
    public UnitMoments NeuronAttributions { get; } = new(neuronWeights.Rows);

    /// <summary>Adds rows, and gives their attributions.</summary>
    internal (SparseRows Latents, Matrix Neurons) Add(ModelRows rows)
    {
        var latents = DirectAttribution.Of(rows.Codes, rows.Next, latentWeights);
        var neurons = DirectAttribution.Of(rows.Neurons, rows.Next, _neuronWeightsByToken);
        Latents.Add(rows.Codes);
        Neurons.Add(rows.Neurons);
        LatentAttributions.Add(latents);
        NeuronAttributions.Add(neurons);
        return (latents, neurons);
    }

    private static Matrix Transposed(Matrix matrix)
    {
        var transposed = new Matrix(matrix.Columns, matrix.Rows);
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int column = 0; column < matrix.Columns; column++)
            {
                transposed[column, row] = matrix[row, column];
            }
        }

        return transposed;
    }
}

/// <summary>Sums over tokens of everything that two models' units are compared by: products of all pairs, of activations and of attributions, and of activations at tokens that do not belong together.</summary>
/// <param name="first">the first model, without rows yet</param>
/// <param name="second">the second, with the same vocabulary</param>
public sealed class UniversalitySums(ComparedModel first, ComparedModel second)
{
    private readonly PairKinds _activations = new(first, second);
    private readonly PairKinds _attributions = new(first, second);
    private readonly PairKinds _otherTokens = new(first, second);
    private readonly long[] _tokenCounts = new long[first.LatentWeights.Columns];

    /// <summary>Times that a token must occur for its logit weights to be compared.</summary>
    public const int FewestOccurrences = 10;

    /// <summary>Adds the next rows of the text: the same tokens of both models.</summary>
    /// <exception cref="ArgumentException">They are not of the same tokens.</exception>
    public void Add(ModelRows a, ModelRows b)
    {
        Require.Equal(b.Codes.Rows, a.Codes.Rows);
        Require.That(b.Next.AsSpan().SequenceEqual(a.Next), "The two models read other tokens; both need the same tokenizer.");
        var (attributionsA, attributionsB) = (first.Add(a), second.Add(b));
        _activations.Add((a.Codes, a.Neurons), (b.Codes, b.Neurons));
        _attributions.Add(attributionsA, attributionsB);

        // Each token of the first beside the second's token half a batch further on, from the end on to the beginning: a text of its own, with the same values.
        int[] other = [.. Enumerable.Range(0, a.Next.Length).Select(row => (row + a.Next.Length / 2) % a.Next.Length)];
        _otherTokens.Add((a.Codes, a.Neurons), (b.Codes.Select(other), Rows(b.Neurons, other)));
        foreach (int id in a.Next)
        {
            _tokenCounts[id]++;
        }
    }

    /// <summary>What was found.</summary>
    /// <param name="contexts">contexts that were read</param>
    /// <param name="seed">of the bootstrap, and of which units' logit weights are compared by chance</param>
    /// <exception cref="ArgumentException">No unit of one side fires often enough.</exception>
    public UniversalityResult Result(int contexts, ulong seed)
    {
        int[] vocabulary = [.. Enumerable.Range(0, _tokenCounts.Length).Where(id => _tokenCounts[id] >= FewestOccurrences)];
        var latents = new Side($"latents of {first.Name}", first.Latents, first.LatentAttributions, first.LatentWeights);
        var neurons = new Side($"neurons of {first.Name}", first.Neurons, first.NeuronAttributions, first.NeuronWeights);
        var otherLatents = new Side($"latents of {second.Name}", second.Latents, second.LatentAttributions, second.LatentWeights);
        var otherNeurons = new Side($"neurons of {second.Name}", second.Neurons, second.NeuronAttributions, second.NeuronWeights);
        UnitUniversality Compare(Side a, Side b, Func<PairKinds, IUnitProducts> products) =>
            UnitComparison.Of(a, b, (products(_activations), products(_attributions), products(_otherTokens)), vocabulary, seed);
        return new UniversalityResult
        {
            First = first.Name,
            Second = second.Name,
            Tokens = first.Latents.Rows,
            Contexts = contexts,
            VocabularyCompared = vocabulary.Length,
            FirstLatents = UnitCensus.Of(first.Latents),
            SecondLatents = UnitCensus.Of(second.Latents),
            FirstNeurons = UnitCensus.Of(first.Neurons),
            SecondNeurons = UnitCensus.Of(second.Neurons),
            Latents = Compare(latents, otherLatents, kinds => kinds.Latents),
            Neurons = Compare(neurons, otherNeurons, kinds => kinds.Neurons),
            LatentsToNeurons = Compare(latents, otherNeurons, kinds => kinds.LatentsToNeurons),
        };
    }

    /// <summary>Some rows of a matrix.</summary>
    internal static Matrix Rows(Matrix all, int[] rows)
    {
        var chosen = new Matrix(rows.Length, all.Columns);
        Workers.ForBlocks(rows.Length, 256, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                all.Row(rows[i]).CopyTo(chosen.Row(i));
            }
        });
        return chosen;
    }

    /// <summary>The products of the three kinds of pairs.</summary>
    private sealed class PairKinds(ComparedModel first, ComparedModel second)
    {
        public LatentPairs Latents { get; } = new(first.Latents.Count, second.Latents.Count);

        public DenseProducts Neurons { get; } = new(first.Neurons.Count, second.Neurons.Count);

        public DenseProducts LatentsToNeurons { get; } = new(first.Latents.Count, second.Neurons.Count);

        public void Add((SparseRows Latents, Matrix Neurons) a, (SparseRows Latents, Matrix Neurons) b)
        {
            Latents.Add(a.Latents, b.Latents);
            Neurons.Add(a.Neurons, b.Neurons);
            LatentsToNeurons.Add(a.Latents, b.Neurons);
        }
    }
}
