using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Metrics;

/// <summary>The activations of one batch at every layer, of which those of special tokens are kept as they are and the others replaced.</summary>
internal sealed class ReconstructionPass
{
    private readonly IReadOnlyList<Matrix> _activations;
    private readonly TokenBatch _tokens;
    private readonly int[] _kept;
    private readonly int _firstSequence;

    /// <summary>The activations of a batch.</summary>
    /// <param name="activations">[layers] each [tokens × d_model]; not changed</param>
    /// <param name="tokens">the batch</param>
    /// <param name="firstSequence">which sequence of the text it begins with, from 0</param>
    /// <param name="specialTokens">token ids that are left out</param>
    public ReconstructionPass(IReadOnlyList<Matrix> activations, TokenBatch tokens, int firstSequence, IReadOnlySet<int> specialTokens) =>
        (_activations, _tokens, _kept, _firstSequence) = (activations, tokens, tokens.PositionsExcept(specialTokens), firstSequence);

    /// <summary>Reconstructs all tokens that are not special and sums what is lost.</summary>
    /// <param name="dictionary">for as many layers</param>
    /// <param name="means">[layers × d_model] known beforehand, or null</param>
    /// <param name="sums">[sequences][layers] Added to.</param>
    /// <returns>the activations with reconstructions in their place, and the tokens with vectors and codes</returns>
    public (Matrix[] Patched, EncodedTokens Encoded) Run(ILayeredDictionary dictionary, Matrix? means, LayerSums[][] sums)
    {
        int layers = _activations.Count;
        var x = new Matrix(_kept.Length * layers, dictionary.ModelDim);
        for (int row = 0; row < x.Rows; row++)
        {
            _activations[row % layers].Row(_kept[row / layers]).CopyTo(x.Row(row));
        }

        var reconstruction = new Matrix(x.Rows, x.Columns);
        var codes = dictionary.Reconstruct(x, reconstruction);

        // A layer's sums are its own, so layers can be summed side by side.
        Workers.For(layers, layer =>
        {
            for (int row = layer; row < x.Rows; row += layers)
            {
                sums[_kept[row / layers] / _tokens.Length][layer].AddVector(
                    x.Row(row), reconstruction.Row(row), codes.RowValues(row), L0.ActiveAbove, means is null ? default : means.Row(layer));
            }
        });
        return (
            [.. Enumerable.Range(0, layers).Select(layer => Replaced(layer, token => reconstruction.Row(token * layers + layer)))],
            new EncodedTokens(_tokens, _kept, _firstSequence, x, codes));
    }

    /// <summary>The activations of a layer with the same vector in the place of all that are not special.</summary>
    public Matrix Ablated(int layer, float[] vector) => Replaced(layer, _ => vector);

    private Matrix Replaced(int layer, RowOf values)
    {
        var patched = _activations[layer].Copy();
        for (int i = 0; i < _kept.Length; i++)
        {
            values(i).CopyTo(patched.Row(_kept[i]));
        }

        return patched;
    }

    private delegate ReadOnlySpan<float> RowOf(int token);
}
