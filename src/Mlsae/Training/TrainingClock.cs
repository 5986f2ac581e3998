using System.Diagnostics;

namespace Mlsae.Training;

/// <summary>How long a training has run, and how fast it is now.</summary>
/// <param name="secondsBefore">seconds it ran before it was resumed</param>
internal sealed class TrainingClock(double secondsBefore)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _lapStart = Stopwatch.GetTimestamp();
    private long _lapVectors;
    private long _lapSteps;

    /// <summary>Seconds of training, those before a resume included.</summary>
    public double Seconds => secondsBefore + Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Counts the vectors that one dictionary was trained on.</summary>
    public void Count(int vectors) => _lapVectors += vectors;

    /// <summary>Counts one step of all dictionaries.</summary>
    public void CountStep() => _lapSteps++;

    /// <summary>Vectors and steps a second since the last call.</summary>
    public (double Vectors, double Steps) Lap()
    {
        double seconds = Math.Max(1e-9, Stopwatch.GetElapsedTime(_lapStart).TotalSeconds);
        var rates = (_lapVectors / seconds, _lapSteps / seconds);
        (_lapStart, _lapVectors, _lapSteps) = (Stopwatch.GetTimestamp(), 0, 0);
        return rates;
    }
}
