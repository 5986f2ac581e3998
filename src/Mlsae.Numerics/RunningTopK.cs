using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

/// <summary>The TopK of every row while its values go by in order of latent. Values above the row's threshold are gathered; when their room is full, the lesser ones go and the threshold rises.</summary>
/// <remarks>
/// At least k gathered values exceed the threshold or come before all that equal it, so what does not exceed it cannot be selected. NaN stands for no threshold yet: nothing is
/// at most NaN, and NaN is at most nothing.
/// </remarks>
internal sealed class RunningTopK<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Ranked = 384;

    [ThreadStatic]
    private static ulong[]? _keys;

    private SparseRows _top = SparseRows.None;
    private float[] _values = [];
    private int[] _places = [];
    private int[] _counts = [];
    private float[] _thresholds = [];
    private int _capacity;

    /// <summary>k.</summary>
    public int Width => _top.Width;

    /// <summary>Begins anew for all rows of <paramref name="top"/>, [N × k], where the result will be.</summary>
    public void Begin(SparseRows top)
    {
        _top = top;
        _capacity = Padded(top.Width + Math.Clamp(top.Width, 64, 1024)) + TSimd.Lanes;
        Reserve(ref _values, checked(top.Rows * _capacity));
        Reserve(ref _places, _values.Length);
        Reserve(ref _counts, top.Rows);
        Reserve(ref _thresholds, top.Rows);
        _counts.AsSpan(0, top.Rows).Clear();
        _thresholds.AsSpan(0, top.Rows).Fill(float.NaN);
    }

    /// <summary>Lets go of the caller's storage.</summary>
    public void End() => _top = SparseRows.None;

    /// <summary>Gives an empty row a threshold that at least k of its values exceed.</summary>
    public void Raise(int row, float threshold) => _thresholds[row] = threshold;

    /// <summary>Whether so many values can be put at once.</summary>
    public bool HasRoomFor(int count) => count <= _capacity - TSimd.Lanes;

    /// <summary>Makes these all that a row gathered.</summary>
    /// <param name="row">which row</param>
    /// <param name="values">as many as there is room for, in order of latent</param>
    /// <param name="places">their latents</param>
    public void Put(int row, ReadOnlySpan<float> values, ReadOnlySpan<int> places)
    {
        values.CopyTo(_values.AsSpan(row * _capacity));
        places.CopyTo(_places.AsSpan(row * _capacity));
        _counts[row] = values.Length;
    }

    /// <summary>Gathers from values of one row those above its threshold.</summary>
    /// <param name="row">which row</param>
    /// <param name="place">place of the first value in the order of latents</param>
    /// <param name="length">how many values</param>
    /// <param name="values">the first value</param>
    public void Scan(int row, int place, int length, ref float values)
    {
        int count = _counts[row], limit = _capacity - TSimd.Lanes, i = 0;
        ref float kept = ref _values[row * _capacity];
        ref int places = ref _places[row * _capacity];
        TVector threshold = TSimd.Broadcast(_thresholds[row]);
        for (; i + TSimd.Lanes <= length; i += TSimd.Lanes)
        {
            count += TSimd.Gather(TSimd.Load(in values, (nuint)i), threshold, place + i, ref Unsafe.Add(ref kept, count), ref Unsafe.Add(ref places, count));
            if (count > limit)
            {
                count = Prune(row, count);
                threshold = TSimd.Broadcast(_thresholds[row]);
            }
        }

        // Less than one register is left, and there is room for one.
        for (; i < length; i++)
        {
            float value = Unsafe.Add(ref values, i);
            Unsafe.Add(ref kept, count) = value;
            Unsafe.Add(ref places, count) = place + i;
            count += value <= _thresholds[row] ? 0 : 1;
        }

        _counts[row] = count > limit ? Prune(row, count) : count;
    }

    /// <summary>Writes the row's selection in descending order; slots beyond the number of values get latent 0 and value 0.</summary>
    /// <param name="row">which row</param>
    public void Finish(int row)
    {
        int count = Nearly(row);
        Span<int> indices = _top.RowIndices(row);
        if (count > Ranked || HasNaN(ref _values[row * _capacity], Padded(count)))
        {
            count = Sort(row, count, indices);
        }
        else
        {
            Rank(row, count, indices);
        }

        ClearFrom(row, Math.Min(count, Width));
    }

    /// <summary>Writes the row's selection in ascending order of latent, which is cheaper where it is large; slots beyond the number of values get latent 0 and value 0.</summary>
    /// <param name="row">which row</param>
    /// <param name="latents">the latent of each place</param>
    public void FinishAscending(int row, ReadOnlySpan<int> latents)
    {
        int count = Nearly(row);
        if (count > Width)
        {
            float threshold = TopKThreshold<TSimd, TVector>.FindExact(ref _values[row * _capacity], Padded(count), Width);
            count = float.IsNaN(threshold) ? Choose(row, count) : Keep(row, threshold, count);
        }

        _values.AsSpan(row * _capacity, count).CopyTo(_top.RowValues(row));
        Span<int> indices = _top.RowIndices(row);
        Span<int> places = _places.AsSpan(row * _capacity, count);
        for (int slot = 0; slot < places.Length; slot++)
        {
            indices[slot] = latents[places[slot]];
        }

        ClearFrom(row, count);
    }

    /// <summary>Leaves of the gathered values the k largest and seldom many more, in their order, and −∞ behind them. Returns how many.</summary>
    private int Nearly(int row)
    {
        int count = _counts[row];
        Span<float> values = _values.AsSpan(row * _capacity, _capacity);
        values[count..].Fill(float.NegativeInfinity);
        if (count / TSimd.Lanes * TSimd.Lanes >= Width)
        {
            count = Keep(row, Find(row, count), count);
            values[count..].Fill(float.NegativeInfinity);
        }

        return count;
    }

    private void ClearFrom(int row, int slot)
    {
        _top.RowIndices(row)[slot..].Clear();
        _top.RowValues(row)[slot..].Clear();
    }

    private static int Padded(int count) => Sizes.RoundUp(count, TSimd.Lanes);

    private static bool HasNaN(ref float values, int length)
    {
        uint bits = 0;
        for (int i = 0; i < length; i += TSimd.Lanes)
        {
            TVector next = TSimd.Load(in values, (nuint)i);
            bits |= TSimd.NotAtMost(next, next);
        }

        return bits != 0;
    }

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = GC.AllocateUninitializedArray<T>(length);
        }
    }

    /// <summary>A higher threshold for the row, from as many of its gathered values as fill whole registers.</summary>
    private float Find(int row, int count) =>
        TopKThreshold<TSimd, TVector>.Find(ref _values[row * _capacity], count / TSimd.Lanes * TSimd.Lanes, Width, _thresholds[row]);

    /// <summary>Makes room in a full row: about the k largest stay, in their order. Returns how many.</summary>
    private int Prune(int row, int count)
    {
        float threshold = Find(row, count);
        int kept = Keep(row, threshold, count);
        if (kept <= Width + (_capacity - TSimd.Lanes - Width) / 2)
        {
            _thresholds[row] = threshold;
            return kept;
        }

        // Many equal values, NaN or infinities, which no threshold parts: exactly k stay.
        return Choose(row, kept);
    }

    /// <summary>Keeps exactly k of the gathered values, in their order, and makes the least of them the threshold. Returns k.</summary>
    private int Choose(int row, int count)
    {
        Span<ulong> keys = Keys(row, count);
        TopKKeys.SelectLargest(keys, Width);
        ulong least = keys[Width - 1];
        _thresholds[row] = TopKKeys.Value(least);
        int first = row * _capacity, kept = 0;
        for (int i = first; i < first + count; i++)
        {
            // Written always and counted only if among the largest: no branch to mispredict.
            (_values[first + kept], _places[first + kept]) = (_values[i], _places[i]);
            kept += TopKKeys.Key(_values[i], _places[i]) >= least ? 1 : 0;
        }

        return kept;
    }

    /// <summary>Keeps the gathered values that exceed the threshold, in their order, and returns their number.</summary>
    private int Keep(int row, float threshold, int count)
    {
        ref float values = ref _values[row * _capacity];
        ref int places = ref _places[row * _capacity];
        TVector level = TSimd.Broadcast(threshold);
        int kept = 0, i = 0;
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes)
        {
            kept += TSimd.Keep(TSimd.Load(in values, (nuint)i), ref Unsafe.Add(ref places, i), level, ref Unsafe.Add(ref values, kept), ref Unsafe.Add(ref places, kept));
        }

        for (; i < count; i++)
        {
            // Written always and counted only if larger: no branch to mispredict.
            float value = Unsafe.Add(ref values, i);
            Unsafe.Add(ref values, kept) = value;
            Unsafe.Add(ref places, kept) = Unsafe.Add(ref places, i);
            kept += value <= threshold ? 0 : 1;
        }

        return kept;
    }

    private Span<ulong> Keys(int row, int count)
    {
        if (_keys is null || _keys.Length < count)
        {
            _keys = new ulong[_capacity];
        }

        for (int i = 0; i < count; i++)
        {
            _keys[i] = TopKKeys.Key(_values[row * _capacity + i], _places[row * _capacity + i]);
        }

        return _keys.AsSpan(0, count);
    }

    private int Sort(int row, int count, Span<int> indices)
    {
        Span<ulong> keys = Keys(row, count);
        if (keys.Length > Width)
        {
            TopKKeys.SelectLargest(keys, Width);
            keys = keys[..Width];
        }

        keys.Sort();
        Span<float> values = _top.RowValues(row);
        for (int slot = 0; slot < keys.Length; slot++)
        {
            indices[slot] = TopKKeys.Latent(keys[^(slot + 1)]);
            values[slot] = TopKKeys.Value(keys[^(slot + 1)]);
        }

        return keys.Length;
    }

    /// <summary>Puts each value into the slot of its rank, the number of larger ones; of equal values the earlier finds the slot free. For few values this is faster than a sort.</summary>
    private void Rank(int row, int count, Span<int> indices)
    {
        ref float first = ref _values[row * _capacity];
        Span<float> values = _top.RowValues(row);
        int length = Padded(count);
        indices.Fill(-1);
        for (int i = 0; i < count; i++)
        {
            float value = Unsafe.Add(ref first, i);
            int slot = TopKThreshold<TSimd, TVector>.Count(ref first, length, value);
            while (slot < indices.Length && indices[slot] >= 0)
            {
                slot++;
            }

            if (slot < indices.Length)
            {
                indices[slot] = _places[row * _capacity + i];
                values[slot] = value;
            }
        }
    }
}
