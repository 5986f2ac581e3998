using Mlsae.Storage;
using Mlsae.Text;

namespace Mlsae.Transformers;

/// <summary>The files of one training: metrics.jsonl and checkpoints/step-n/state.safetensors.</summary>
internal sealed class TrainingFolder(string folder, int keep) : IDisposable
{
    private const string StateFile = "state.safetensors";
    private const string StreamPrefix = "stream.";
    private const string MetricsLength = "metrics_length";

    private readonly string _metricsPath = Path.Combine(folder, "metrics.jsonl");
    private readonly CheckpointFolder _checkpoints = new(Path.Combine(folder, "checkpoints"));
    private MetricsLog? _metrics;

    /// <summary>The newest complete checkpoint's folder, or null.</summary>
    public string? NewestCheckpoint() => _checkpoints.Latest()?.Path;

    /// <summary>Writes a checkpoint and removes those older than the newest few; returns its folder.</summary>
    public string Save(TrainingState state, IContextStream contexts)
    {
        long length = Metrics().Commit();
        var tensors = state.Save()
            .Append(Tensor.Of(MetricsLength, [length], 1))
            .Concat(contexts.SaveState().Select(t => t with { Name = StreamPrefix + t.Name }));
        return _checkpoints.Write(state.Step, keep, path => SafetensorsFile.Write(Path.Combine(path, StateFile), tensors)).Path;
    }

    public bool Restore(TrainingState state, IContextStream contexts)
    {
        string? path = NewestCheckpoint();
        if (path == null)
        {
            return false;
        }

        using var source = SafetensorsFile.Open(Path.Combine(path, StateFile));
        state.Restore(source);
        contexts.RestoreState(source.Under(StreamPrefix));
        Dispose();
        _metrics = MetricsLog.Resume(_metricsPath, source.ReadLongs(MetricsLength, 1)[0]);
        return true;
    }

    /// <summary>Adds a line to metrics.jsonl; a training that was not resumed begins the file anew.</summary>
    public void Append(LanguageModelProgress report, double seconds) => Metrics().Append(new
    {
        report.Step,
        report.Tokens,
        Seconds = Math.Round(seconds, 3),
        report.Loss,
        report.HeldOutLoss,
        report.LearningRate,
        report.GradientNorm,
        TokensPerSecond = Math.Round(report.TokensPerSecond, 1),
    });

    public void Dispose()
    {
        _metrics?.Dispose();
        _metrics = null;
    }

    private MetricsLog Metrics() => _metrics ??= MetricsLog.Create(_metricsPath);
}
