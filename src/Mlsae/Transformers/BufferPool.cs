using System.Collections.Concurrent;

namespace Mlsae.Transformers;

/// <summary>Buffers that are lent to one pass at a time and used again by later ones of the same size.</summary>
/// <param name="create">makes one for batches of (sequences, length)</param>
/// <param name="fits">whether one fits a batch of (sequences, length)</param>
internal sealed class BufferPool<T>(Func<int, int, T> create, Func<T, int, int, bool> fits)
{
    private readonly ConcurrentBag<T> _free = [];

    /// <summary>Buffers of the given size. Those of other sizes are let go, so that the pool holds what the last passes needed.</summary>
    public T Rent(int sequences, int length)
    {
        while (_free.TryTake(out var buffers))
        {
            if (fits(buffers, sequences, length))
            {
                return buffers;
            }
        }

        return create(sequences, length);
    }

    public void Return(T buffers) => _free.Add(buffers);
}
