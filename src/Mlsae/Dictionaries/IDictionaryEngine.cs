using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries;

/// <summary>What trains a dictionary: owns its parameters and the optimiser's state, wherever they live.</summary>
public interface IDictionaryEngine : IDisposable
{
    /// <summary>What is trained.</summary>
    DictionaryConfig Config { get; }

    /// <summary>Vectors of each token, L; 1 for a crosscoder, whose vector holds all layers.</summary>
    int LayerCount { get; }

    /// <summary>Steps taken so far.</summary>
    long StepCount { get; }

    /// <summary>Tokens trained on so far.</summary>
    long TokenCount { get; }

    /// <summary>One training step: encode, decode, losses, gradients, update. The first one also sets the pre-bias.</summary>
    /// <param name="batch">[tokens · L × d_model] Row t·L + l is token t at layer l.</param>
    /// <param name="totalSteps">steps of the whole training: learning rate, sparsity and k are functions of the step and of it</param>
    /// <returns>What happened; the same object each time, valid until the next step.</returns>
    /// <exception cref="NonFiniteException">A NaN or an infinity came up. The parameters are as before the step.</exception>
    /// <exception cref="ArgumentException">The batch's sizes do not fit.</exception>
    StepReport Step(Matrix batch, long totalSteps);

    /// <summary>Begins to give dead latents a new start, where <see cref="DictionaryConfig.Resampling"/> says so after the present step.</summary>
    /// <param name="batchTokens">tokens of a step</param>
    /// <returns>What wants inputs; null where there is nothing to do. No step may be taken before it is finished.</returns>
    LatentResampler? BeginResampling(int batchTokens) => null;

    /// <summary>Codes of vectors under the present parameters, as a trained dictionary makes them.</summary>
    /// <param name="x">[N × d_model]</param>
    SparseRows Encode(Matrix x);

    /// <summary>A copy of the present parameters.</summary>
    SparseDictionary Export();

    /// <summary>Starts again from given parameters: the optimiser's moments, ages and counts become zero, and the pre-bias is kept as given.</summary>
    /// <exception cref="ArgumentException">Its sizes are not those of <see cref="Config"/>.</exception>
    void Import(SparseDictionary dictionary);

    /// <summary>Everything needed to go on: parameters, moments, ages and counts.</summary>
    IReadOnlyList<Tensor> SaveState();

    /// <summary>Goes on from what <see cref="SaveState"/> gave.</summary>
    /// <exception cref="InvalidDataException">The state does not fit <see cref="Config"/>.</exception>
    void RestoreState(ITensorSource state);
}
