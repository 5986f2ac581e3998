using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mlsae;

/// <summary>The kinds of places in a transformer whose activations can be read or edited.</summary>
public enum HookKind
{
    /// <summary>After the token (and learned position) embedding. [tokens × d_model]</summary>
    Embed,

    /// <summary>The residual stream before a block. [tokens × d_model]</summary>
    ResidPre,

    /// <summary>The residual stream between attention and MLP; absent in parallel-residual blocks. [tokens × d_model]</summary>
    ResidMid,

    /// <summary>The residual stream after a block: layer l of an MLSAE. [tokens × d_model]</summary>
    ResidPost,

    /// <summary>Attention probabilities. [sequences · heads · positions × positions]</summary>
    AttentionPattern,

    /// <summary>Output of attention after its output projection. [tokens × d_model]</summary>
    AttentionOut,

    /// <summary>The MLP before its activation function (Llama: the gate). [tokens × d_mlp]</summary>
    MlpPre,

    /// <summary>The MLP's neurons: after the activation function (Llama: silu(gate)·up), the input of its last matrix. [tokens × d_mlp]</summary>
    MlpPost,

    /// <summary>Output of the MLP. [tokens × d_model]</summary>
    MlpOut,

    /// <summary>After the final norm. [tokens × d_model]</summary>
    FinalNorm,

    /// <summary>The logits. [tokens × vocabulary]</summary>
    Logits,
}

/// <summary>A place in a transformer. Prints and parses as TransformerLens' name, such as <c>blocks.3.hook_resid_post</c>.</summary>
/// <param name="Kind">what is there</param>
/// <param name="Layer">the block, from 0; −1 where the place is in no block</param>
public readonly record struct HookPoint(HookKind Kind, int Layer = -1)
{
    private static readonly (HookKind Kind, string Name)[] InBlocks =
    [
        (HookKind.ResidPre, "hook_resid_pre"),
        (HookKind.ResidMid, "hook_resid_mid"),
        (HookKind.ResidPost, "hook_resid_post"),
        (HookKind.AttentionPattern, "attn.hook_pattern"),
        (HookKind.AttentionOut, "hook_attn_out"),
        (HookKind.MlpPre, "mlp.hook_pre"),
        (HookKind.MlpPost, "mlp.hook_post"),
        (HookKind.MlpOut, "hook_mlp_out"),
    ];

    private static readonly (HookKind Kind, string Name)[] OutsideBlocks =
    [
        (HookKind.Embed, "hook_embed"),
        (HookKind.FinalNorm, "ln_final.hook_normalized"),
        (HookKind.Logits, "logits"),
    ];

    /// <summary>The residual stream after block <paramref name="layer"/>.</summary>
    public static HookPoint ResidPost(int layer) => new(HookKind.ResidPost, layer);

    /// <summary>The neurons of the MLP of block <paramref name="layer"/>.</summary>
    public static HookPoint MlpPost(int layer) => new(HookKind.MlpPost, layer);

    /// <summary>Short names of the places that every block has: resid_pre, mlp_post, ...</summary>
    public static IReadOnlyList<string> NamesInBlocks { get; } = [.. InBlocks.Select(b => ShortName(b.Name))];

    /// <summary>A place in some blocks by its short name, or one place by its full name.</summary>
    /// <param name="name">one of <see cref="NamesInBlocks"/>, or what <see cref="ToString"/> writes</param>
    /// <param name="layers">the blocks</param>
    /// <exception cref="FormatException">It is neither; the message lists what is known.</exception>
    public static IReadOnlyList<HookPoint> InEveryBlock(string name, IReadOnlyList<int> layers)
    {
        int index = Array.FindIndex(InBlocks, b => ShortName(b.Name) == name);
        return index >= 0 ? [.. layers.Select(layer => new HookPoint(InBlocks[index].Kind, layer))] : [Parse(name)];
    }

    /// <summary>Reads a name that <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It is no such name; the message lists the kinds.</exception>
    public static HookPoint Parse(string name) => TryParse(name, out var point)
        ? point
        : throw new FormatException(
            $"'{name}' is not a hook point. Known are {string.Join(", ", OutsideBlocks.Select(o => o.Name))} and, after 'blocks.<layer>.', "
            + $"{string.Join(", ", InBlocks.Select(b => b.Name))}; or for every block {string.Join(", ", NamesInBlocks)}.");

    /// <summary>Reads a name that <see cref="ToString"/> writes; false if it is no such name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out HookPoint point)
    {
        foreach (var (kind, outside) in OutsideBlocks)
        {
            if (name == outside)
            {
                point = new HookPoint(kind);
                return true;
            }
        }

        point = default;
        string[] parts = (name ?? "").Split('.', 3);
        if (parts is not ["blocks", var layerText, var rest] || !int.TryParse(layerText, NumberStyles.None, CultureInfo.InvariantCulture, out int layer))
        {
            return false;
        }

        int index = Array.FindIndex(InBlocks, b => b.Name == rest);
        if (index < 0)
        {
            return false;
        }

        point = new HookPoint(InBlocks[index].Kind, layer);
        return true;
    }

    /// <summary>hook_resid_post is resid_post, mlp.hook_post is mlp_post.</summary>
    private static string ShortName(string name) => name.Replace(".hook_", "_", StringComparison.Ordinal).Replace("hook_", "", StringComparison.Ordinal);

    /// <summary>TransformerLens' name of the place.</summary>
    public override string ToString()
    {
        var kind = Kind;
        int index = Array.FindIndex(InBlocks, b => b.Kind == kind);
        return index >= 0
            ? $"blocks.{Layer.ToString(CultureInfo.InvariantCulture)}.{InBlocks[index].Name}"
            : OutsideBlocks.First(o => o.Kind == kind).Name;
    }
}
