using Mlsae.Transformers;

namespace Mlsae.Benchmarks;

/// <summary>How many tokens a language model reads at once.</summary>
/// <param name="Name">what it is called on the command line and in tables</param>
/// <param name="Sequences">sequences of a batch</param>
/// <param name="Length">tokens of each</param>
public sealed record TextSize(string Name, int Sequences, int Length)
{
    /// <summary>2,048 tokens in contexts of 128, 512 and 2,048.</summary>
    public static IReadOnlyList<TextSize> All { get; } = [new("128", 16, 128), new("512", 4, 512), new("2048", 1, 2048)];

    /// <summary>So small that every benchmark can be run to see that it runs.</summary>
    public static TextSize Toy { get; } = new("toy", 2, 16);

    /// <summary>Tokens of a batch.</summary>
    public int Tokens => Sequences * Length;

    /// <summary>A model of Pythia-70m's shape; for the toy size a very small one.</summary>
    public LanguageModelConfig Model => this == Toy
        ? LanguageModelConfig.GptNeoX(layerCount: 2, modelDim: 32, headCount: 2, mlpDim: 64, vocabularySize: 97, contextLength: 16)
        : LanguageModelConfig.GptNeoX(layerCount: 6, modelDim: 512, headCount: 8, mlpDim: 2048, vocabularySize: 50304, contextLength: 2048);

    /// <summary>Token ids without any order.</summary>
    public TokenBatch Batch()
    {
        var draws = new Random(0);
        int[] ids = new int[Tokens];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = draws.Next(Model.VocabularySize);
        }

        return new TokenBatch(ids, Sequences, Length);
    }
}
