using System.Runtime.InteropServices;

namespace Mlsae.Text;

/// <summary>The functions of the system's libzstd that decompression needs.</summary>
internal sealed unsafe class Zstd
{
    // ZSTD_d_windowLogMax, and the largest window the library knows: files made with --long are read too.
    private const int WindowLogMax = 100;
    private const int LargestWindowLog = 31;

    private static readonly string[] _names = ["libzstd.so.1", "libzstd.so", "libzstd.1.dylib", "libzstd.dylib", "libzstd.dll", "zstd.dll"];
    private static readonly Lazy<Zstd?> _library = new(Load);

    private readonly delegate* unmanaged<nint> _create;
    private readonly delegate* unmanaged<nint, nuint> _free;
    private readonly delegate* unmanaged<nint, int, int, nuint> _setParameter;
    private readonly delegate* unmanaged<nint, Buffer*, Buffer*, nuint> _decompress;
    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, byte*> _errorName;

    private Zstd(nint handle)
    {
        _create = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createDStream");
        _free = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeDStream");
        _setParameter = (delegate* unmanaged<nint, int, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_DCtx_setParameter");
        _decompress = (delegate* unmanaged<nint, Buffer*, Buffer*, nuint>)NativeLibrary.GetExport(handle, "ZSTD_decompressStream");
        _isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(handle, "ZSTD_isError");
        _errorName = (delegate* unmanaged<nuint, byte*>)NativeLibrary.GetExport(handle, "ZSTD_getErrorName");
    }

    /// <summary>Whether the system has the library.</summary>
    public static bool IsAvailable => _library.Value is not null;

    /// <exception cref="NotSupportedException">The system has no libzstd; the message says so of <paramref name="path"/>.</exception>
    public static Zstd Library(string path) =>
        _library.Value ?? throw new NotSupportedException(
            $"{path}: reading .zst needs the system's libzstd (libzstd.so.1), which was not found; install it or decompress the file.");

    /// <summary>A new decompression context; free it with <see cref="FreeContext"/>.</summary>
    public nint CreateContext()
    {
        nint context = _create();
        if (context == 0)
        {
            throw new OutOfMemoryException("libzstd could not make a decompression context.");
        }
        _setParameter(context, WindowLogMax, LargestWindowLog);
        return context;
    }

    public void FreeContext(nint context) => _free(context);

    /// <summary>Moves both buffers on; 0 at the end of a frame, otherwise how much it wants next, or an error.</summary>
    public nuint Decompress(nint context, Buffer* output, Buffer* input) => _decompress(context, output, input);

    /// <summary>What went wrong, or null if nothing did.</summary>
    public string? ErrorOf(nuint result) => _isError(result) != 0 ? Marshal.PtrToStringUTF8((nint)_errorName(result)) : null;

    private static Zstd? Load()
    {
        foreach (string name in _names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return new Zstd(handle);
            }
        }
        return null;
    }

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer: they have the same fields.</summary>
    public struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}
