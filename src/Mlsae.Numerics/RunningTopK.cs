using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

/// <summary>The TopK of every row while its values go by in order of latent. Values that beat the row's threshold are gathered; when their room is full, the best stay and the threshold rises to the least of them.</summary>
/// <remarks>A threshold is never above the k-th largest value so far, and a later equal value loses to an earlier one, so what does not exceed it cannot be selected. NaN stands for none yet: nothing is at most NaN.</remarks>
internal sealed class RunningTopK
{
    private SparseRows _top = new(0, 0);
    private ulong[] _keys = [];
    private int[] _counts = [];
    private float[] _thresholds = [];
    private uint[] _allowed = [];
    private int _capacity;

    /// <summary>k.</summary>
    public int Width => _top.Width;

    /// <summary>Whether every latent may be chosen.</summary>
    public bool IsUnmasked { get; private set; }

    /// <summary>What a value of the row must exceed to be gathered.</summary>
    public float Threshold(int row) => _thresholds[row];

    /// <summary>Bit i is set where latent panel · panelWidth + i may be chosen.</summary>
    public uint Allowed(int panel) => _allowed[panel];

    /// <summary>Begins anew for all rows of <paramref name="top"/>.</summary>
    /// <param name="top">[N × k] where the result will be</param>
    /// <param name="mask">[n_latents] which latents may be chosen, or null for all</param>
    /// <param name="latents">n_latents</param>
    /// <param name="panelWidth">latents in a panel, at most 32</param>
    public void Begin(SparseRows top, bool[]? mask, int latents, int panelWidth)
    {
        _top = top;
        IsUnmasked = mask is null;
        _capacity = top.Width + Math.Clamp(top.Width, 64, 1024);
        Reserve(ref _keys, checked(top.Rows * _capacity));
        Reserve(ref _counts, top.Rows);
        Reserve(ref _thresholds, top.Rows);
        Reserve(ref _allowed, (latents + panelWidth - 1) / panelWidth);
        _counts.AsSpan(0, top.Rows).Clear();
        _thresholds.AsSpan(0, top.Rows).Fill(float.NaN);
        Array.Clear(_allowed);
        for (int latent = 0; latent < latents; latent++)
        {
            _allowed[latent / panelWidth] |= mask is null || mask[latent] ? 1u << (latent % panelWidth) : 0;
        }
    }

    /// <summary>Lets go of the caller's storage.</summary>
    public void End() => _top = new SparseRows(0, 0);

    /// <summary>Raises an empty row's threshold to below <paramref name="bound"/>, which at least k values of the row are known to reach.</summary>
    public void Raise(int row, float bound) => _thresholds[row] = bound > float.NegativeInfinity ? MathF.BitDecrement(bound) : float.NaN;

    /// <summary>Gathers values of one row.</summary>
    /// <param name="row">which row</param>
    /// <param name="latent">latent of the first value</param>
    /// <param name="bits">which of the values, by their place</param>
    /// <param name="values">the first value</param>
    public void Gather(int row, int latent, uint bits, ref float values)
    {
        int count = _counts[row];
        Span<ulong> keys = _keys.AsSpan(row * _capacity, _capacity);
        for (; bits != 0; bits &= bits - 1)
        {
            int place = BitOperations.TrailingZeroCount(bits);
            keys[count++] = TopKKeys.Key(Unsafe.Add(ref values, place), latent + place);
            if (count == keys.Length)
            {
                TopKKeys.SelectLargest(keys, Width);
                count = Width;
                _thresholds[row] = TopKKeys.Value(keys[Width - 1]);
            }
        }

        _counts[row] = count;
    }

    /// <summary>Writes the row's selection in descending order; places beyond the number of values get latent 0 and value 0.</summary>
    public void Finish(int row)
    {
        Span<ulong> keys = _keys.AsSpan(row * _capacity, _counts[row]);
        if (keys.Length > Width)
        {
            TopKKeys.SelectLargest(keys, Width);
            keys = keys[..Width];
        }

        keys.Sort();
        Span<int> indices = _top.RowIndices(row);
        Span<float> values = _top.RowValues(row);
        for (int slot = 0; slot < keys.Length; slot++)
        {
            ulong key = keys[keys.Length - 1 - slot];
            indices[slot] = TopKKeys.Latent(key);
            values[slot] = TopKKeys.Value(key);
        }

        indices[keys.Length..].Clear();
        values[keys.Length..].Clear();
    }

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = GC.AllocateUninitializedArray<T>(length);
        }
    }
}
