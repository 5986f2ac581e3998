using System.Buffers;

namespace Mlsae.Text.Microworlds;

/// <summary>Marks how many brackets are open. The depth of a character is the depth once it has been read: an opening bracket lies within its pair, the closing one no more.</summary>
internal static class BracketDepths
{
    private static readonly SearchValues<char> Brackets = SearchValues.Create("()[]{}");

    private static readonly Concept[] Depths = [Concepts.Bracket1, Concepts.Bracket2, Concepts.Bracket3];

    /// <summary>Appends the spans of <paramref name="text"/>'s brackets.</summary>
    public static void Annotate(string text, List<ConceptSpan> spans)
    {
        int depth = 0, start = 0;
        while (true)
        {
            int next = text.AsSpan(start + (depth > 0 ? 1 : 0)).IndexOfAny(Brackets);
            if (next < 0)
            {
                return;
            }

            int i = start + (depth > 0 ? 1 : 0) + next;
            if (depth is >= 1 and <= 3)
            {
                spans.Add(new ConceptSpan(Depths[depth - 1], start, i));
            }

            depth += text[i] is '(' or '[' or '{' ? 1 : -1;
            start = depth > 0 ? i : i + 1;
        }
    }
}
