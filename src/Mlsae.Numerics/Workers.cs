using System.Runtime.ExceptionServices;

namespace Mlsae.Numerics;

/// <summary>
/// The threads that kernels run on. Work is split by output, never by sum, so results do not depend on <see cref="Count"/>.
/// A loop started from within another loop's body runs on the calling thread: parallelise once, outermost.
/// </summary>
/// <remarks>
/// Bodies are handed out one index at a time, so a body should take at least some ten microseconds. When two threads start loops at once, the second
/// runs its own alone. A loop allocates nothing but what its delegate captures.
/// </remarks>
public static class Workers
{
    private static readonly WorkerPool Pool = new();

    [ThreadStatic]
    private static bool _inside;

    private static int _count = Environment.ProcessorCount;

    /// <summary>Number of threads, the caller's included. At first one for each processor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one.</exception>
    public static int Count
    {
        get => _count;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _count = value;
        }
    }

    /// <summary>Whether the calling thread is within a loop's body, so that a loop it starts runs on it alone.</summary>
    internal static bool IsInside => _inside;

    /// <summary>Runs <paramref name="body"/>(i) for every i in 0 .. count − 1, in no given order, and returns when all are done.</summary>
    /// <remarks>When a body throws, no further ones are begun, and the exception of the lowest index that threw is thrown on, the same for any number of threads.</remarks>
    public static void For(int count, Action<int> body)
    {
        int threads = Math.Min(_count, count);
        if (threads <= 1 || _inside || !Pool.TryAcquire())
        {
            for (int i = 0; i < count; i++)
            {
                body(i);
            }

            return;
        }

        ExceptionDispatchInfo? failure;
        try
        {
            failure = Pool.Run(threads, count, body);
        }
        finally
        {
            Pool.Release();
        }

        failure?.Throw();
    }

    /// <summary>Runs <paramref name="body"/>(start, end) over consecutive blocks of <paramref name="blockSize"/> that cover 0 .. count − 1.</summary>
    /// <remarks>The blocks depend on <paramref name="blockSize"/> alone, so sums kept for each block are the same for any number of threads.</remarks>
    public static void ForBlocks(int count, int blockSize, Action<int, int> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockSize);
        For((count + blockSize - 1) / blockSize, block => body(block * blockSize, Math.Min(count, (block + 1) * blockSize)));
    }

    /// <summary>Marks the calling thread as within a body, or no longer.</summary>
    internal static void SetInside(bool inside) => _inside = inside;
}
