using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Toys;

/// <summary>What a dictionary has found of the features that toy data is made of.</summary>
/// <remarks>
/// <para>Directions. At each layer where a feature lives, the largest cosine of its direction with <see cref="ILayeredDictionary.DirectionsAt"/>. Every arrangement can reach 1 there.</para>
/// <para>
/// One latent. The best single latent is the one whose cosines with the feature, summed over the feature's layers, are largest; a latent that does not exist at a layer has cosine 0 there. It is the feature
/// at all its layers where each of those cosines exceeds <see cref="RecoveredAbove"/> and it is active on at least half of the tokens that have the feature, at each of those layers. A shared dictionary can
/// do that for a feature that keeps its direction, but not for one that rotates far, as its latents have one direction; a crosscoder can do both; dictionaries per layer can do it only for features
/// of one layer, as theirs are other latents at each layer.
/// </para>
/// <para>
/// Profile. A latent's share of its activation at each layer, over tokens that have the feature, beside the true share, which is the same at each layer where the feature lives and 0 elsewhere; the
/// distance is half the sum of absolute differences (total variation), 0 where they are equal and 1 where they have nothing in common or the latent is never active. It is given for the best single
/// latent, and linked: with the latent that is best at each layer by itself, where the feature does not live by its direction at the nearest layer where it does. Linking knows the true directions,
/// which nobody has for a real model; it shows what dictionaries per layer contain, not what they say.
/// </para>
/// </remarks>
public sealed class ToyRecovery
{
    /// <summary>A direction is recovered where its largest cosine exceeds this.</summary>
    public const double RecoveredAbove = 0.9;

    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "toy_recovery/1: cosine > 0.9 at each layer of the feature; one latent: at all its layers and active on half of its tokens there; profile: total variation distance of the shares of activation by layer";

    private const int BatchTokens = 256;

    private ToyRecovery(IReadOnlyList<FeatureRecovery> features, LayerSums[] layers) => (Features, Layers) = (features, layers);

    /// <summary>Each true feature.</summary>
    public IReadOnlyList<FeatureRecovery> Features { get; }

    /// <summary>[L] Sums over the tokens measured, of which metrics are computed.</summary>
    public IReadOnlyList<LayerSums> Layers { get; }

    /// <summary>Measures a dictionary.</summary>
    /// <param name="toy">the data it was trained on; its position is not moved</param>
    /// <param name="dictionary">the dictionary</param>
    /// <param name="firstToken">the first of the tokens to measure on: others than it was trained on</param>
    /// <param name="tokens">how many</param>
    /// <exception cref="ArgumentException">Layers or widths differ.</exception>
    public static ToyRecovery Measure(ToyActivations toy, ILayeredDictionary dictionary, long firstToken, int tokens)
    {
        Require.Equal(dictionary.LayerCount, toy.LayerCount);
        Require.Equal(dictionary.ModelDim, toy.ModelDim);
        var matches = FeatureMatch.Of(toy.Features, dictionary);
        var layers = Enumerable.Range(0, toy.LayerCount).Select(_ => new LayerSums(toy.ModelDim)).ToArray();
        long position = toy.Position;
        for (int done = 0; done < tokens; done += BatchTokens)
        {
            toy.Position = firstToken + done;
            var x = new Matrix(Math.Min(BatchTokens, tokens - done) * toy.LayerCount, toy.ModelDim);
            toy.Read(x);
            var reconstruction = new Matrix(x.Rows, x.Columns);
            var codes = dictionary.Reconstruct(x, reconstruction);
            for (int row = 0; row < x.Rows; row++)
            {
                layers[row % toy.LayerCount].AddVector(x.Row(row), reconstruction.Row(row), codes.RowValues(row), L0.ActiveAbove);
            }

            CountValues(toy, codes, firstToken + done, matches, new float[dictionary.LatentCount]);
        }

        toy.Position = position;
        return new ToyRecovery([.. matches.Select((match, i) => match.Recovery(i))], layers);
    }

    /// <summary>Adds what the matched latents did on each token to each feature that the token has.</summary>
    private static void CountValues(ToyActivations toy, SparseRows codes, long firstToken, FeatureMatch[] matches, float[] values)
    {
        for (int row = 0; row < codes.Rows; row++)
        {
            var (token, layer) = (row / toy.LayerCount, row % toy.LayerCount);
            var latents = codes.RowIndices(row);
            for (int i = 0; i < latents.Length; i++)
            {
                values[latents[i]] = codes.RowValues(row)[i];
            }

            foreach (var (feature, _) in toy.ActiveAt(firstToken + token))
            {
                matches[feature].Add(layer, values);
            }

            foreach (int latent in latents)
            {
                values[latent] = 0;
            }
        }
    }
}
