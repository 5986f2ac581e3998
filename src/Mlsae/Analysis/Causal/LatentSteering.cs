using Mlsae.Numerics;

namespace Mlsae.Analysis.Causal;

/// <summary>How a latent is turned up.</summary>
public enum SteeringMode
{
    /// <summary>x + a s(x) f: the latent's part of the reconstruction grows by a, whatever it was.</summary>
    Add,

    /// <summary>x + (v − z(x)) s(x) f: the latent's part becomes that of the value v, whether it was active or not (Bricken et al. 2023, pinned sampling). v = 0 takes it away.</summary>
    Pin,
}

/// <summary>
/// A latent turned up at one layer while text is read or written. Strengths are in the latent's own units: those of its values in codes. They become the transformer's by the standard deviation s(x)
/// of the very vector that is changed, where the dictionary standardises.
/// </summary>
/// <param name="Dictionary">at the layer</param>
/// <param name="Latent">which latent</param>
/// <param name="Mode">how</param>
/// <param name="Value">a or v</param>
public sealed record LatentSteering(DictionaryAtLayer Dictionary, int Latent, SteeringMode Mode, double Value)
{
    /// <summary>The change as an edit of the layer's hook point.</summary>
    /// <param name="positionOfFirst">the position of the first of the rows that the edit is given: 0 of a whole pass over one sequence, a decoder's length while it writes</param>
    /// <param name="from">positions before it are left alone</param>
    public Action<Matrix> Edit(Func<int> positionOfFirst, int from) => rows =>
    {
        int first = Math.Max(0, from - positionOfFirst());
        if (first < rows.Rows)
        {
            Apply(rows.RowWindow(first, rows.Rows - first));
        }
    };

    /// <summary>Changes vectors of the layer.</summary>
    /// <param name="x">[N × d_model] Changed in place.</param>
    public void Apply(Matrix x)
    {
        float[] values = Mode == SteeringMode.Pin ? DictionaryAtLayer.ValuesOf(Dictionary.Encode(x), Latent) : new float[x.Rows];
        for (int row = 0; row < x.Rows; row++)
        {
            Kernels.AddScaled(Dictionary.Direction(Latent), (float)((Value - values[row]) * Dictionary.Scale(x.Row(row))), x.Row(row));
        }
    }
}
