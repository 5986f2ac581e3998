namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Writes program code, marking its keywords, strings, comments, numbers, functions and indentation.</summary>
internal static class CodeHighlighter
{
    private static readonly HashSet<string> Keywords =
        ["def", "return", "if", "else", "for", "in", "while", "not", "and", "or", "class", "import", "from", "True", "False", "None", "let", "const", "function", "new"];

    /// <summary>Writes <paramref name="code"/> under <see cref="Concepts.Code"/>.</summary>
    public static void Write(DocumentBuilder builder, string code)
    {
        using (builder.Within(Concepts.Code))
        {
            for (int i = 0; i < code.Length;)
            {
                int end = TokenEnd(code, i);
                var concept = ConceptOf(code, i, end);
                if (concept is null)
                {
                    builder.Write(code[i..end]);
                }
                else
                {
                    builder.Write(code[i..end], concept);
                }

                i = end;
            }
        }
    }

    private static int TokenEnd(string code, int start)
    {
        char first = code[start];
        if (first == '"')
        {
            return code.IndexOf('"', start + 1) + 1;
        }

        if (first == '#')
        {
            int end = code.IndexOf('\n', start);
            return end < 0 ? code.Length : end;
        }

        Predicate<char> same = first == ' ' ? c => c == ' ' : IsName(first) ? IsName : _ => false;
        int next = start + 1;
        while (next < code.Length && same(code[next]))
        {
            next++;
        }

        return next;
    }

    private static Concept? ConceptOf(string code, int start, int end) => code[start] switch
    {
        '"' => Concepts.CodeString,
        '#' => Concepts.CodeComment,
        ' ' => start > 0 && code[start - 1] == '\n' ? Concepts.CodeIndent : null,
        >= '0' and <= '9' => Concepts.CodeNumber,
        char c when !IsName(c) => null,
        _ when Keywords.Contains(code[start..end]) => Concepts.CodeKeyword,
        _ => end < code.Length && code[end] == '(' ? Concepts.CodeFunction : null,
    };

    private static bool IsName(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
