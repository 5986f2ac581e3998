using Mlsae.Analysis.Interpretation;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>
/// Interpretations on disk, so that a stranger can check them. <c>autointerp-baselines.json</c>: means, differences, correlations. <c>units.json</c> and <c>units.csv</c>: every unit's explanation, scores and moments.
/// <c>records.safetensors</c> (<see cref="InterpretationRecordsFile"/>) and <c>tokens.json</c>: the fragments that each was explained and scored by, with true and simulated activations. <c>baselines/</c>: the
/// dictionaries that were computed for the comparison.
/// </summary>
public static class InterpretationFolder
{
    /// <summary>The file of means.</summary>
    public const string FileName = "autointerp-baselines.json";

    /// <summary>The file of units.</summary>
    public const string UnitsFileName = "units.json";

    /// <summary>The file of records.</summary>
    public const string RecordsFileName = "records.safetensors";

    private const string TableFileName = "units.csv";
    private const string TokensFileName = "tokens.json";
    private const string BaselinesName = "baselines";

    /// <summary>Writes all of it; what an earlier call wrote is replaced.</summary>
    /// <exception cref="IOException">A file could not be written.</exception>
    public static void Write(string folder, InterpretationFindings findings, IReadOnlyList<(string Name, ILayeredDictionary Dictionary)> baselines)
    {
        var tokens = findings.Records.SelectMany(records => records.Explanation.Concat(records.Scored)).Select(record => record.Fragment)
            .SelectMany(fragment => fragment.TokenIds.Zip(fragment.Texts)).DistinctBy(token => token.First).OrderBy(token => token.First).ToDictionary(token => token.First, token => token.Second);
        foreach (var (name, dictionary) in baselines)
        {
            dictionary.Save(Path.Combine(folder, BaselinesName, name));
        }

        InterpretationRecordsFile.Write(Path.Combine(folder, RecordsFileName), findings.Records);
        JsonFile.Write(Path.Combine(folder, TokensFileName), tokens);
        JsonFile.Write(Path.Combine(folder, UnitsFileName), findings.Units);
        AtomicFile.WriteText(Path.Combine(folder, TableFileName), UnitsCsv.Of(findings.Units));
        JsonFile.Write(Path.Combine(folder, FileName), findings.Result);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or does not fit the others; the message names path and field.</exception>
    public static InterpretationFindings Read(string folder)
    {
        var units = JsonFile.Read<IReadOnlyList<InterpretedUnit>>(Path.Combine(folder, UnitsFileName));
        string path = Path.Combine(folder, RecordsFileName);
        var records = InterpretationRecordsFile.Read(path, JsonFile.Read<Dictionary<int, string>>(Path.Combine(folder, TokensFileName)));
        int scored = units.Count(unit => unit.Scores is not null);
        return records.Count == scored
            ? new InterpretationFindings(JsonFile.Read<InterpretationResult>(Path.Combine(folder, FileName)), units, records)
            : throw new InvalidDataException($"'{path}' has the records of {records.Count} units, but {UnitsFileName} beside it has {scored} that are scored.");
    }
}
