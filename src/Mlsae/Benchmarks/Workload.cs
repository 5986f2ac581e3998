namespace Mlsae.Benchmarks;

/// <summary>A piece of work that is prepared once and then run again and again while it is timed.</summary>
public abstract class Workload : IDisposable
{
    /// <summary>Vectors, tokens or calls of one run.</summary>
    public abstract double Units { get; }

    /// <summary>Floating-point operations of one run: of a dictionary's work those of the encoder product alone, its floor; 0 where none are counted.</summary>
    public virtual double Flops => 0;

    /// <summary>What part of the time each stage took, adding up to 1; empty where stages are not told apart.</summary>
    public virtual IReadOnlyList<StageShare> Stages => [];

    /// <summary>What else should be known of the work that was timed, such as how many latents were dead; null for nothing.</summary>
    public virtual string? Remark => null;

    /// <summary>Does the work once.</summary>
    public abstract void Run();

    /// <summary>Forgets the stages of the runs so far, which the JIT disturbed.</summary>
    public virtual void ResetStages()
    {
    }

    /// <summary>Ends the work.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>The part of a workload's time that one stage took.</summary>
/// <param name="Name">what is done in it</param>
/// <param name="Share">0 to 1</param>
public sealed record StageShare(string Name, double Share)
{
    /// <summary>Seconds of stages as shares of their sum.</summary>
    public static IReadOnlyList<StageShare> Of(params (string Name, double Seconds)[] stages)
    {
        double total = stages.Sum(stage => stage.Seconds);
        return total > 0 ? [.. stages.Select(stage => new StageShare(stage.Name, stage.Seconds / total))] : [];
    }
}
