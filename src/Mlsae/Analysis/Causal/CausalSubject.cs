using Mlsae.Analysis.Facts;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Causal;

/// <summary>What causes are looked for in: a model, the dictionary of its residual stream at several layers, and a text that was read.</summary>
public sealed class CausalSubject
{
    /// <summary>A subject.</summary>
    /// <param name="model">the model</param>
    /// <param name="hooks">[L] where the dictionary's layers are: after blocks, ascending</param>
    /// <param name="dictionary">shared or per layer</param>
    /// <param name="text">where its latents are active</param>
    /// <param name="facts">what is known of the text's tokens; null where nothing is</param>
    /// <exception cref="ArgumentException">A layer is no residual stream after a block, or latents have no pre-activation of one layer.</exception>
    public CausalSubject(LanguageModel model, IReadOnlyList<HookPoint> hooks, ILayeredDictionary dictionary, LatentText text, TextFacts? facts)
    {
        Require.That(Hindrance(hooks) is not { } sentence, Hindrance(hooks) ?? "");
        Require.Equal(hooks.Count, dictionary.LayerCount);
        (Model, Hooks, Text, Facts) = (model, hooks, text, facts);
        Layers = [.. Enumerable.Range(0, hooks.Count).Select(layer => new DictionaryAtLayer(dictionary, layer))];
        IsShared = dictionary.Arrangement == Arrangement.Shared;
    }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>[L] Where the layers are.</summary>
    public IReadOnlyList<HookPoint> Hooks { get; }

    /// <summary>[L] The dictionary at each layer.</summary>
    public IReadOnlyList<DictionaryAtLayer> Layers { get; }

    /// <summary>The text.</summary>
    public LatentText Text { get; }

    /// <summary>What is known of its tokens.</summary>
    public TextFacts? Facts { get; }

    /// <summary>Whether one dictionary is read at all layers, so that a latent has an earlier self.</summary>
    public bool IsShared { get; }

    /// <summary>Why effects cannot be followed from layer to layer; null where they can.</summary>
    public static string? Hindrance(IReadOnlyList<HookPoint> hooks)
    {
        bool ascend = hooks.Zip(hooks.Skip(1), (a, b) => a.Layer < b.Layer).All(follows => follows);
        return hooks.Count > 1 && hooks.All(hook => hook.Kind == HookKind.ResidPost) && ascend
            ? null
            : $"Causes are followed along the residual stream after at least two blocks, but the dictionary reads {string.Join(", ", hooks)}; take one trained with --hooks resid_post.";
    }
}
