using System.Text;

namespace Mlsae.Storage;

/// <summary>How messages of this room name tensors and shapes.</summary>
internal static class Messages
{
    private const int LongestName = 100;

    /// <summary>A name from a file in quotes, on one line and not longer than a message may be.</summary>
    internal static string Quote(string name)
    {
        var text = new StringBuilder("'");
        foreach (char c in name.Length > LongestName ? name[..LongestName] : name)
        {
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }

        return text.Append(name.Length > LongestName ? "...'" : "'").ToString();
    }

    /// <summary>A shape as it is written in headers.</summary>
    internal static string Shape(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>There is no tensor of this name; says which there are.</summary>
    internal static InvalidDataException NoTensor(ITensorSource source, string name)
    {
        string known = string.Join(", ", source.Names.Order(StringComparer.Ordinal).Take(8).Select(Quote));
        string rest = source.Names.Count > 8 ? $" and {source.Names.Count - 8} more" : "";
        return new InvalidDataException(
            $"'{source.Path}' has no tensor {Quote(name)}; it has {(source.Names.Count == 0 ? "none" : known + rest)}.");
    }
}
