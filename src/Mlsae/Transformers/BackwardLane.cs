using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Forward and backward pass of a few sequences of a batch, on one thread, with buffers small enough for its cache.</summary>
internal sealed class BackwardLane
{
    private readonly LanguageModel _model;
    private readonly ForwardBuffers _kept;
    private readonly BackwardBuffers _buffers;
    private readonly Matrix _logits;

    public BackwardLane(LanguageModel model, int sequences, int length)
    {
        _model = model;
        _kept = new ForwardBuffers(model.Config, sequences, length, keepAll: true);
        _buffers = new BackwardBuffers(model.Config, sequences, length);
        // Some rows at a time, so that [tokens × vocabulary] is never stored.
        _logits = new Matrix(Math.Min(BackwardPass.LogitRows, sequences * length), model.VocabularySize);
    }

    public bool Fits(int sequences, int length) => _kept.Sequences == sequences && _kept.Length == length;

    /// <summary>The sum of the losses of all predictions. With gradients, adds those of gradientScale · sum.</summary>
    /// <param name="tokens">of the size that this lane was made for</param>
    /// <param name="gradientScale">what the sum of losses is multiplied by in the gradients</param>
    /// <param name="gradients">Accumulated into; null for the loss alone.</param>
    /// <param name="onResidualGradient">told the gradient of the residual stream after each layer; or null</param>
    public double Run(TokenBatch tokens, float gradientScale, LanguageModelWeights? gradients, Action<int, Matrix>? onResidualGradient)
    {
        _model.ForwardKeeping(tokens, _kept);
        double sum = 0;
        for (int start = 0; start < tokens.TokenCount; start += _logits.Rows)
        {
            sum += Logits(tokens, start, Math.Min(_logits.Rows, tokens.TokenCount - start), gradientScale, gradients);
        }

        if (gradients != null)
        {
            Backward(tokens, gradients, onResidualGradient);
        }

        return sum;
    }

    private void Backward(TokenBatch tokens, LanguageModelWeights gradients, Action<int, Matrix>? onResidualGradient)
    {
        var residualGradient = _buffers.ResidualGradient;
        residualGradient.Fill(0);
        Norms.Backward(
            _buffers.NormedGradient, _kept.Residuals[^1], _model.Weights.FinalNorm, _kept.FinalStatistics, residualGradient,
            (gradients.FinalNorm, gradients.FinalNormBias));
        for (int layer = _model.LayerCount - 1; layer >= 0; layer--)
        {
            onResidualGradient?.Invoke(layer, residualGradient);
            _model.BackwardBlock(layer, gradients, _kept, _buffers);
        }

        TokenEmbedding.Backward(tokens, residualGradient, gradients);
    }

    /// <summary>The sum of the losses of some tokens, and the gradients of unembedding and final norm's result.</summary>
    private double Logits(TokenBatch tokens, int start, int count, float gradientScale, LanguageModelWeights? gradients)
    {
        int[] targets = LanguageModelLoss.Targets(tokens, start, count);
        float[] losses = new float[count];
        Matrix logits = _logits.RowWindow(0, count), normed = _kept.FinalNormed.RowWindow(start, count);
        Kernels.MatMulTransposedB(normed, _model.Weights.Unembedding, logits);
        Kernels.CrossEntropy(logits, targets, losses, gradients == null ? null : logits, gradientScale);
        if (gradients != null)
        {
            Kernels.MatMulTransposedA(logits, normed, gradients.Unembedding, accumulate: true);
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
