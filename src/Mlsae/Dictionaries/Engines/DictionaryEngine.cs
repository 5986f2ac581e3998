namespace Mlsae.Dictionaries.Engines;

/// <summary>Which engine trains which kind of dictionary.</summary>
public static class DictionaryEngine
{
    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L; 1 for a crosscoder</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public static IDictionaryEngine Create(DictionaryConfig config, int layerCount) => config switch
    {
        TopKConfig topK => new CpuTopKEngine(topK, layerCount),
        MatryoshkaConfig matryoshka => new CpuMatryoshkaEngine(matryoshka, layerCount),
        BatchTopKConfig batchTopK => new CpuBatchTopKEngine(batchTopK, layerCount),
        BaselineConfig baseline => BaselineEngine.Create(baseline, layerCount),
        ReluConfig relu => new CpuReluEngine(relu, layerCount),
        TiedReluConfig tied => new CpuTiedReluEngine(tied, layerCount),
        JumpReluConfig jump => new CpuJumpReluEngine(jump, layerCount),
        GatedConfig gated => new CpuGatedEngine(gated, layerCount),
        _ => throw new ArgumentException($"There is no engine for dictionaries of kind {config.Kind}."),
    };
}
