using System.Globalization;
using Mlsae.Numerics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>The points of a sweep, from text such as "k=8,16,32" and "R=8,16,32".</summary>
public static class Sweep
{
    /// <summary>Every k with every expansion factor R; n of the multi-layer dictionary is R·d_model.</summary>
    /// <param name="terms">"k=…" and "R=…", each at most once</param>
    /// <param name="modelDim">d_model</param>
    /// <param name="otherwise">k and n where a term does not say them</param>
    /// <exception cref="ArgumentException">A term is neither, or its numbers are no positive whole numbers.</exception>
    public static IReadOnlyList<ComparisonPoint> Points(IEnumerable<string> terms, int modelDim, ComparisonPoint otherwise)
    {
        int[] ks = [otherwise.K], latents = [otherwise.LatentCount];
        var seen = new HashSet<string>();
        foreach (string term in terms)
        {
            string[] parts = term.Split('=', 2);
            Require.That(
                parts.Length == 2 && parts[0] is "k" or "K" or "R" or "r" && seen.Add(parts[0].ToUpperInvariant()),
                $"'{term}' does not say what to sweep: give k=8,16,32 and R=8,16,32, each at most once.");
            int[] values = [.. parts[1].Split(',').Select(text => Number(text, term))];
            if (parts[0] is "k" or "K")
            {
                ks = values;
            }
            else
            {
                latents = [.. values.Select(factor => checked(factor * modelDim))];
            }
        }

        return [.. from n in latents from k in ks select new ComparisonPoint(k, n)];
    }

    private static int Number(string text, string term)
    {
        Require.That(
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0,
            $"'{text}' in '{term}' is no positive whole number.");
        return value;
    }
}
