namespace Mlsae.Text.Microworlds;

/// <summary>The tokenizer of the embedded models: byte-level BPE learned from the first documents of the training seed.</summary>
public static class MicroworldTokenizer
{
    /// <summary>Its vocabulary: the special token, the 256 bytes and the merges.</summary>
    public const int VocabularySize = 2048;

    /// <summary>How many documents it is learned from; about 9 MB.</summary>
    public const int TrainingDocuments = 20_000;

    /// <summary>Its special token, of id 0, which stands between documents.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Learns it; always the same one.</summary>
    public static Tokenizer Train(IProgress<int>? progress = null, CancellationToken cancellation = default) => BpeTrainer.Train(
        Microworld.Documents(Microworld.TrainingSeed, 0, TrainingDocuments), VocabularySize, [EndOfText], progress, cancellation);
}
