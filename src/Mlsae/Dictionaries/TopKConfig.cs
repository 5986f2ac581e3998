namespace Mlsae.Dictionaries;

/// <summary>Everything that defines a TopK dictionary and its losses before training: Gao et al. 2024; over all layers Lawson et al. 2024.</summary>
public sealed record TopKConfig : SelectionConfig
{
    /// <inheritdoc/>
    public override string Kind => "topk";

    /// <inheritdoc/>
    public override TopKConfig Validated()
    {
        base.Validated();
        return this;
    }

    /// <inheritdoc cref="DictionaryConfig.Load"/>
    /// <exception cref="InvalidDataException">It configures another kind.</exception>
    public static new TopKConfig Load(string path, int? modelDim = null) => DictionaryConfig.Load(path, modelDim) is TopKConfig config
        ? config
        : throw new InvalidDataException($"'{path}' configures a dictionary of another kind than topk.");
}
