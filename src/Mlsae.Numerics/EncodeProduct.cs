using System.Runtime.CompilerServices;
using static Mlsae.Numerics.Sizes;

namespace Mlsae.Numerics;

/// <summary>The encoder product whose tiles feed running selections, or are compared with thresholds. One instance a thread, kept with its buffers.</summary>
/// <remarks>
/// Blocks of rows are shared among the workers; each goes through the packed encoder chunk by chunk, as in <see cref="MatrixProduct{TSimd,TVector}"/>, and looks through a
/// chunk's values while they are in the cache. The sums are split where the plain product splits them, so values agree to the last bit.
/// </remarks>
internal sealed partial class EncodeProduct<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int PackedFloats = 1 << 24;
    private const int ChunkFloats = 1 << 17;
    private const int PackUnit = 1 << 14;
    private const int LongestChunk = 1024;

    [ThreadStatic]
    private static EncodeProduct<TSimd, TVector>? _own;

    [ThreadStatic]
    private static EncodeScratch? _scratch;

    private readonly AlignedBuffer _encoder = new();
    private readonly RunningTopK<TSimd, TVector> _top = new();
    private readonly RunningTopK<TSimd, TVector> _maskedTop = new();
    private readonly AllowedLatents _allowed = new();
    private readonly Action<int> _packBody;
    private readonly Action<int> _encodeBody;

    private Panels _a;
    private Panels _b;
    private float[]? _bias;
    private bool _hasMask;
    private (int Start, int Count) _latents;
    private int _rowBlock;
    private int _chunk;
    private int _panelsPerUnit;

    private EncodeProduct()
    {
        (_packBody, _encodeBody, _collectBody) = (Pack, Encode, Collect);
    }

    /// <summary>The calling thread's instance.</summary>
    public static EncodeProduct<TSimd, TVector> Own => _own ??= new EncodeProduct<TSimd, TVector>();

    private static int TileColumns => MatMulTile<TSimd, TVector>.Columns;

    private int Depth => _a.Depth;

    /// <summary>Encodes, where the sizes are known to fit.</summary>
    public void Run(Matrix x, Matrix encoder, float[]? bias, SparseRows top, bool[]? mask, SparseRows? maskedTop)
    {
        (_thresholds, _hasMask) = (null, maskedTop is not null);
        _top.Begin(top);
        if (maskedTop is not null && mask is not null)
        {
            _maskedTop.Begin(maskedTop);
            _allowed.Set(mask, TSimd.Lanes);
        }

        RunProduct(x, encoder, bias);
        _top.End();
        _maskedTop.End();
    }

    /// <summary>All rows against all latents. What comes out goes to the selections, or, where thresholds were set, is compared with them.</summary>
    private void RunProduct(Matrix x, Matrix encoder, float[]? bias)
    {
        (_a, _b, _bias) = (new Panels(x, false), new Panels(encoder, false), bias);
        int share = Math.Min(192, RoundUp(Blocks(x.Rows, 4 * Workers.Count), TSimd.TileRows));
        _rowBlock = Math.Max(2 * TSimd.TileRows, Math.Min(share, ChunkFloats / Math.Max(Depth, 1) / TSimd.TileRows * TSimd.TileRows));
        if (_thresholds is not null)
        {
            ReserveBlocks(Blocks(x.Rows, _rowBlock));
        }

        _chunk = Math.Clamp(ChunkFloats / Math.Max(Depth, 1) / TileColumns, 1, LongestChunk / TileColumns) * TileColumns;
        int limit = Math.Max(PackedFloats / Math.Max(Depth, 1) / _chunk, 1) * _chunk;
        for (int latent = 0; latent < encoder.Rows; latent += limit)
        {
            _latents = (latent, Math.Min(limit, encoder.Rows - latent));
            RunLatents();
        }

        (_a, _b, _bias) = (new Panels(Matrix.None, false), new Panels(Matrix.None, false), null);
    }

    private void RunLatents()
    {
        int panels = Blocks(_latents.Count, TileColumns);
        _encoder.Reserve(panels * TileColumns * Depth);
        _panelsPerUnit = Math.Max(1, PackUnit / (TileColumns * Math.Max(Depth, 1)));
        Workers.For(Blocks(panels, _panelsPerUnit), _packBody);
        Workers.For(Blocks(_a.Lines, _rowBlock), _encodeBody);
    }

    private void Pack(int unit)
    {
        int first = unit * _panelsPerUnit * TileColumns, count = Math.Min(_latents.Count - first, _panelsPerUnit * TileColumns);
        _b.Pack(_latents.Start + first, count, TileColumns, TileColumns, (0, Depth), ref Unsafe.Add(ref _encoder.First, first * Depth));
    }

    /// <summary>One block of rows against all packed latents.</summary>
    private void Encode(int block)
    {
        _scratch ??= new EncodeScratch();
        int first = block * _rowBlock, last = Math.Min(first + _rowBlock, _a.Lines);
        ref float left = ref _scratch.Left.Reserve(RoundUp(last - first, TSimd.TileRows) * Depth);
        int remainder = (last - first) % TSimd.TileRows;
        int lastWidth = remainder == 0 ? TSimd.TileRows : MatMulTile<TSimd, TVector>.RowsFor(remainder);
        _a.Pack(first, last - first, TSimd.TileRows, lastWidth, (0, Depth), ref left);
        for (int latent = 0; latent < _latents.Count; latent += _chunk)
        {
            int count = Math.Min(_chunk, _latents.Count - latent);
            for (int row = first; row < last; row += TSimd.TileRows)
            {
                EncodeStrip(row, Math.Min(TSimd.TileRows, last - row), latent, count, in Unsafe.Add(ref left, (row - first) * Depth));
            }
        }

        if (_thresholds is null && _latents.Start + _latents.Count == _b.Lines)
        {
            Finish(first, last);
        }
    }

    /// <summary>A few rows against a chunk of latents, and the search through what comes out.</summary>
    private void EncodeStrip(int row, int rows, int latent, int count, ref readonly float left)
    {
        int width = MatMulTile<TSimd, TVector>.RowsFor(rows);
        ref float tile = ref _scratch!.Tile.Reserve(TSimd.TileRows * _chunk);
        int depthBlock = Math.Max(MatrixProduct<TSimd, TVector>.DepthBlock(Depth), 1);
        for (int j = 0; j < count; j += TileColumns)
        {
            ref float panel = ref Unsafe.Add(ref _encoder.First, (latent + j) * Depth);
            for (int p = 0; p < Depth || p == 0; p += depthBlock)
            {
                int depth = Math.Min(depthBlock, Depth - p);
                MatMulTile<TSimd, TVector>.Run(
                    width, in Unsafe.Add(ref Unsafe.AsRef(in left), p * width), in Unsafe.Add(ref panel, p * TileColumns), depth, ref Unsafe.Add(ref tile, j), _chunk, p > 0);
            }
        }

        for (int i = 0; i < rows; i++)
        {
            ref float values = ref Unsafe.Add(ref tile, i * _chunk);
            AddBias(_latents.Start + latent, count, ref values);
            if (_thresholds is not null)
            {
                ScanAbove(row + i, _latents.Start + latent, count, ref values);
                continue;
            }

            Scan(_top, row + i, _latents.Start + latent, count, ref values);
            if (_hasMask)
            {
                ScanAllowed(row + i, _latents.Start + latent, count, ref values);
            }
        }
    }

    private void AddBias(int latent, int count, ref float values)
    {
        if (_bias is null)
        {
            return;
        }

        ref float bias = ref _bias[latent];
        int i = 0;
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes)
        {
            TSimd.Store(TSimd.Add(TSimd.Load(in values, (nuint)i), TSimd.Load(in bias, (nuint)i)), ref values, (nuint)i);
        }

        for (; i < count; i++)
        {
            Unsafe.Add(ref values, i) += Unsafe.Add(ref bias, i);
        }
    }

    /// <summary>Copies the values of the mask's latents beside each other and gathers from them.</summary>
    private void ScanAllowed(int row, int latent, int count, ref float values)
    {
        ref float dense = ref _scratch!.Allowed.Reserve(_chunk + TSimd.Lanes);
        int kept = 0;
        for (int i = 0; i < count; i += TSimd.Lanes)
        {
            uint bits = _allowed.Bits((latent + i) / TSimd.Lanes);
            kept += bits == 0 ? 0 : TSimd.Compress(TSimd.Load(in values, (nuint)i), bits, ref Unsafe.Add(ref dense, kept));
        }

        if (kept > 0)
        {
            Scan(_maskedTop, row, _allowed.Before(latent / TSimd.Lanes), kept, ref dense);
        }
    }

    /// <summary>Gathers from one row's values those above its threshold.</summary>
    /// <param name="running">the selection</param>
    /// <param name="row">which row</param>
    /// <param name="place">place of the first value in the order of latents</param>
    /// <param name="count">how many values</param>
    /// <param name="values">the first value</param>
    private static void Scan(RunningTopK<TSimd, TVector> running, int row, int place, int count, ref float values)
    {
        if (place == 0)
        {
            Bound(running, row, count, ref values);
        }

        running.Scan(row, place, count, ref values);
    }

    /// <summary>
    /// A first threshold from a row's first values: by their place they fall into at least 2k groups, and what exceeds a threshold that k of the groups' maxima
    /// exceed is k values at least and seldom many more. Without it most of the first values would be gathered.
    /// </summary>
    private static void Bound(RunningTopK<TSimd, TVector> running, int row, int count, ref float values)
    {
        int groups = RoundUp(2 * running.Width, TSimd.Lanes);
        int usable = count / groups * groups;
        if (usable < 2 * groups)
        {
            return;
        }

        ref float maxima = ref _scratch!.Maxima.Reserve(groups);
        for (int g = 0; g < groups; g += TSimd.Lanes)
        {
            TVector largest = TSimd.Load(in values, (nuint)g);
            for (int j = g + groups; j < usable; j += groups)
            {
                largest = TSimd.Larger(largest, TSimd.Load(in values, (nuint)j));
            }

            TSimd.Store(largest, ref maxima, (nuint)g);
        }

        running.Raise(row, TopKThreshold<TSimd, TVector>.Find(ref maxima, groups, running.Width, float.NaN));
    }

    private void Finish(int first, int last)
    {
        for (int row = first; row < last; row++)
        {
            _top.Finish(row);
            if (_hasMask)
            {
                _maskedTop.FinishAscending(row, _allowed.Latents);
            }
        }
    }
}

/// <summary>What one worker needs beside the shared encoder.</summary>
internal sealed class EncodeScratch
{
    /// <summary>The packed rows.</summary>
    public AlignedBuffer Left { get; } = new();

    /// <summary>The pre-activations of a few rows by a chunk of latents.</summary>
    public AlignedBuffer Tile { get; } = new();

    /// <summary>One row's pre-activations of the mask's latents.</summary>
    public AlignedBuffer Allowed { get; } = new();

    /// <summary>Maxima of groups of one row's pre-activations.</summary>
    public AlignedBuffer Maxima { get; } = new();
}
