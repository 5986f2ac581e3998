using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Mlsae.Numerics;

/// <summary>The threads behind <see cref="Workers"/>: made once, spinning for a moment after each loop, then asleep. One loop at a time.</summary>
/// <remarks>
/// A loop is open until its caller finds no index left. Threads join an open loop by counting themselves into <see cref="_state"/> and the caller waits
/// for those that joined, never for one that the system has not yet scheduled.
/// </remarks>
internal sealed class WorkerPool
{
    // Loops follow each other within a model's step at this distance; waking a sleeping thread costs about as much.
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private readonly Lock _owner = new();
    private readonly object _sleep = new();
    private readonly object _finished = new();
    private int _threads;
    private int _sleeping;

    // The loop's number in the upper half; below it whether it is closed, and how many threads are in it.
    private const long ClosedBit = 1L << 31;
    private const long JoinedMask = ClosedBit - 1;
    private long _state = ClosedBit;

    private Action<int> _body = static _ => { };
    private int _count;
    private int _limit;
    private int _next;
    private int _failedIndex;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Takes the pool for one loop, if no other thread has it.</summary>
    public bool TryAcquire() => _owner.TryEnter();

    /// <summary>Gives the pool back.</summary>
    public void Release() => _owner.Exit();

    /// <summary>Runs the loop on at most <paramref name="threads"/> threads, the calling one included, and returns the first failure by index.</summary>
    public ExceptionDispatchInfo? Run(int threads, int count, Action<int> body)
    {
        while (_threads < threads - 1)
        {
            _threads++;
            new Thread(Work) { IsBackground = true, Name = $"Mlsae worker {_threads}" }.Start();
        }

        _body = body;
        _count = count;
        _limit = threads - 1;
        _next = 0;
        _failedIndex = int.MaxValue;
        _failure = null;
        long loop = (Volatile.Read(ref _state) >> 32) + 1;
        Interlocked.Exchange(ref _state, loop << 32);
        if (Volatile.Read(ref _sleeping) > 0)
        {
            lock (_sleep)
            {
                Monitor.PulseAll(_sleep);
            }
        }

        RunBodies();
        Workers.SetInside(false);
        Close();
        _body = static _ => { };
        return _failure;
    }

    /// <summary>Lets no more threads in and waits for those that are.</summary>
    private void Close()
    {
        long state = Interlocked.Or(ref _state, ClosedBit);
        if ((state & JoinedMask) == 0)
        {
            return;
        }

        var wait = new SpinWait();
        long start = Stopwatch.GetTimestamp();
        while ((Volatile.Read(ref _state) & JoinedMask) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < 4 * SpinTicks)
            {
                wait.SpinOnce(sleep1Threshold: -1);
                continue;
            }

            lock (_finished)
            {
                while ((Volatile.Read(ref _state) & JoinedMask) != 0)
                {
                    Monitor.Wait(_finished);
                }
            }
        }
    }

    private void Work()
    {
        Workers.SetInside(true);
        long seen = 0;
        while (true)
        {
            seen = WaitForLoop(seen);
            if (TryJoin(seen))
            {
                RunBodies();
                Leave();
            }
        }
    }

    /// <summary>Waits for a loop of another number than <paramref name="seen"/> and returns its number.</summary>
    private long WaitForLoop(long seen)
    {
        long start = Stopwatch.GetTimestamp();
        long loop;
        while ((loop = Volatile.Read(ref _state) >> 32) == seen)
        {
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                Thread.SpinWait(8);
                continue;
            }

            lock (_sleep)
            {
                // The count of sleepers is raised before the last look, as the caller looks at it after raising the number: one of the two sees the other.
                Interlocked.Increment(ref _sleeping);
                while ((loop = Volatile.Read(ref _state) >> 32) == seen)
                {
                    Monitor.Wait(_sleep);
                }

                Interlocked.Decrement(ref _sleeping);
            }

            return loop;
        }

        return loop;
    }

    private bool TryJoin(long loop)
    {
        while (true)
        {
            long state = Volatile.Read(ref _state);
            if (state >> 32 != loop || (state & ClosedBit) != 0 || (state & JoinedMask) >= Volatile.Read(ref _limit))
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _state, state + 1, state) == state)
            {
                return true;
            }
        }
    }

    private void Leave()
    {
        long state = Interlocked.Decrement(ref _state);
        if ((state & ClosedBit) != 0 && (state & JoinedMask) == 0)
        {
            lock (_finished)
            {
                Monitor.PulseAll(_finished);
            }
        }
    }

    private void RunBodies()
    {
        Workers.SetInside(true);
        int index = 0;
        try
        {
            while ((index = Interlocked.Increment(ref _next) - 1) < _count)
            {
                _body(index);
            }
        }
        catch (Exception exception)
        {
            Fail(index, exception);
        }
    }

    private void Fail(int index, Exception exception)
    {
        lock (_finished)
        {
            // Indices are handed out in order, so every lower one was begun and, should it throw, reports too.
            Volatile.Write(ref _next, _count);
            if (index < _failedIndex)
            {
                _failedIndex = index;
                _failure = ExceptionDispatchInfo.Capture(exception);
            }
        }
    }
}
