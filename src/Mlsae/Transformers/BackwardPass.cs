using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>The loss of a model on batches of one size, and its gradient in every weight.</summary>
public sealed class BackwardPass
{
    /// <summary>Tokens whose logits are held at once, so that [tokens × vocabulary] is never stored.</summary>
    private const int LogitRows = 2048;

    private readonly LanguageModel _model;
    private readonly ForwardBuffers _kept;
    private readonly BackwardBuffers _buffers;
    private readonly Matrix _logits;

    /// <summary>Makes the buffers.</summary>
    /// <param name="model">its weights are read anew in every pass, so an optimiser may change them between passes</param>
    /// <param name="sequences">sequences of every batch</param>
    /// <param name="length">tokens of every sequence, at least 2</param>
    public BackwardPass(LanguageModel model, int sequences, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, model.ContextLength);
        _model = model;
        _kept = new ForwardBuffers(model.Config, sequences, length, keepAll: true);
        _buffers = new BackwardBuffers(model.Config, sequences, length);
        _logits = new Matrix(Math.Min(LogitRows, sequences * length), model.VocabularySize);
        Gradients = new LanguageModelWeights(model.Config);
    }

    /// <summary>The gradients of the mean loss, of the last <see cref="Run"/>.</summary>
    public LanguageModelWeights Gradients { get; }

    /// <summary>Mean cross-entropy of the next token, in nats, over all positions but the last of each sequence; overwrites <see cref="Gradients"/>.</summary>
    /// <param name="tokens">of the size that this pass was made for</param>
    /// <param name="onResidualGradient">Told the gradient of the loss in the residual stream after each block, from the last to the first; the matrix is only lent.</param>
    /// <exception cref="ArgumentException">Ids or sizes do not fit.</exception>
    public double Run(TokenBatch tokens, Action<HookPoint, Matrix>? onResidualGradient = null)
    {
        double loss = Forward(tokens, withGradients: true);
        Norms.Backward(
            _buffers.NormedGradient, _kept.Residuals[^1], _model.Weights.FinalNorm, _kept.FinalStatistics, Cleared(_buffers.ResidualGradient),
            (Gradients.FinalNorm, Gradients.FinalNormBias));
        for (int layer = _model.LayerCount - 1; layer >= 0; layer--)
        {
            onResidualGradient?.Invoke(HookPoint.ResidPost(layer), _buffers.ResidualGradient);
            _model.BackwardBlock(layer, Gradients, _kept, _buffers);
        }

        TokenEmbedding.Backward(tokens, _buffers.ResidualGradient, Gradients);
        return loss;
    }

    /// <summary>The loss alone.</summary>
    /// <exception cref="ArgumentException">Ids or sizes do not fit.</exception>
    public double Loss(TokenBatch tokens) => Forward(tokens, withGradients: false);

    private static Matrix Cleared(Matrix matrix)
    {
        matrix.Fill(0);
        return matrix;
    }

    private double Forward(TokenBatch tokens, bool withGradients)
    {
        TokenEmbedding.Check(tokens, _model.Config);
        Require.Equal(tokens.Sequences, _kept.Sequences);
        Require.Equal(tokens.Length, _kept.Length);
        _model.ForwardKeeping(tokens, _kept);
        if (withGradients)
        {
            Gradients.Clear();
        }

        double sum = 0;
        int predictions = tokens.Sequences * (tokens.Length - 1);
        for (int start = 0; start < tokens.TokenCount; start += _logits.Rows)
        {
            sum += Logits(tokens, start, Math.Min(_logits.Rows, tokens.TokenCount - start), withGradients ? 1f / predictions : null);
        }

        return sum / predictions;
    }

    /// <summary>The sum of the losses of some tokens; with a scale, also the gradients of unembedding and final norm's result.</summary>
    private double Logits(TokenBatch tokens, int start, int count, float? gradientScale)
    {
        int[] targets = LanguageModelLoss.Targets(tokens, start, count);
        float[] losses = new float[count];
        Matrix logits = _logits.RowWindow(0, count), normed = _kept.FinalNormed.RowWindow(start, count);
        Kernels.MatMulTransposedB(normed, _model.Weights.Unembedding, logits);
        Kernels.CrossEntropy(logits, targets, losses, gradientScale == null ? null : logits, gradientScale ?? 1);
        if (gradientScale != null)
        {
            Kernels.MatMulTransposedA(logits, normed, Gradients.Unembedding, accumulate: true);
            Kernels.MatMul(logits, _model.Weights.Unembedding, _buffers.NormedGradient.RowWindow(start, count));
        }

        double sum = 0;
        foreach (float loss in losses)
        {
            sum += loss;
        }

        return sum;
    }
}
