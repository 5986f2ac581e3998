using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mlsae.Numerics;

/// <summary>What is done with the latents that screening left.</summary>
internal sealed partial class ScreenedEncode
{
    /// <summary>Computes what screening left of a block of rows, latent by latent, and selects. Returns how many latents it left of all rows.</summary>
    private long Compute(int first, int count)
    {
        var scratch = _scratch!;
        for (int slot = 0; slot < count; slot++)
        {
            scratch.Counts[slot] = _unscreened[first + slot] ? 0 : Prune(slot, scratch.Counts[slot]);
        }

        int uses = scratch.IndexByLatent(count, _encoder.Rows);
        Span<int> rows = stackalloc int[Kernels.FourRows];
        Span<float> dots = stackalloc float[Kernels.FourRows];
        for (int latent = 0; latent < _encoder.Rows; latent++)
        {
            var users = scratch.UsersOf(latent);
            if (users.IsEmpty)
            {
                continue;
            }

            Prefetch(_encoder.Row(Math.Min(latent + 1, _encoder.Rows - 1)));
            float byNorm = 2.001f * Rounding * _w.Norms[latent], byBias = 2.001f * _biasRounding[latent];
            for (int i = 0; i < users.Length; i += Kernels.FourRows)
            {
                // Fewer than four are filled up with the first of them.
                int some = Math.Min(Kernels.FourRows, users.Length - i);
                for (int j = 0; j < Kernels.FourRows; j++)
                {
                    rows[j] = first + users[j < some ? i + j : i].Slot;
                }

                Kernels.DotFourRows(_rows, rows, _encoder.Row(latent), dots);
                for (int j = 0; j < some; j++)
                {
                    float value = dots[j] + _bias[latent], bound = byNorm * _x.Norms[rows[j]] + byBias;
                    scratch.SetBounds(users[i + j], value - bound, value + bound);
                }
            }
        }

        for (int slot = 0; slot < count; slot++)
        {
            if (!_unscreened[first + slot] && !Select(first + slot, slot))
            {
                _unscreened[first + slot] = true;
            }
        }

        return uses;
    }

    /// <summary>Fetches weights that are used next: nearly each latent is left to some row of a block.</summary>
    private static unsafe void Prefetch(ReadOnlySpan<float> row)
    {
        const int LineFloats = 16;
        fixed (float* first = row)
        {
            for (int i = 0; i < row.Length; i += LineFloats)
            {
                Sse.Prefetch0(first + i);
            }
        }
    }

    /// <summary>Computes a row's last candidates as the product does, and selects among them. Returns whether there was room.</summary>
    private bool Select(int row, int slot)
    {
        var scratch = _scratch!;
        int count = Prune(slot, scratch.Counts[slot]);
        var (values, _, places) = scratch.Of(slot);
        if (!_top.HasRoomFor(count))
        {
            return false;
        }

        for (int i = 0; i < count; i += Lanes)
        {
            RunChains(_rows.Row(row), places.Slice(i, Math.Min(Lanes, count - i)), values[i..]);
        }

        _top.Put(row, values[..count], places[..count]);
        _top.Finish(row);
        return true;
    }

    /// <summary>
    /// Pre-activations of one row by at most sixteen latents, a lane each, as chains of multiply-adds in ascending depth, parted where the product parts them. Four numbers of each latent's row at a
    /// time are turned round in registers.
    /// </summary>
    private void RunChains(ReadOnlySpan<float> x, ReadOnlySpan<int> latents, Span<float> values)
    {
        // Fewer than sixteen are filled up with the first.
        Span<nint> starts = stackalloc nint[Lanes];
        Span<float> one = stackalloc float[Lanes];
        for (int lane = 0; lane < Lanes; lane++)
        {
            starts[lane] = _encoder.Offset + (nint)latents[lane < latents.Length ? lane : 0] * _encoder.Stride;
        }

        ref float weights = ref MemoryMarshal.GetArrayDataReference(_encoder.Values);
        int depthBlock = Math.Max(1, MatrixProduct<Simd512, Vector512<float>>.DepthBlock(x.Length));
        var total = Vector512<float>.Zero;
        for (int start = 0; start < x.Length; start += depthBlock)
        {
            int end = Math.Min(start + depthBlock, x.Length), p = start;
            var sum = Vector512<float>.Zero;
            for (; p + 4 <= end; p += 4)
            {
                ref float four = ref Unsafe.Add(ref weights, p);
                var (w0, w1, w2, w3) = Quarters.Transpose(EveryFourth(ref four, starts, 0), EveryFourth(ref four, starts, 1), EveryFourth(ref four, starts, 2), EveryFourth(ref four, starts, 3));
                sum = Avx512F.FusedMultiplyAdd(Vector512.Create(x[p]), w0, sum);
                sum = Avx512F.FusedMultiplyAdd(Vector512.Create(x[p + 1]), w1, sum);
                sum = Avx512F.FusedMultiplyAdd(Vector512.Create(x[p + 2]), w2, sum);
                sum = Avx512F.FusedMultiplyAdd(Vector512.Create(x[p + 3]), w3, sum);
            }

            for (; p < end; p++)
            {
                for (int lane = 0; lane < Lanes; lane++)
                {
                    one[lane] = Unsafe.Add(ref weights, starts[lane] + p);
                }

                sum = Avx512F.FusedMultiplyAdd(Vector512.Create(x[p]), Vector512.Create<float>(one), sum);
            }

            total = start == 0 ? sum : total + sum;
        }

        for (int lane = 0; lane < latents.Length; lane++)
        {
            values[lane] = total[lane] + _bias[latents[lane]];
        }
    }

    /// <summary>Four floats of each of the latents <paramref name="first"/>, first + 4, first + 8 and first + 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> EveryFourth(ref float weights, Span<nint> starts, int first) => Vector512.Create(
        Vector256.Create(Vector128.LoadUnsafe(ref Unsafe.Add(ref weights, starts[first])), Vector128.LoadUnsafe(ref Unsafe.Add(ref weights, starts[first + 4]))),
        Vector256.Create(Vector128.LoadUnsafe(ref Unsafe.Add(ref weights, starts[first + 8])), Vector128.LoadUnsafe(ref Unsafe.Add(ref weights, starts[first + 12]))));
}
