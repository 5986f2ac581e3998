using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Mlsae.Numerics.Sizes;

namespace Mlsae.Numerics;

/// <summary>
/// The k largest pre-activations of every row, found by an 8-bit product that leaves out, with a proven bound, all latents that cannot be among them. What is left is computed as
/// <see cref="EncodeProduct{TSimd,TVector}"/> computes it, so the selection is the same to the last bit. One instance a thread, kept with its buffers.
/// </summary>
/// <remarks>
/// With x = x̂ + e and w = ŵ + f, hats meaning what the integers stand for: x·w = x̂·ŵ + x̂·f + e·w, so |x·w − x̂·ŵ| ≤ ‖x̂‖‖f‖ + ‖e‖‖w‖ (Cauchy and Schwarz). A chain of d
/// rounded multiply-adds is within d·u/(1 − d·u) · ‖x‖‖w‖ of the sum, u = 2⁻²⁴ (Higham 2002, section 3.1); <see cref="Rounding"/> is more than that, and covers the few
/// roundings of the estimate too. A latent whose upper bound lies below k lower bounds of others is not among the k largest. Those that are not left out are computed in two further
/// passes: as dot products in any order, whose bound is only the rounding, and what that leaves, little more than k, as the chain.
/// </remarks>
internal sealed partial class ScreenedEncode
{
    /// <summary>Rows that share a pass through the encoder when what was left of them is computed.</summary>
    private const int MostRows = 384;

    /// <summary>Bytes of packed latents that stay in the second cache.</summary>
    private const int ChunkBytes = 1 << 17;

    private const int Lanes = 16;
    private const int PackUnit = 64;

    /// <summary>Calls without screening after one that left too much.</summary>
    private const int Pause = 16;

    [ThreadStatic]
    private static ScreenedEncode? _own;

    [ThreadStatic]
    private static ScreenScratch? _scratch;

    private readonly QuantizedRows _x = new(offset: 128);
    private readonly QuantizedRows _w = new(offset: 0);
    private readonly AlignedBuffer _packed = new();
    private readonly RunningTopK<Simd512, Vector512<float>> _top = new();
    private readonly Action<int> _packBody;
    private readonly Action<int> _rowsBody;
    private Matrix _rows = Matrix.None;
    private Matrix _encoder = Matrix.None;
    private float[] _bias = [];
    private float[] _biasRounding = [];
    private bool[] _unscreened = [];
    private (float Norm, float Error, float Bias)[] _most = [];
    private int _chunk;
    private int _rowBlock;
    private int _capacity;
    private int _firstLimit;
    private int _pause;
    private long _left;

    private ScreenedEncode() => (_packBody, _rowsBody) = (Pack, ScreenRows);

    /// <summary>The calling thread's instance.</summary>
    public static ScreenedEncode Own => _own ??= new ScreenedEncode();

    private int Quads => Blocks(_rows.Columns, 4);

    private float Rounding => (_rows.Columns + 64) * 1.2e-7f;

    /// <summary>Latents that the last call left to be computed, over all rows.</summary>
    public long LeftLatents => _left;

    /// <summary>Whether a product of this size is worth it: large enough for what is done beside the product, and not known to be left too much.</summary>
    public bool Suits(int rows, int depth, int latents, int k)
    {
        if (!IntegerTile.IsSupported || depth is < 128 or > 4096 || latents < 12 * CapacityFor(k) || rows < 96)
        {
            return false;
        }

        _pause = Math.Max(0, _pause - 1);
        return _pause == 0;
    }

    /// <summary>Encodes, where the sizes are known to fit.</summary>
    /// <returns>the rows that screening did not reach, whose selection is yet to be made</returns>
    public ReadOnlySpan<bool> Run(Matrix x, Matrix encoder, float[]? bias, SparseRows top)
    {
        (_rows, _encoder) = (x, encoder);
        _capacity = CapacityFor(top.Width);
        _firstLimit = Math.Max(128, RoundUp(4 * top.Width, Lanes));
        TakeBias(bias, encoder.Rows);
        if (_unscreened.Length < x.Rows)
        {
            _unscreened = new bool[x.Rows];
        }

        _unscreened.AsSpan(0, x.Rows).Clear();
        _x.Set(x);
        _w.Set(encoder);
        int panels = Blocks(encoder.Rows, IntegerTile.Columns);
        _packed.Reserve(checked(panels * IntegerTile.Columns * Quads));
        Workers.For(Blocks(panels, PackUnit), _packBody);
        FindMost();
        int threads = Workers.Count, blocks = Blocks(x.Rows, MostRows * threads) * threads;
        _rowBlock = RoundUp(Blocks(x.Rows, blocks), IntegerTile.Rows);
        _top.Begin(top);
        _left = 0;
        Workers.For(Blocks(x.Rows, _rowBlock), _rowsBody);
        _top.End();

        // Where the bound leaves a large share, the plain product is faster; the vectors of a training change slowly.
        int unscreened = _unscreened.AsSpan(0, x.Rows).Count(true);
        _pause = _left + (long)unscreened * encoder.Rows > (long)x.Rows * encoder.Rows / 24 ? Pause + 1 : 0;
        (_rows, _encoder) = (Matrix.None, Matrix.None);
        return _unscreened.AsSpan(0, x.Rows);
    }

