using System.Text.Json;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>The kinds of dictionaries by name.</summary>
public static class DictionaryKinds
{
    private static readonly (string Name, Func<int, DictionaryConfig> Default)[] Kinds =
    [
        ("topk", d => new TopKConfig { ModelDim = d }),
        ("batchtopk", d => new BatchTopKConfig { ModelDim = d }),
        ("matryoshka", d => new MatryoshkaConfig { ModelDim = d }),
        ("relu", d => new ReluConfig { ModelDim = d }),
        ("tied-relu", d => new TiedReluConfig { ModelDim = d }),
        ("jumprelu", d => new JumpReluConfig { ModelDim = d }),
        ("gated", d => new GatedConfig { ModelDim = d }),
        .. Enum.GetValues<BaselineMethod>().Select(method => (Hyphenated(method), (Func<int, DictionaryConfig>)(d => new BaselineConfig { ModelDim = d, Method = method }))),
        ("pca-topk", d => new BaselineConfig { ModelDim = d, Method = BaselineMethod.Pca, K = 32 }),
        ("ica-topk", d => new BaselineConfig { ModelDim = d, Method = BaselineMethod.Ica, K = 32 }),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Select(kind => kind.Name)];

    /// <summary>The default configuration of a kind.</summary>
    /// <param name="name">one of <see cref="Names"/></param>
    /// <param name="modelDim">width of the vectors</param>
    /// <exception cref="ArgumentException">There is no such kind; the message lists them.</exception>
    public static DictionaryConfig Default(string name, int modelDim)
    {
        int index = Names.ToList().IndexOf(name);
        Require.That(index >= 0, $"There is no kind of dictionary '{name}'; known are {string.Join(", ", Names)}.");
        return Kinds[index].Default(modelDim);
    }

    /// <summary>An arrangement by its name: shared, per-layer or crosscoder.</summary>
    /// <exception cref="ArgumentException">There is no such arrangement; the message lists them.</exception>
    public static Arrangement Arrangement(string name)
    {
        var all = Enum.GetValues<Arrangement>();
        int index = Array.FindIndex(all, arrangement => Hyphenated(arrangement) == name);
        Require.That(index >= 0, $"There is no arrangement '{name}'; known are {string.Join(", ", all.Select(Hyphenated))}.");
        return all[index];
    }

    /// <summary>The name of a value in lower case with hyphens: PerLayer is per-layer.</summary>
    public static string Hyphenated<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
