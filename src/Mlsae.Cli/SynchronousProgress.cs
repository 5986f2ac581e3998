namespace Mlsae.Cli;

/// <summary>Progress that is shown on the thread that reports it, in order. (<see cref="Progress{T}"/> posts to the thread pool.)</summary>
internal sealed class SynchronousProgress<T>(Action<T> show) : IProgress<T>
{
    public void Report(T value) => show(value);
}
