namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Small functions in two languages: one that indents and one with braces.</summary>
internal static class CodeWriter
{
    private static readonly string[] Verbs = ["get", "find", "count", "read", "make", "check", "load", "sort"];

    private static readonly string[] Nouns = ["items", "names", "prices", "lines", "words", "nodes", "users", "keys"];

    private static readonly string[] Variables = ["x", "y", "n", "total", "result", "value"];

    private static readonly string[] Comments = ["skip empty ones", "the first one wins", "nothing to do", "stop early", "keep the order"];

    public static void Write(DocumentBuilder builder)
    {
        var names = new Names(
            $"{builder.Pick(Verbs)}_{builder.Pick(Nouns)}", builder.Pick(Nouns), builder.Pick(Variables), builder.Pick(Comments), builder.Between(0, 20), builder.Between(2, 100));
        CodeHighlighter.Write(builder, builder.Chance(55) ? Indented(builder, names) : Braced(builder, names));
    }

    private static string Indented(DocumentBuilder builder, Names n) => builder.Between(0, 3) switch
    {
        0 => $"def {n.Function}({n.List}):\n    {n.Variable} = {n.Small}\n    for item in {n.List}:\n        # {n.Comment}\n"
            + $"        if item > {n.Large}:\n            {n.Variable} = {n.Variable} + 1\n    return {n.Variable}",
        1 => $"from tools import {n.Function}\n\n{n.List} = {n.Function}(\"{n.List}.txt\")\nif not {n.List}:\n    print(\"no {n.List}\")  # {n.Comment}\n"
            + $"else:\n    print(len({n.List}), {n.Large})",
        2 => $"class Store:\n    def {n.Function}(self, {n.Variable}={n.Small}):\n        # {n.Comment}\n        while {n.Variable} < {n.Large}:\n"
            + $"            {n.Variable} = self.next({n.Variable})\n        return None",
        _ => $"def {n.Function}({n.Variable}):\n    if {n.Variable} == \"{n.List}\":\n        return True\n    return {n.Variable} in [{n.Small}, {n.Large}]  # {n.Comment}",
    };

    private static string Braced(DocumentBuilder builder, Names n) => builder.Between(0, 2) switch
    {
        0 => $"function {n.Function}({n.List}) {{\n  let {n.Variable} = {n.Small};\n  for (const item of {n.List}) {{\n    if (item === {n.Large}) {{\n"
            + $"      return item;\n    }}\n  }}\n  return {n.Variable};\n}}",
        1 => $"const {n.List} = new Map();\n{n.List}.set(\"{n.Function}\", {n.Large});\nif ({n.List}.size > {n.Small}) {{\n  console.log(\"{n.List}\");\n}}",
        _ => $"let {n.Variable} = {n.Function}({n.Small}, {n.Large});\nwhile ({n.Variable} > {n.Small}) {{\n  {n.Variable} = next({n.Variable}, \"{n.List}\");\n}}",
    };

    private sealed record Names(string Function, string List, string Variable, string Comment, int Small, int Large);
}
