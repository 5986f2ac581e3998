using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Metrics;

/// <summary>The sums of a dictionary's latents: at each layer those that can be active there, and all of them over all layers.</summary>
public sealed class DictionaryLatentSums : ITextSums
{
    /// <summary>Sums over no tokens.</summary>
    public DictionaryLatentSums(ILayeredDictionary dictionary)
    {
        var latents = Enumerable.Range(0, dictionary.LayerCount).Select(dictionary.LatentsAt).ToArray();
        Layers = [.. latents.Select(at => new LatentSums(at))];
        Overall = new LatentSums((0, dictionary.LatentCount), Math.Max(1, latents.Sum(at => at.Count) / dictionary.LatentCount));
    }

    /// <summary>[L] The sums of each layer.</summary>
    public IReadOnlyList<LatentSums> Layers { get; }

    /// <summary>The sums over all layers. A latent fires on a token where it fires at any layer; powers are summed over all layers.</summary>
    public LatentSums Overall { get; }

    /// <inheritdoc/>
    public bool NeedsCodes => true;

    private IEnumerable<(string Prefix, LatentSums Sums)> Parts => Layers.Select((sums, layer) => ($"layer_{layer}.", sums)).Append(("overall.", Overall));

    /// <inheritdoc/>
    public void Add(EncodedTokens tokens) => Add(tokens.Codes);

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() => [.. Parts.SelectMany(part => part.Sums.SaveState(part.Prefix))];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        foreach (var (prefix, sums) in Parts)
        {
            sums.RestoreState(state, prefix);
        }
    }

    /// <summary>Adds the codes of some tokens.</summary>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t at layer l</param>
    public void Add(SparseRows codes)
    {
        Require.That(codes.Rows % Layers.Count == 0, $"{codes.Rows} rows are not whole tokens of {Layers.Count} layers.");

        // The layers' sums and the overall ones are apart, so each can have its own thread.
        Workers.For(Layers.Count + 1, part =>
        {
            for (int token = 0; token < codes.Rows / Layers.Count; token++)
            {
                var sums = part < Layers.Count ? Layers[part] : Overall;
                sums.BeginToken();
                for (int layer = 0; layer < Layers.Count; layer++)
                {
                    if (layer == part || part == Layers.Count)
                    {
                        sums.Add(codes.RowIndices(token * Layers.Count + layer), codes.RowValues(token * Layers.Count + layer));
                    }
                }
            }
        });
    }
}
