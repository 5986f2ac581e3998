namespace Mlsae.Numerics;

/// <summary>
/// The threads that kernels run on. Work is split by output, never by sum, so results do not depend on <see cref="Count"/>.
/// A loop started from within another loop's body runs on the calling thread: parallelise once, outermost.
/// </summary>
public static class Workers
{
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

    /// <summary>Runs <paramref name="body"/>(i) for every i in 0 .. count − 1, in no given order, and returns when all are done.</summary>
    /// <exception cref="AggregateException">A body threw.</exception>
    public static void For(int count, Action<int> body)
    {
        if (count <= 1 || _count == 1 || _inside)
        {
            for (int i = 0; i < count; i++)
            {
                body(i);
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = _count }, i =>
        {
            _inside = true;
            try
            {
                body(i);
            }
            finally
            {
                _inside = false;
            }
        });
    }

    /// <summary>Runs <paramref name="body"/>(start, end) over consecutive blocks of <paramref name="blockSize"/> that cover 0 .. count − 1.</summary>
    /// <remarks>The blocks depend on <paramref name="blockSize"/> alone, so sums kept for each block are the same for any number of threads.</remarks>
    public static void ForBlocks(int count, int blockSize, Action<int, int> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockSize);
        For((count + blockSize - 1) / blockSize, block => body(block * blockSize, Math.Min(count, (block + 1) * blockSize)));
    }
}
