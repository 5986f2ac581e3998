namespace Mlsae.Cli;

/// <summary>How this command is started anew, as another process.</summary>
internal static class OwnCommand
{
    /// <summary>The program and what comes before its verbs: the executable beside this assembly, or, where there is none, dotnet and the assembly.</summary>
    public static IReadOnlyList<string> Parts { get; } = Find();

    private static IReadOnlyList<string> Find()
    {
        string assembly = typeof(OwnCommand).Assembly.Location;
        string executable = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? "exe" : null);
        bool isDotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        return File.Exists(executable) ? [executable] : [isDotnet ? Environment.ProcessPath! : "dotnet", assembly];
    }
}
