using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Analysis.Tokens;

/// <summary>The largest value of every latent at every layer over a text: what a value on a prompt is large or small beside.</summary>
public sealed class LatentMaxima : ITextSums
{
    private readonly int _layerCount;
    private readonly int _latentCount;

    /// <summary>Maxima over no tokens.</summary>
    /// <param name="layerCount">L</param>
    /// <param name="latentCount">n_latents</param>
    public LatentMaxima(int layerCount, int latentCount)
    {
        (_layerCount, _latentCount) = (layerCount, latentCount);
        Values = new float[checked(layerCount * latentCount)];
    }

    /// <inheritdoc/>
    public bool NeedsCodes => true;

    /// <summary>[L × n_latents] largest values; 0 where a latent was never active.</summary>
    public float[] Values { get; }

    /// <summary>Tokens so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>The largest value of a latent at a layer.</summary>
    public float At(int layer, int latent) => Values[layer * _latentCount + latent];

    /// <inheritdoc/>
    public void Add(EncodedTokens tokens)
    {
        var codes = tokens.Codes;
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int entry = codes.Start(row); entry < codes.Start(row + 1); entry++)
            {
                ref float largest = ref Values[row % _layerCount * _latentCount + codes.Indices[entry]];
                largest = Math.Max(largest, codes.Values[entry]);
            }
        }

        Tokens += tokens.Count;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() => [Tensor.Of("maxima", Values, _layerCount, _latentCount), Tensor.Of("tokens", [Tokens], 1)];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        float[] values = state.ReadFloats("maxima", _layerCount, _latentCount);
        Tokens = state.ReadLongs("tokens", 1)[0];
        values.CopyTo(Values, 0);
    }

    /// <summary>Writes maxima to a safetensors file.</summary>
    public static void Write(string path, LatentMaxima maxima) => SafetensorsFile.Write(path, maxima.SaveState(), null);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="path">the file</param>
    /// <param name="layerCount">L</param>
    /// <param name="latentCount">n_latents</param>
    /// <exception cref="InvalidDataException">The file is damaged, or of another dictionary; the message names path and tensor.</exception>
    public static LatentMaxima Read(string path, int layerCount, int latentCount)
    {
        using var file = SafetensorsFile.Open(path);
        var maxima = new LatentMaxima(layerCount, latentCount);
        maxima.RestoreState(file);
        return maxima;
    }
}
