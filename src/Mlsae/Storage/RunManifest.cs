using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace Mlsae.Storage;

/// <summary>What made a run: everything needed to make it again. The file run.json of a run folder.</summary>
public sealed record RunManifest
{
    /// <summary>What was run, such as "train".</summary>
    public required string Command { get; init; }

    /// <summary>The whole configuration, defaults included.</summary>
    public required JsonElement Config { get; init; }

    /// <summary>The seed that all random numbers were drawn from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Version of this library.</summary>
    public string LibraryVersion { get; init; } = typeof(RunManifest).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>The model as it was named; null where none was used.</summary>
    public string? Model { get; init; }

    /// <summary><see cref="ContentHash"/> of the model; null where none was used.</summary>
    public string? ModelHash { get; init; }

    /// <summary>The data as it was named.</summary>
    public string? Data { get; init; }

    /// <summary><see cref="ContentHash"/> of the data.</summary>
    public string? DataHash { get; init; }

    /// <summary>Where it ran.</summary>
    public MachineDescription Machine { get; init; } = MachineDescription.Current();

    /// <summary>When it was started.</summary>
    public DateTimeOffset Started { get; init; } = DateTimeOffset.Now;

    /// <summary>When it was finished; null until then.</summary>
    public DateTimeOffset? Finished { get; init; }

    /// <summary>Names and versions of the definitions of the metrics in the run's files, such as "fvu/1: ...".</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>The manifest of a run that starts now on this machine.</summary>
    /// <param name="command">what is run, such as "train"</param>
    /// <param name="config">a configuration record, stored as <see cref="JsonFile"/> writes it</param>
    /// <param name="seed">the run's seed</param>
    public static RunManifest Of<T>(string command, T config, ulong seed) =>
        new() { Command = command, Config = JsonSerializer.SerializeToElement(config, JsonFile.SnakeCase), Seed = seed };

    /// <summary>The configuration as the record it was written from.</summary>
    /// <param name="path">what messages call the manifest</param>
    /// <exception cref="InvalidDataException">It does not fit the record; the message names path and field.</exception>
    public T ConfigAs<T>(string path) => JsonFile.Parse<T>(JsonSerializer.SerializeToUtf8Bytes(Config), path + " (config)");
}

/// <summary>The machine a run ran on: what its speed, and the last bits of its sums, depend on.</summary>
/// <param name="OperatingSystem">name and version</param>
/// <param name="Architecture">of the process, such as X64</param>
/// <param name="Processors">threads of hardware</param>
/// <param name="Runtime">name and version of the .NET runtime</param>
/// <param name="VectorInstructions">the widest vector instructions in reach: AVX-512, AVX2 or the width in bits</param>
public sealed record MachineDescription(string OperatingSystem, string Architecture, int Processors, string Runtime, string VectorInstructions)
{
    /// <summary>This machine.</summary>
    public static MachineDescription Current() => new(
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        RuntimeInformation.FrameworkDescription,
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : $"{Vector<byte>.Count * 8} bits");
}
