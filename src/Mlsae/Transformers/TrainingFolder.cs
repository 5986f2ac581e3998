using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mlsae.Storage;
using Mlsae.Text;

namespace Mlsae.Transformers;

/// <summary>The files of one training: metrics.jsonl and checkpoints/step-n.safetensors.</summary>
internal sealed class TrainingFolder
{
    private const string StreamPrefix = "stream.";
    private const string FilePrefix = "step-";
    private const string Suffix = ".safetensors";

    private readonly string _metrics;
    private readonly string _checkpoints;
    private readonly int _keep;
    private bool _fresh = true;

    public TrainingFolder(string folder, int keep)
    {
        _metrics = Path.Combine(folder, "metrics.jsonl");
        _checkpoints = Path.Combine(folder, "checkpoints");
        _keep = keep;
        Directory.CreateDirectory(_checkpoints);
    }

    public string? NewestCheckpoint() => Checkpoints().LastOrDefault();

    /// <summary>Writes a checkpoint and removes those older than the newest few; returns its path.</summary>
    public string Save(TrainingState state, IContextStream contexts)
    {
        string path = Path.Combine(_checkpoints, FilePrefix + state.Step.ToString(CultureInfo.InvariantCulture) + Suffix);
        var stream = contexts.SaveState().Select(t => t with { Name = StreamPrefix + t.Name });
        SafetensorsFile.Write(path, state.Save().Concat(stream));
        foreach (string old in Checkpoints().SkipLast(_keep))
        {
            File.Delete(old);
        }

        return path;
    }

    public bool Restore(TrainingState state, IContextStream contexts)
    {
        string? path = NewestCheckpoint();
        if (path == null)
        {
            return false;
        }

        using var source = SafetensorsFile.Open(path);
        state.Restore(source);
        contexts.RestoreState(source.Under(StreamPrefix));
        TrimMetrics(state.Step);
        _fresh = false;
        return true;
    }

    /// <summary>Adds a line to metrics.jsonl; a training that was not resumed begins the file anew.</summary>
    public void Append(LanguageModelProgress report, double seconds)
    {
        var line = new JsonObject
        {
            ["step"] = report.Step,
            ["tokens"] = report.Tokens,
            ["seconds"] = Math.Round(seconds, 3),
            ["loss"] = report.Loss,
            ["heldout_loss"] = report.HeldOutLoss,
            ["learning_rate"] = report.LearningRate,
            ["gradient_norm"] = report.GradientNorm,
            ["tokens_per_second"] = Math.Round(report.TokensPerSecond, 1),
        };
        string text = line.ToJsonString() + "\n";
        if (_fresh)
        {
            File.WriteAllText(_metrics, text);
            _fresh = false;
        }
        else
        {
            File.AppendAllText(_metrics, text);
        }
    }

    /// <summary>Takes out the lines of steps after the checkpoint, which will be written again, and a last line that was cut off.</summary>
    private void TrimMetrics(int step)
    {
        if (File.Exists(_metrics))
        {
            AtomicFile.WriteText(_metrics, string.Concat(File.ReadLines(_metrics).Where(line => StepOf(line) <= step).Select(line => line + "\n")));
        }
    }

    private static int StepOf(string line)
    {
        try
        {
            return JsonNode.Parse(line)?["step"]?.GetValue<int>() ?? int.MaxValue;
        }
        catch (JsonException)
        {
            return int.MaxValue;
        }
    }

    private List<string> Checkpoints() => [.. Directory.GetFiles(_checkpoints, FilePrefix + "*" + Suffix)
        .Select(path => (Path: path, Step: int.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(FilePrefix.Length), CultureInfo.InvariantCulture, out int step) ? step : -1))
        .Where(c => c.Step >= 0)
        .OrderBy(c => c.Step)
        .Select(c => c.Path)];
}
