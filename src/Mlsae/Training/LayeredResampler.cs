using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;

namespace Mlsae.Training;

/// <summary>Hands the inputs of all layers to the resamplers of one layered dictionary.</summary>
/// <param name="arrangement">how its latents are arranged over layers</param>
/// <param name="resamplers">for each engine, or null where it has no dead latents</param>
/// <param name="layerCount">L</param>
public sealed class LayeredResampler(Arrangement arrangement, IReadOnlyList<LatentResampler?> resamplers, int layerCount)
{
    /// <summary>Whether no more inputs are wanted.</summary>
    public bool IsFull => resamplers.All(resampler => resampler?.IsFull ?? true);

    /// <summary>Takes the next inputs.</summary>
    /// <param name="batch">[tokens · L × d_model]</param>
    public void Add(Matrix batch)
    {
        var tokens = batch.Reshape(batch.Rows / layerCount, layerCount * batch.Columns);
        for (int i = 0; i < resamplers.Count; i++)
        {
            if (resamplers[i] is { IsFull: false } resampler)
            {
                resampler.Add(arrangement switch
                {
                    Arrangement.Shared => batch,
                    Arrangement.PerLayer => tokens.ColumnWindow(i * batch.Columns, batch.Columns),
                    _ => tokens,
                });
            }
        }
    }

    /// <summary>Gives the dead latents their new start.</summary>
    /// <returns>how many latents that were</returns>
    public int Finish() => resamplers.Sum(resampler => resampler?.Finish() ?? 0);
}
