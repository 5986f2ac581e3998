using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

/// <summary>Room for floats that begins at a cache line, kept and grown by its owner: loads of whole registers then never straddle two lines.</summary>
internal sealed class AlignedBuffer
{
    private const int Line = 64;

    private float[] _values = [];
    private int _offset;

    /// <summary>The first of at least <paramref name="length"/> floats. What they held is lost when the buffer had to grow.</summary>
    public ref float Reserve(int length)
    {
        if (_values.Length == 0 || _values.Length - _offset < length)
        {
            _values = GC.AllocateUninitializedArray<float>(length + Line / sizeof(float), pinned: true);
            long address = Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0);
            _offset = (int)((Line - address % Line) % Line) / sizeof(float);
        }

        return ref First;
    }

    /// <summary>The first float.</summary>
    public ref float First => ref _values[_offset];
}
