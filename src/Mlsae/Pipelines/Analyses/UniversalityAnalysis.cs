using Mlsae.Metrics;
using Mlsae.Analysis;
using Mlsae.Analysis.Universality;
using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Transformers;

namespace Mlsae.Pipelines.Analyses;

/// <summary>universality: whether another model has the same latents, and the same neurons: best matches by activation, with their attributions and logit weights.</summary>
public sealed class UniversalityAnalysis : RunAnalysis<UniversalityResult>
{
    /// <summary>The file in analysis/universality.</summary>
    public const string FileName = "universality.json";

    /// <inheritdoc/>
    public override string Name => "universality";

    /// <inheritdoc/>
    public override string Question => "Has another model the same latents, and the same neurons?";

    /// <inheritdoc/>
    public override bool IsDone(TrainedRun run, AnalysisSettings settings) =>
        base.IsDone(run, settings) && (settings.Other is null || Read(run).Second == Called(RunFolder.Open(settings.Other)));

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run)
    {
        if (base.Hindrance(run) is { } sentence)
        {
            return sentence;
        }

        return run.HookPoints is [{ Kind: HookKind.MlpPost }]
            ? null
            : $"'{run.Folder.Path}' is of {string.Join(", ", run.HookPoints)}; latents are compared with neurons, so train on those of one layer: mlsae train --hooks mlp_post";
    }

    /// <inheritdoc/>
    public override UniversalityResult Read(string folder) => JsonFile.Read<UniversalityResult>(Path.Combine(folder, FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var other = Other(run, settings);
        var text = AnalysisText.Of(run, settings, settings.RareSequences);
        var universality = new UniversalitySums(Compared(run), Compared(other));
        foreach (var (batch, first) in text.Batches(progress, cancellation))
        {
            universality.Add(Rows(run, batch, first), Rows(other, batch, first));
        }

        JsonFile.Write(In(run, FileName), universality.Result(text.Contexts.Count, settings.Seed));
    }

    /// <summary>The dictionary of another model: of the named run, or of the newest one beside this run; of several the one of the same name, or else the nearest in size.</summary>
    private TrainedRun Other(TrainedRun run, AnalysisSettings settings)
    {
        var folder = settings.Other is { } path ? RunFolder.Open(path) : Beside(run);
        var all = TrainedRun.OpenAll(folder);
        var other = all.FirstOrDefault(of => of.Plan.Name == run.Plan.Name) ?? all.MinBy(of => Math.Abs(of.Dictionary.LatentCount - run.Dictionary.LatentCount))!;
        if (Hindrance(other) is { } sentence)
        {
            throw new InvalidDataException(sentence);
        }

        return other;
    }

    private static RunFolder Beside(TrainedRun run)
    {
        string parent = Path.GetDirectoryName(Path.GetFullPath(run.Folder.Path))!;
        bool IsWanted(RunFolder folder) => folder.Manifest.Model is { } model && model != run.Config.Model && DictionaryRun.Config(folder).Hooks.SequenceEqual(run.Config.Hooks);
        try
        {
            return RunFolder.Latest(parent, IsWanted);
        }
        catch (DirectoryNotFoundException)
        {
            throw new InvalidDataException($"Beside '{run.Folder.Path}' there is no run on {string.Join(", ", run.HookPoints)} of another model; name one with --other.");
        }
    }

    private static string Called(RunFolder folder) => folder.Manifest.Model ?? folder.Path;

    private static ComparedModel Compared(TrainedRun run)
    {
        var place = run.HookPoints[0];
        var neurons = new Matrix(run.Dictionary.ModelDim, run.Dictionary.ModelDim);
        for (int i = 0; i < neurons.Rows; i++)
        {
            neurons[i, i] = 1;
        }

        return new ComparedModel(
            Called(run.Folder), LogitWeights.Of(run.Model.Weights, run.Dictionary.DirectionsAt(0), place), LogitWeights.Of(run.Model.Weights, neurons, place));
    }

    /// <summary>The tokens of a batch that have a next one, neither of them special.</summary>
    private static ModelRows Rows(TrainedRun run, TokenBatch batch, int first)
    {
        var encoded = run.EncodeText(batch, first);
        int[] rows = [.. Enumerable.Range(0, encoded.Count).Where(token => token + 1 < encoded.Count
            && encoded.PositionOf(token + 1) == encoded.PositionOf(token) + 1 && encoded.PositionOf(token + 1) % batch.Length != 0)];
        return new ModelRows(
            encoded.Codes.Select(rows), UniversalitySums.Rows(encoded.Vectors, rows), [.. rows.Select(token => batch.Ids[encoded.PositionOf(token + 1)])]);
    }
}
