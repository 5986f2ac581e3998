using System.Reflection;
using System.Text.Json.Serialization;
using Mlsae.Numerics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>What a multi-layer dictionary and one dictionary for each layer are given equally much of. L0 is equal in each of them: k is the same.</summary>
public enum Budget
{
    /// <summary>The latents of all dictionaries together. They are trained on the same tokens.</summary>
    [JsonStringEnumMemberName("total-latents")]
    TotalLatents,

    /// <summary>The latents of each dictionary, so that the per-layer ones have L times as many in all. They are trained on the same tokens.</summary>
    [JsonStringEnumMemberName("latents-per-dictionary")]
    LatentsPerDictionary,

    /// <summary>The trained numbers of all dictionaries together. They are trained on the same tokens.</summary>
    [JsonStringEnumMemberName("parameters")]
    Parameters,

    /// <summary>The latents of each dictionary, and the vectors that each is trained on.</summary>
    [JsonStringEnumMemberName("training-vectors")]
    TrainingVectors,

    /// <summary>The latents of all dictionaries together, and the multiplications of the encoder in training.</summary>
    [JsonStringEnumMemberName("training-flops")]
    TrainingFlops,
}

/// <summary>The budgets by name, with the rule that each follows.</summary>
public static class Budgets
{
    /// <summary>Every budget with its name.</summary>
    public static IReadOnlyList<(Budget Budget, string Name)> All { get; } =
        [.. Enum.GetValues<Budget>().Select(budget => (budget, typeof(Budget).GetField(budget.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name))];

    /// <summary>What files and the command line call it.</summary>
    public static string NameOf(Budget budget) => All.First(entry => entry.Budget == budget).Name;

    /// <summary>The budget of a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists them.</exception>
    public static Budget Parse(string name)
    {
        var found = All.Where(entry => entry.Name == name).ToArray();
        Require.That(found.Length == 1, $"'{name}' is no budget; there are {string.Join(", ", All.Select(entry => entry.Name))}.");
        return found[0].Budget;
    }

    /// <summary>The rule in one sentence. n and T are the multi-layer dictionary's latents and tokens, L the layers, d the width of their vectors.</summary>
    public static string RuleOf(Budget budget) => budget switch
    {
        Budget.TotalLatents => "Equal latents in all: n for the MLSAE, n / L for each layer's dictionary; the same T tokens.",
        Budget.LatentsPerDictionary => "Equal latents in each dictionary: n for the MLSAE and n for each layer's, so L n in all; the same T tokens.",
        Budget.Parameters => "Equal trained numbers: 2 d n + d for the MLSAE, as much as the sum over layers of 2 d n_l + d; the same T tokens.",
        Budget.TrainingVectors => "Equal latents in each dictionary, n, and equal vectors that each is trained on: T tokens of L vectors for the MLSAE, L T tokens of one vector for each layer's.",
        _ => "Equal latents in all, n for the MLSAE and n / L for each layer's dictionary, and equal encoder flops: T tokens for the MLSAE, L T tokens for each layer's.",
    };
}
