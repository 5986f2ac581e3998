using System.Diagnostics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Where a training step's time went, in seconds of wall time summed over steps.</summary>
public sealed class StageTimes
{
    private long _last;

    /// <summary>Standardising, centring, and the variances of the batch.</summary>
    public double Prepare { get; private set; }

    /// <summary>The encoder product and TopK.</summary>
    public double Encode { get; private set; }

    /// <summary>Decoding, the error, its loss and gradient.</summary>
    public double Decode { get; private set; }

    /// <summary>AuxK's decoding, loss and gradient.</summary>
    public double AuxK { get; private set; }

    /// <summary>The transposed index and the ages of latents.</summary>
    public double Index { get; private set; }

    /// <summary>Gathering the gradients of encoder and decoder rows.</summary>
    public double Gradients { get; private set; }

    /// <summary>Adam, projection and normalisation.</summary>
    public double Adam { get; private set; }

    /// <summary>All of it.</summary>
    public double Total => Prepare + Encode + Decode + AuxK + Index + Gradients + Adam;

    /// <summary>Sets all to zero.</summary>
    public void Reset() => Prepare = Encode = Decode = AuxK = Index = Gradients = Adam = 0;

    internal void Start() => _last = Stopwatch.GetTimestamp();

    internal void EndPrepare() => Prepare += Lap();

    internal void EndEncode() => Encode += Lap();

    internal void EndDecode() => Decode += Lap();

    internal void EndAuxK() => AuxK += Lap();

    internal void EndIndex() => Index += Lap();

    internal void EndGatherAhead() => Gradients += Lap();

    /// <summary>Ends the pass over latents, in which every thread does both: its wall time is shared out as their ticks were.</summary>
    internal void EndUpdate(long gradientTicks, long adamTicks)
    {
        double lap = Lap();
        double share = gradientTicks / (double)Math.Max(1, gradientTicks + adamTicks);
        Gradients += lap * share;
        Adam += lap * (1 - share);
    }

    private double Lap()
    {
        long now = Stopwatch.GetTimestamp();
        double seconds = Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        return seconds;
    }
}
