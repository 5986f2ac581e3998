using System.Runtime.CompilerServices;
using static Mlsae.Numerics.Sizes;

namespace Mlsae.Numerics;

internal sealed partial class EncodeProduct<TSimd, TVector>
{
    private readonly Action<int> _collectBody;
    private float[]? _thresholds;
    private GatheredBlock[] _gathered = [];
    private int[] _lengths = [];
    private SparseRows? _codes;

    /// <summary>Encodes with a threshold for each latent, where the sizes are known to fit.</summary>
    public void Run(Matrix x, Matrix encoder, float[]? bias, float[] thresholds, SparseRows codes)
    {
        (_thresholds, _codes) = (thresholds, codes);
        if (_lengths.Length < x.Rows)
        {
            _lengths = new int[x.Rows];
        }

        _lengths.AsSpan(0, x.Rows).Clear();
        RunProduct(x, encoder, bias);
        codes.SetLengths(_lengths.AsSpan(0, x.Rows));
        Workers.For(Blocks(x.Rows, _rowBlock), _collectBody);
        (_thresholds, _codes) = (null, null);
    }

    /// <summary>Room for what the blocks of rows find, kept from call to call.</summary>
    private void ReserveBlocks(int blocks)
    {
        int before = _gathered.Length;
        if (before < blocks)
        {
            Array.Resize(ref _gathered, blocks);
            for (int block = before; block < blocks; block++)
            {
                _gathered[block] = new GatheredBlock();
            }
        }

        for (int block = 0; block < blocks; block++)
        {
            _gathered[block].Begin();
        }
    }

    /// <summary>Gathers from one row's values those above their latents' thresholds.</summary>
    private void ScanAbove(int row, int latent, int length, ref float values)
    {
        var gathered = _gathered[row / _rowBlock];
        gathered.Reserve(length + TSimd.Lanes);
        ref float kept = ref gathered.Values[gathered.Count];
        ref int places = ref gathered.Places[gathered.Count];
        ref float thresholds = ref _thresholds![latent];
        int count = 0, i = 0;
        for (; i + TSimd.Lanes <= length; i += TSimd.Lanes)
        {
            count += TSimd.Gather(
                TSimd.Load(in values, (nuint)i), TSimd.Load(in thresholds, (nuint)i), latent + i, ref Unsafe.Add(ref kept, count), ref Unsafe.Add(ref places, count));
        }

        for (; i < length; i++)
        {
            float value = Unsafe.Add(ref values, i);
            Unsafe.Add(ref kept, count) = value;
            Unsafe.Add(ref places, count) = latent + i;
            count += value <= Unsafe.Add(ref thresholds, i) ? 0 : 1;
        }

        gathered.Add(row, count);
        _lengths[row] += count;
    }

    /// <summary>Brings what one block found, chunk by chunk of latents, into the order of its rows.</summary>
    private void Collect(int block)
    {
        var (gathered, codes) = (_gathered[block], _codes!);
        int first = block * _rowBlock, from = 0;
        Span<int> filled = gathered.Filled(_rowBlock);
        foreach (var (row, count) in gathered.Pieces)
        {
            ref int start = ref filled[row - first];
            gathered.Values.AsSpan(from, count).CopyTo(codes.RowValues(row)[start..]);
            gathered.Places.AsSpan(from, count).CopyTo(codes.RowIndices(row)[start..]);
            start += count;
            from += count;
        }
    }
}

/// <summary>What one block of rows has above its thresholds, in pieces of one row and one chunk of latents. Grows, and is kept.</summary>
internal sealed class GatheredBlock
{
    private readonly List<(int Row, int Count)> _pieces = [];
    private int[] _filled = [];

    /// <summary>Entries so far.</summary>
    public int Count { get; private set; }

    /// <summary>[at least <see cref="Count"/>]</summary>
    public float[] Values { get; private set; } = [];

    /// <summary>[at least <see cref="Count"/>]</summary>
    public int[] Places { get; private set; } = [];

    /// <summary>To which row how many consecutive entries belong. A row's pieces ascend by latent.</summary>
    public List<(int Row, int Count)> Pieces => _pieces;

    /// <summary>Forgets all entries.</summary>
    public void Begin()
    {
        Count = 0;
        _pieces.Clear();
    }

    /// <summary>Makes room for so many more entries.</summary>
    public void Reserve(int more)
    {
        if (Values.Length < Count + more)
        {
            int length = Math.Max(2 * Values.Length, Count + more);
            float[] values = GC.AllocateUninitializedArray<float>(length);
            int[] places = GC.AllocateUninitializedArray<int>(length);
            Values.AsSpan(0, Count).CopyTo(values);
            Places.AsSpan(0, Count).CopyTo(places);
            (Values, Places) = (values, places);
        }
    }

    /// <summary>Counts the entries that were written after the last ones as a piece.</summary>
    public void Add(int row, int count)
    {
        _pieces.Add((row, count));
        Count += count;
    }

    /// <summary>[rows] zeros.</summary>
    public Span<int> Filled(int rows)
    {
        if (_filled.Length < rows)
        {
            _filled = new int[rows];
        }

        _filled.AsSpan(0, rows).Clear();
        return _filled.AsSpan(0, rows);
    }
}
