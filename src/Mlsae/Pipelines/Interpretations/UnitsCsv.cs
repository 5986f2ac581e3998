using System.Globalization;
using System.Text;
using Mlsae.Analysis.Interpretation;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>Interpreted units as comma-separated text (RFC 4180), numbers in full precision.</summary>
internal static class UnitsCsv
{
    private const string Header = "dictionary,layer,unit,outcome,top_random,top,random,fragments_with_variation,mean,variance,skew,kurtosis,explanation";

    public static string Of(IEnumerable<InterpretedUnit> units)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var one in units)
        {
            var ((dictionary, layer, index, _), fragments, moments, outcome, explanation, scores) = one;
            text.AppendJoin(
                ',', dictionary, Text(layer), Text(index), outcome.ToString().ToLowerInvariant(), Text(scores?.TopRandom), Text(scores?.Top), Text(scores?.Random), Text(fragments),
                Text(moments.Mean), Text(moments.Variance), Text(moments.Skew), Text(moments.Kurtosis), $"\"{explanation.Replace("\"", "\"\"", StringComparison.Ordinal)}\"").Append('\n');
        }

        return text.ToString();
    }

    private static string Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
