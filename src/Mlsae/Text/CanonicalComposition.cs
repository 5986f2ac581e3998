using System.Globalization;
using System.Text;

namespace Mlsae.Text;

/// <summary>Unicode normalisation form C: canonical decomposition, canonical order of the marks, then composition.</summary>
/// <remarks>
/// Our own, because the runtime's needs ICU (it leaves text as it is in invariant mode) and then depends on the machine's version of it.
/// Source: Unicode Standard Annex 15 and section 3.11 and 3.12 of the Unicode Standard; the tables are in canonical-composition.txt.
/// </remarks>
internal static class CanonicalComposition
{
    // Nothing below U+0300 changes, is a mark, or combines with what is before it.
    private const char FirstAffected = '\u0300';

    private const int HangulSyllable = 0xAC00;
    private const int HangulLead = 0x1100;
    private const int HangulVowel = 0x1161;
    private const int HangulTrail = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    private static readonly Lazy<Tables> _tables = new(ReadTables);

    /// <summary>The text in form C: the span itself where that is already so. Unpaired surrogates become U+FFFD if anything changes.</summary>
    public static ReadOnlySpan<char> Compose(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyInRange(FirstAffected, '\uFFFF') || IsComposed(text, _tables.Value))
        {
            return text;
        }
        Tables tables = _tables.Value;
        var points = new List<int>(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, tables, points);
        }
        Order(points, tables);
        Recompose(points, tables);
        var result = new StringBuilder(text.Length);
        foreach (int point in points)
        {
            result.Append(new Rune(point).ToString());
        }
        return result.ToString();
    }

    /// <summary>True only if the text is in form C for sure: no character that might change or join the one before it, marks in order.</summary>
    private static bool IsComposed(ReadOnlySpan<char> text, Tables tables)
    {
        int last = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int current = tables.Classes.GetValueOrDefault(rune.Value);
            if (rune.Value >= FirstAffected && tables.Uncertain.Contains(rune.Value) || current != 0 && current < last)
            {
                return false;
            }
            last = current;
        }
        return true;
    }

    private static void Decompose(int point, Tables tables, List<int> points)
    {
        int syllable = point - HangulSyllable;
        if (syllable is >= 0 and < LeadCount * VowelCount * TrailCount)
        {
            points.Add(HangulLead + syllable / (VowelCount * TrailCount));
            points.Add(HangulVowel + syllable / TrailCount % VowelCount);
            if (syllable % TrailCount != 0)
            {
                points.Add(HangulTrail + syllable % TrailCount);
            }
        }
        else if (tables.Decompositions.TryGetValue(point, out int[]? parts))
        {
            foreach (int part in parts)
            {
                Decompose(part, tables, points);
            }
        }
        else
        {
            points.Add(point);
        }
    }

    /// <summary>Sorts each run of marks by combining class, keeping the order of equal ones.</summary>
    private static void Order(List<int> points, Tables tables)
    {
        for (int start = 0; start < points.Count; start++)
        {
            int end = start;
            while (end < points.Count && tables.Classes.ContainsKey(points[end]))
            {
                end++;
            }
            if (end - start > 1)
            {
                int[] sorted = [.. points.GetRange(start, end - start).OrderBy(point => tables.Classes[point])];
                for (int i = 0; i < sorted.Length; i++)
                {
                    points[start + i] = sorted[i];
                }
            }
            start = end;
        }
    }

    private static void Recompose(List<int> points, Tables tables)
    {
        int kept = 0;
        int starter = -1;
        // The class of the mark kept last since the starter; -1 if the starter itself was kept last.
        int last = -1;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i];
            int current = tables.Classes.GetValueOrDefault(point);
            // A mark is blocked from its starter by a kept one of the same or a higher class, a starter by any.
            bool blocked = last >= current && last >= 0;
            if (starter >= 0 && !blocked && Pair(points[starter], point, tables) is int composed)
            {
                points[starter] = composed;
                continue;
            }
            if (current == 0)
            {
                starter = kept;
                last = -1;
            }
            else
            {
                last = current;
            }
            points[kept++] = point;
        }
        points.RemoveRange(kept, points.Count - kept);
    }

    private static int? Pair(int first, int second, Tables tables)
    {
        int lead = first - HangulLead;
        int vowel = second - HangulVowel;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            return HangulSyllable + (lead * VowelCount + vowel) * TrailCount;
        }
        int syllable = first - HangulSyllable;
        int trail = second - HangulTrail;
        if (syllable is >= 0 and < LeadCount * VowelCount * TrailCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            return first + trail;
        }
        return tables.Compositions.TryGetValue((first, second), out int composed) ? composed : null;
    }

    private static Tables ReadTables()
    {
        var tables = new Tables();
        tables.Uncertain.UnionWith(Enumerable.Range(HangulVowel, VowelCount).Concat(Enumerable.Range(HangulTrail + 1, TrailCount - 1)));
        using Stream stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical-composition.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is string line)
        {
            if (!line.StartsWith('#'))
            {
                tables.Add(line.Split(' '));
            }
        }
        return tables;
    }

    private sealed class Tables
    {
        public Dictionary<int, int> Classes { get; } = [];

        public Dictionary<int, int[]> Decompositions { get; } = [];

        public Dictionary<(int First, int Second), int> Compositions { get; } = [];

        public HashSet<int> Uncertain { get; } = [];

        public void Add(string[] fields)
        {
            int[] points = [.. fields[1..].Select(field => int.Parse(field, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (fields[0] == "class")
            {
                int value = int.Parse(fields[3], CultureInfo.InvariantCulture);
                for (int point = points[0]; point <= points[1]; point++)
                {
                    Classes.Add(point, value);
                }
                return;
            }
            Decompositions.Add(points[0], points[1..]);
            if (fields[0] == "pair")
            {
                Compositions.Add((points[1], points[2]), points[0]);
                Uncertain.Add(points[2]);
            }
            else
            {
                Uncertain.Add(points[0]);
            }
        }
    }
}