    private static int CapacityFor(int k) => Math.Max(1024, RoundUp(8 * k, Lanes));

    private void TakeBias(float[]? bias, int latents)
    {
        int padded = RoundUp(latents, Lanes);
        if (_bias.Length < padded)
        {
            (_bias, _biasRounding) = (new float[padded], new float[padded]);
        }

        _bias.AsSpan().Clear();
        _biasRounding.AsSpan().Clear();
        for (int latent = 0; latent < (bias?.Length ?? 0); latent++)
        {
            (_bias[latent], _biasRounding[latent]) = (bias![latent], MathF.Abs(bias[latent]) * 2e-6f);
        }
    }

    /// <summary>The largest terms of the bounds in each chunk of latents.</summary>
    private void FindMost()
    {
        _chunk = Math.Max(1, ChunkBytes / sizeof(float) / Quads / IntegerTile.Columns) * IntegerTile.Columns;
        int chunks = Blocks(_encoder.Rows, _chunk);
        if (_most.Length < chunks)
        {
            _most = new (float, float, float)[chunks];
        }

        for (int chunk = 0; chunk < chunks; chunk++)
        {
            int first = chunk * _chunk, count = Math.Min(_chunk, _encoder.Rows - first);
            _most[chunk] = (Kernels.Maximum(_w.Norms.AsSpan(first, count)), Kernels.Maximum(_w.ErrorNorms.AsSpan(first, count)), Kernels.Maximum(_biasRounding.AsSpan(first, count)));
        }
    }

    private void Pack(int unit)
    {
        int first = unit * PackUnit * IntegerTile.Columns, count = Math.Min(PackUnit * IntegerTile.Columns, _encoder.Rows - first);
        new Panels(_w.Integers, false).Pack(first, count, IntegerTile.Columns, IntegerTile.Columns, (0, Quads), ref Unsafe.Add(ref _packed.First, first * Quads));
    }

    private void ScreenRows(int block)
    {
        _scratch ??= new ScreenScratch();
        int first = block * _rowBlock, count = Math.Min(_rowBlock, _rows.Rows - first);
        _scratch.Begin(_rowBlock, _capacity + Lanes, _firstLimit - Lanes);
        ref float left = ref _scratch.Left.Reserve(_rowBlock * Quads);
        new Panels(_x.Integers, false).Pack(first, count, IntegerTile.Rows, IntegerTile.Rows, (0, Quads), ref left);
        _scratch.Tile.Reserve(IntegerTile.Rows * _chunk);
        for (int latent = 0; latent < _encoder.Rows; latent += _chunk)
        {
            int latents = Math.Min(_chunk, _encoder.Rows - latent);
            for (int row = 0; row < count; row += IntegerTile.Rows)
            {
                ScreenStrip(first, row, Math.Min(IntegerTile.Rows, count - row), latent, latents, ref Unsafe.Add(ref left, row * Quads));
            }
        }

        Interlocked.Add(ref _left, Compute(first, count));
    }

    /// <summary>A few rows against a chunk of latents, and what their bounds do not leave out.</summary>
    private void ScreenStrip(int first, int row, int rows, int latent, int latents, ref float left)
    {
        ref int tile = ref Unsafe.As<float, int>(ref _scratch!.Tile.First);
        for (int j = 0; j < latents; j += IntegerTile.Columns)
        {
            IntegerTile.Run(in left, in Unsafe.Add(ref _packed.First, (latent + j) * Quads), in _w.Starts[latent + j], Quads, ref Unsafe.Add(ref tile, j), _chunk);
        }

        for (int i = 0; i < rows; i++)
        {
            if (!_unscreened[first + row + i] && !Gather(first + row + i, row + i, latent, latents, ref Unsafe.Add(ref tile, i * _chunk)))
            {
                _unscreened[first + row + i] = true;
            }
        }
    }

