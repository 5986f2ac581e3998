using System.Text;

namespace Mlsae.Analysis.Proxies;

/// <summary>A script, by blocks of Unicode.</summary>
/// <param name="Name">what it is called</param>
/// <param name="Concept">the Microworld's concept that says the same; null where none does</param>
/// <param name="Blocks">first and last code point of each block</param>
public sealed record UnicodeScript(string Name, string? Concept, IReadOnlyList<(int First, int Last)> Blocks)
{
    /// <summary>Whether a character lies in one of the blocks.</summary>
    public bool Contains(Rune character) => Blocks.Any(block => character.Value >= block.First && character.Value <= block.Last);
}

/// <summary>The scripts that are looked for.</summary>
public static class UnicodeScripts
{
    /// <summary>All of them. Arabic has the blocks of Bricken et al. 2023.</summary>
    public static IReadOnlyList<UnicodeScript> All { get; } =
    [
        new("Arabic", "script.arabic", [(0x0600, 0x06FF), (0x0750, 0x077F)]),
        new("Hebrew", "script.hebrew", [(0x0590, 0x05FF)]),
        new("Greek", "script.greek", [(0x0370, 0x03FF), (0x1F00, 0x1FFF)]),
        new("Cyrillic", "script.cyrillic", [(0x0400, 0x04FF), (0x0500, 0x052F)]),
        new("Hangul", "script.hangul", [(0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)]),
        new("Kana", "script.kana", [(0x3040, 0x309F), (0x30A0, 0x30FF)]),
        new("CJK", null, [(0x3400, 0x4DBF), (0x4E00, 0x9FFF)]),
        new("Devanagari", null, [(0x0900, 0x097F)]),
        new("Thai", null, [(0x0E00, 0x0E7F)]),
    ];
}
