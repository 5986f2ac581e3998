using Mlsae.Analysis.Interpretation;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>
/// Records on disk. <c>fragments.tokens</c> I32 [F, 64] token ids, <c>fragments.documents</c> and <c>fragments.starts</c> I64 [F]: where each fragment is from. For each scored unit, in the order of units.json:
/// <c>records</c> I32 [U, 15] its fragments (5 that explain, 5 top ones and 5 random ones that score), <c>values</c> F32 [U, 15, 64] its activations, <c>simulated</c> F32 [U, 10, 64] the simulation of the last ten.
/// </summary>
internal static class InterpretationRecordsFile
{
    private const int Explained = RecordSplits.PerSplit;
    private const int Scored = 2 * RecordSplits.PerSplit;
    private const int All = Explained + Scored;
    private const int Length = TextFragment.Length;

    /// <summary>Writes records.</summary>
    public static void Write(string path, IReadOnlyList<SimulatedRecords> units)
    {
        FragmentRecord[] all = [.. units.SelectMany(unit => unit.Explanation.Concat(unit.Scored))];
        TextFragment[] fragments = [.. all.Select(record => record.Fragment).DistinctBy(fragment => fragment.Document).OrderBy(fragment => fragment.Document)];
        var places = fragments.Index().ToDictionary(fragment => fragment.Item.Document, fragment => fragment.Index);
        SafetensorsFile.Write(path,
        [
            Tensor.Of("fragments.tokens", (ReadOnlySpan<int>)[.. fragments.SelectMany(fragment => fragment.TokenIds)], fragments.Length, Length),
            Tensor.Of("fragments.documents", (ReadOnlySpan<long>)[.. fragments.Select(fragment => fragment.Document)], fragments.Length),
            Tensor.Of("fragments.starts", (ReadOnlySpan<long>)[.. fragments.Select(fragment => (long)fragment.Start)], fragments.Length),
            Tensor.Of("records", (ReadOnlySpan<int>)[.. all.Select(record => places[record.Fragment.Document])], units.Count, All),
            Tensor.Of("values", (ReadOnlySpan<float>)[.. all.SelectMany(record => record.Values)], units.Count, All, Length),
            Tensor.Of("simulated", (ReadOnlySpan<float>)[.. units.SelectMany(unit => unit.Simulated).SelectMany(values => values).Select(value => (float)value)], units.Count, Scored, Length),
        ]);
    }

    /// <summary>Reads records.</summary>
    /// <param name="path">the file</param>
    /// <param name="texts">the text of each token</param>
    /// <exception cref="InvalidDataException">The file is damaged, or has a token that is not in <paramref name="texts"/>; the message names path and tensor.</exception>
    public static IReadOnlyList<SimulatedRecords> Read(string path, IReadOnlyDictionary<int, string> texts)
    {
        using var file = SafetensorsFile.Open(path);
        var fragments = Fragments(file, texts);
        long units = file.Describe("records").Shape is [var count, ..] ? count : 0;
        long[] places = file.ReadLongs("records", units, All);
        float[] values = file.ReadFloats("values", units, All, Length), simulated = file.ReadFloats("simulated", units, Scored, Length);
        if (places.Any(place => place < 0 || place >= fragments.Length))
        {
            throw new InvalidDataException($"'{path}': tensor 'records' names a fragment that is none of the {fragments.Length}.");
        }

        var records = places.Index().Select(record => new FragmentRecord(fragments[record.Item], values[(record.Index * Length)..((record.Index + 1) * Length)])).Chunk(All);
        var simulations = simulated.Select(value => (double)value).Chunk(Length).Chunk(Scored);
        return [.. records.Zip(simulations, (own, simulation) => new SimulatedRecords(own[..Explained], own[Explained..], simulation))];
    }

    private static TextFragment[] Fragments(SafetensorsFile file, IReadOnlyDictionary<int, string> texts)
    {
        long count = file.Describe("fragments.tokens").Shape is [var rows, ..] ? rows : 0;
        int[] ids = [.. file.ReadLongs("fragments.tokens", count, Length).Select(id => (int)id)];
        long[] documents = file.ReadLongs("fragments.documents", count), starts = file.ReadLongs("fragments.starts", count);
        return [.. ids.Chunk(Length).Select((own, i) => new TextFragment(documents[i], (int)starts[i], own, [.. own.Select(Text)], null))];

        string Text(int id) => texts.TryGetValue(id, out string? text) ? text : throw new InvalidDataException($"'{file.Path}': tensor 'fragments.tokens' has the token {id}, whose text is not in tokens.json beside it.");
    }
}
