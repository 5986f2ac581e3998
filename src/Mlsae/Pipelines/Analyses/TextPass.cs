using System.Globalization;
using System.Text.Json;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>
/// One pass of a run's model over held-out text that feeds the sums of several analyses at once. It saves them now and then and when it is cancelled; a later pass over the same text for the
/// same analyses goes on from there, with the same result to the last bit.
/// </summary>
internal sealed class TextPass
{
    private const string SettingsField = "settings";
    private const string AnalysesField = "analyses";
    private const string SequencesField = "sequences_done";

    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    private readonly TrainedRun _run;
    private readonly AnalysisSettings _settings;
    private readonly IReadOnlyList<(string Name, ITextSums Sums)> _sums;
    private readonly string _path;

    /// <param name="run">whose model reads</param>
    /// <param name="settings">which text</param>
    /// <param name="sums">what is fed, each under its analysis' name</param>
    public TextPass(TrainedRun run, AnalysisSettings settings, IReadOnlyList<(string Name, ITextSums Sums)> sums)
    {
        (_run, _settings, _sums) = (run, settings, sums);
        _path = Path.Combine(run.AnalysisPath(".pass"), "sums.safetensors");
    }

    /// <summary>Reads the text to its end.</summary>
    /// <param name="progress">told the share of the contexts done</param>
    /// <param name="cancellation">ends the work; the sums are saved</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the message says how far it came.</exception>
    /// <exception cref="InvalidDataException">Saved sums are damaged.</exception>
    public void Run(IProgress<double>? progress, CancellationToken cancellation)
    {
        int done = Restore();
        var saved = DateTime.UtcNow;
        foreach (var batch in TrainedRun.Batches(_run.HeldOut(_settings.Data).Take(_settings.Sequences).Skip(done)))
        {
            var encoded = _run.EncodeText(batch, done, _sums.Any(of => of.Sums.NeedsCodes), _settings.Published);
            Workers.For(_sums.Count, i => _sums[i].Sums.Add(encoded));
            done += batch.Sequences;
            progress?.Report((double)done / _settings.Sequences);
            if (cancellation.IsCancellationRequested || DateTime.UtcNow - saved > SaveEvery)
            {
                Save(done);
                saved = DateTime.UtcNow;
            }

            if (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(
                    $"Stopped after {done:N0} of {_settings.Sequences:N0} contexts. What was summed up is kept; the same command goes on from there.", cancellation);
            }
        }
    }

    /// <summary>Forgets the saved sums: what was computed from them is written.</summary>
    public void Forget()
    {
        if (File.Exists(_path))
        {
            Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
        }
    }

    private string Settings => JsonSerializer.Serialize(_settings, JsonFile.SnakeCase);

    private string Analyses => string.Join(',', _sums.Select(of => of.Name));

    private void Save(int done) => SafetensorsFile.Write(
        _path,
        _sums.SelectMany(of => of.Sums.SaveState().Select(tensor => tensor with { Name = $"{of.Name}/{tensor.Name}" })),
        new Dictionary<string, string> { [SettingsField] = Settings, [AnalysesField] = Analyses, [SequencesField] = done.ToString(CultureInfo.InvariantCulture) });

    /// <summary>Goes on with saved sums where they are of the same text and analyses; returns the contexts that are in them.</summary>
    private int Restore()
    {
        if (!File.Exists(_path))
        {
            return 0;
        }

        using var file = SafetensorsFile.Open(_path);
        if (file.Metadata.GetValueOrDefault(SettingsField) != Settings || file.Metadata.GetValueOrDefault(AnalysesField) != Analyses)
        {
            return 0;
        }

        foreach (var (name, sums) in _sums)
        {
            sums.RestoreState(file.Under(name + "/"));
        }

        return int.Parse(file.Metadata[SequencesField], CultureInfo.InvariantCulture);
    }
}
