using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>OpenBLAS's single-precision product, the yardstick of ours. Used where the machine has the library.</summary>
internal static unsafe class OpenBlas
{
    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable { get; } = Load();

    /// <summary>Which processor's kernels the library runs.</summary>
    public static string Core => Marshal.PtrToStringUTF8((nint)CoreName()) ?? "";

    /// <summary>Sets the number of threads.</summary>
    [DllImport(Library, EntryPoint = "openblas_set_num_threads")]
    public static extern void SetThreads(int count);

    /// <summary>c = a · b with either operand transposed or not.</summary>
    public static void Multiply(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c)
    {
        fixed (float* pa = a.Values, pb = b.Values, pc = c.Values)
        {
            Sgemm(
                RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose, c.Rows, c.Columns, transposeA ? a.Rows : a.Columns,
                1, pa, a.Stride, pb, b.Stride, 0, pc, c.Stride);
        }
    }

    /// <summary>Loads the library. Releases older than the processor fall back to kernels without AVX, a yardstick too short; those for AVX-512 are asked for where they run.</summary>
    private static bool Load()
    {
        if (Avx512F.IsSupported && OperatingSystem.IsLinux())
        {
            _ = SetEnvironmentVariable("OPENBLAS_CORETYPE", "SkylakeX", overwrite: 0);
        }

        return NativeLibrary.TryLoad(Library, out _);
    }

    // The runtime keeps its own copy of the environment, which native code does not see.
    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetEnvironmentVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [DllImport(Library, EntryPoint = "openblas_get_corename")]
    private static extern byte* CoreName();

    [DllImport(Library, EntryPoint = "cblas_sgemm")]
    private static extern void Sgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