    /// <summary>Gathers the latents whose upper bound reaches the row's threshold. Returns whether there was room.</summary>
    private bool Gather(int row, int slot, int latent, int count, ref int products)
    {
        var scratch = _scratch!;
        float norm = _x.Norms[row], byNorm = 1.0002f * (_x.ErrorNorms[row] + Rounding * norm), byError = 1.0002f * (norm + _x.ErrorNorms[row]);
        var (mostNorm, mostError, mostBias) = _most[latent / _chunk];
        Vector512<float> most = Vector512.Create(byNorm * mostNorm + byError * mostError + mostBias), threshold = Vector512.Create(scratch.Thresholds[slot]);
        Vector512<float> scale = Vector512.Create(_x.Scales[row]);
        ref float scales = ref _w.Scales[latent], bias = ref _bias[latent];
        for (int i = 0; i < count; i += Lanes)
        {
            var product = Avx512F.ConvertToVector512Single(Vector512.LoadUnsafe(ref products, (nuint)i));
            var value = Avx512F.FusedMultiplyAdd(product, scale * Vector512.LoadUnsafe(ref scales, (nuint)i), Vector512.LoadUnsafe(ref bias, (nuint)i));

            // By the largest bound of the chunk most registers are done with.
            if (Avx512F.CompareNotLessThanOrEqual(value + most, threshold).ExtractMostSignificantBits() == 0)
            {
                continue;
            }

            int kept = GatherSome(slot, latent + i, Math.Min(Lanes, count - i), value, byNorm, byError, threshold);
            if (kept > scratch.Limits[slot])
            {
                // The sooner the threshold rises, the less is gathered; when it hardly rises any more, pruning is not worth its time.
                kept = Prune(slot, kept);
                threshold = Vector512.Create(scratch.Thresholds[slot]);
                if (kept > _capacity / 2)
                {
                    return false;
                }

                scratch.Limits[slot] = Math.Max(_firstLimit, 2 * kept) - Lanes;
            }

            scratch.Counts[slot] = kept;
        }

        return true;
    }

    /// <summary>Gathers from one register by each latent's own bound. Returns how many the row has now.</summary>
    private int GatherSome(int slot, int latent, int count, Vector512<float> value, float byNorm, float byError, Vector512<float> threshold)
    {
        var scratch = _scratch!;
        var (lower, upper, places) = scratch.Of(slot);
        int kept = scratch.Counts[slot];
        var bound = Avx512F.FusedMultiplyAdd(Vector512.Create(byNorm), Vector512.LoadUnsafe(ref _w.Norms[latent]), Vector512.LoadUnsafe(ref _biasRounding[latent]));
        bound = Avx512F.FusedMultiplyAdd(Vector512.Create(byError), Vector512.LoadUnsafe(ref _w.ErrorNorms[latent]), bound);
        var reach = value + bound;
        var mask = Avx512F.CompareNotLessThanOrEqual(reach, threshold);
        if (count < Lanes)
        {
            // Beyond the last latent there is nothing to be gathered.
            mask &= Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
        }

        Avx512F.Compress(Vector512<float>.Zero, mask, value - bound).StoreUnsafe(ref lower[kept]);
        Avx512F.Compress(Vector512<float>.Zero, mask, reach).StoreUnsafe(ref upper[kept]);
        Avx512F.Compress(Vector512<int>.Zero, mask.AsInt32(), Vector512<int>.Indices + Vector512.Create(latent)).StoreUnsafe(ref places[kept]);
        return kept + BitOperations.PopCount(mask.ExtractMostSignificantBits());
    }

    /// <summary>Raises a row's threshold to what k lower bounds exceed, and lets go of the latents whose upper bound does not. Returns how many are left.</summary>
    private int Prune(int slot, int count)
    {
        var (lower, upper, places) = _scratch!.Of(slot);
        int whole = count / Lanes * Lanes;
        if (whole < _top.Width)
        {
            return count;
        }

        float threshold = TopKThreshold<Simd512, Vector512<float>>.Find(ref lower[0], whole, _top.Width, float.NaN);
        if (float.IsNaN(threshold))
        {
            return count;
        }

        _scratch.Thresholds[slot] = threshold;
        int kept = 0, last = 0;
        var level = Vector512.Create(threshold);
        for (; last < whole; last += Lanes)
        {
            // What is written was read before.
            Vector512<float> low = Vector512.LoadUnsafe(ref lower[last]), high = Vector512.LoadUnsafe(ref upper[last]), mask = Avx512F.CompareNotLessThanOrEqual(high, level);
            var place = Vector512.LoadUnsafe(ref places[last]);
            Avx512F.Compress(Vector512<float>.Zero, mask, low).StoreUnsafe(ref lower[kept]);
            Avx512F.Compress(Vector512<float>.Zero, mask, high).StoreUnsafe(ref upper[kept]);
            Avx512F.Compress(Vector512<int>.Zero, mask.AsInt32(), place).StoreUnsafe(ref places[kept]);
            kept += BitOperations.PopCount(mask.ExtractMostSignificantBits());
        }

        for (; last < count; last++)
        {
            (lower[kept], upper[kept], places[kept]) = (lower[last], upper[last], places[last]);
            kept += upper[last] <= threshold ? 0 : 1;
        }

        return kept;
    }
}
