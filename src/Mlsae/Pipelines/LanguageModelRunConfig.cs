using Mlsae.Transformers;

namespace Mlsae.Pipelines;

/// <summary>Everything that defines the training of a language model: what is in run.json.</summary>
public sealed record LanguageModelRunConfig
{
    /// <summary>The model to make.</summary>
    public required LanguageModelConfig Model { get; init; }

    /// <summary>How it is trained.</summary>
    public required LanguageModelTrainingConfig Training { get; init; }

    /// <summary>The text: "microworld", or a file or folder.</summary>
    public string Data { get; init; } = TextData.Microworld;

    /// <summary>The tokenizer.json.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Documents passed over before the training's first.</summary>
    public long FirstDocument { get; init; }

    /// <summary>Contexts on which the held-out loss is measured; only of the Microworld, where they are of another seed. Of files none are held out.</summary>
    public int HeldOutContexts { get; init; } = 64;
}
