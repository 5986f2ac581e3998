using System.Text;

namespace Mlsae.Analysis.Interpretation.Asked;

/// <summary>How tokens stand in prompts: one a line, so that line breaks and tabs in them are spelled out.</summary>
internal static class PromptText
{
    /// <summary>A token on one line.</summary>
    public static string Line(string token) =>
        token.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    /// <summary>A number of lines, each ended by a line feed.</summary>
    public static string Lines(IEnumerable<string> lines) => lines.Aggregate(new StringBuilder(), (text, line) => text.Append(line).Append('\n')).ToString();
}
