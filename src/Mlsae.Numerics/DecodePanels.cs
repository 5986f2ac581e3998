using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

/// <summary>
/// Some rows of a decoder, copied so that a few columns of all of them lie beside each other and stay in the core's cache while many codes are decoded. Worth its copy where each
/// row is used several times.
/// </summary>
/// <remarks>Sums are in the order of <see cref="Kernels.SparseDecodeRow"/>, so results are the same to the last bit. Buffers grow and are kept; not for several threads at once.</remarks>
public sealed class DecodePanels
{
    private const int RowsTogether = 512;
    private const int PackedTogether = 256;

    private readonly AlignedBuffer _panels = new();
    private readonly Action<int> _packBody;
    private readonly Action<int> _decodeBody;
    private int[] _places = [];
    private int[] _latents = [];
    private int _count;
    private Matrix _decoder = Matrix.None;
    private SparseRows _codes = SparseRows.None;
    private Matrix _result = Matrix.None;
    private float[] _bias = [];

    /// <summary>Panels without rows.</summary>
    public DecodePanels()
    {
        (_packBody, _decodeBody) = (PackPart, DecodePart);
    }

    /// <summary>result = codes · decoder + bias, as <see cref="Kernels.SparseDecode"/>.</summary>
    /// <param name="codes">[N rows] whose entries other than 0 are among <paramref name="latents"/></param>
    /// <param name="latents">the decoder's rows that codes may use, each once</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="bias">[d_model]; empty for none</param>
    /// <param name="result">[N × d_model] Overwritten.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public void Decode(SparseRows codes, ReadOnlySpan<int> latents, Matrix decoder, float[] bias, Matrix result)
    {
        Require.Equal(result.Rows, codes.Rows);
        Require.Equal(result.Columns, decoder.Columns);
        Require.That(bias.Length == 0 || bias.Length == decoder.Columns, $"The bias has {bias.Length} numbers where the decoder's rows have {decoder.Columns}.");
        Take(latents, decoder.Rows);
        (_decoder, _codes, _result, _bias) = (decoder, codes, result, bias);
        int panels = Sizes.Blocks(decoder.Columns, Width);
        _panels.Reserve(checked(panels * _count * Width));
        Workers.For(Sizes.Blocks(_count, PackedTogether), _packBody);

        // Panel by panel: the threads share one while they go through all rows.
        Workers.For(panels * RowParts, _decodeBody);
        (_decoder, _codes, _result, _bias) = (Matrix.None, SparseRows.None, Matrix.None, []);
    }

    /// <summary>Columns of a panel: as many as four registers hold.</summary>
    private static int Width => 4 * (Simd512.IsSupported ? Simd512.Lanes : Simd256.IsSupported ? Simd256.Lanes : Simd128.IsSupported ? Simd128.Lanes : SimdScalar.Lanes);

    private int RowParts => Sizes.Blocks(_codes.Rows, RowsTogether);

    private void Take(ReadOnlySpan<int> latents, int latentCount)
    {
        if (_places.Length < latentCount)
        {
            _places = new int[latentCount];
        }

        if (_latents.Length < latents.Length)
        {
            _latents = new int[latentCount];
        }

        _count = latents.Length;
        latents.CopyTo(_latents);
        for (int place = 0; place < latents.Length; place++)
        {
            _places[latents[place]] = place;
        }
    }

    private void PackPart(int part)
    {
        for (int place = part * PackedTogether; place < Math.Min(_count, (part + 1) * PackedTogether); place++)
        {
            var row = _decoder.Row(_latents[place]);
            for (int column = 0; column < row.Length; column += Width)
            {
                var panelRow = MemoryMarshal.CreateSpan(ref PanelRow(column / Width, place), Width);
                var values = row.Slice(column, Math.Min(Width, row.Length - column));
                values.CopyTo(panelRow);
                panelRow[values.Length..].Clear();
            }
        }
    }

    private ref float PanelRow(int panel, int place) => ref Unsafe.Add(ref _panels.First, ((nint)panel * _count + place) * Width);

    private void DecodePart(int part)
    {
        if (Simd512.IsSupported)
        {
            DecodePart<Simd512, Vector512<float>>(part);
        }
        else if (Simd256.IsSupported)
        {
            DecodePart<Simd256, Vector256<float>>(part);
        }
        else if (Simd128.IsSupported)
        {
            DecodePart<Simd128, Vector128<float>>(part);
        }
        else
        {
            DecodePart<SimdScalar, float>(part);
        }
    }

    private void DecodePart<TSimd, TVector>(int part)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int panel = part / RowParts, first = part % RowParts * RowsTogether, column = panel * Width;
        int columns = Math.Min(Width, _result.Columns - column);
        Span<float> sums = stackalloc float[Width];
        for (int row = first; row < Math.Min(first + RowsTogether, _codes.Rows); row++)
        {
            sums.Clear();
            if (_bias.Length > 0)
            {
                _bias.AsSpan(column, columns).CopyTo(sums);
            }

            AddRows<TSimd, TVector>(_codes.RowIndices(row), _codes.RowValues(row), in _places[0], in PanelRow(panel, 0), ref sums[0]);
            sums[..columns].CopyTo(_result.Row(row).Slice(column, columns));
        }
    }

    /// <summary>sums += Σᵢ values[i] · the panel's row of latents[i].</summary>
    private static void AddRows<TSimd, TVector>(ReadOnlySpan<int> latents, ReadOnlySpan<float> values, ref readonly int places, ref readonly float panel, ref float sums)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nuint lanes = (nuint)TSimd.Lanes;
        TVector a = TSimd.Load(in sums, 0), b = TSimd.Load(in sums, lanes), c = TSimd.Load(in sums, 2 * lanes), d = TSimd.Load(in sums, 3 * lanes);
        for (int i = 0; i < latents.Length; i++)
        {
            float value = values[i];
            if (value == 0)
            {
                continue;
            }

            TVector factor = TSimd.Broadcast(value);
            ref float row = ref Unsafe.Add(ref Unsafe.AsRef(in panel), (nint)Unsafe.Add(ref Unsafe.AsRef(in places), latents[i]) * (4 * TSimd.Lanes));
            a = TSimd.MultiplyAdd(TSimd.Load(in row, 0), factor, a);
            b = TSimd.MultiplyAdd(TSimd.Load(in row, lanes), factor, b);
            c = TSimd.MultiplyAdd(TSimd.Load(in row, 2 * lanes), factor, c);
            d = TSimd.MultiplyAdd(TSimd.Load(in row, 3 * lanes), factor, d);
        }

        TSimd.Store(a, ref sums, 0);
        TSimd.Store(b, ref sums, lanes);
        TSimd.Store(c, ref sums, 2 * lanes);
        TSimd.Store(d, ref sums, 3 * lanes);
    }
}
