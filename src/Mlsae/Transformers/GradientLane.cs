using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Forward and backward pass of a few sequences of a batch with the weights held fixed.</summary>
internal sealed class GradientLane(LanguageModel model, int sequences, int length)
{
    private readonly ForwardBuffers _kept = new(model.Config, sequences, length, keepAll: true);
    private readonly BackwardBuffers _buffers = new(model.Config, sequences, length);

    public bool Fits(int sequenceCount, int tokens) => _kept.Fits(sequenceCount, tokens);

    /// <summary>Writes the wanted gradients of these sequences.</summary>
    /// <param name="tokens">of the size that this lane was made for</param>
    /// <param name="startResidual">these sequences' part of the request's; or null</param>
    /// <param name="rows">these sequences' part of the outcome's rows</param>
    /// <param name="firstRow">how many of the outcome's rows come before</param>
    /// <param name="request">what is wanted</param>
    /// <param name="gradients">[these tokens × d_model] by layer. Overwritten.</param>
    public void Run(TokenBatch tokens, Matrix? startResidual, LogitRows rows, int firstRow, GradientRequest request, IReadOnlyDictionary<int, Matrix> gradients)
    {
        int last = request.LastLayer(model.LayerCount);
        Forward(tokens, startResidual, request.StartLayer, last);
        StartBackward(rows, firstRow, request);
        for (int layer = last; layer >= gradients.Keys.Min(); layer--)
        {
            if (gradients.TryGetValue(layer, out var wanted))
            {
                _buffers.ResidualGradient.CopyTo(wanted);
            }

            if (layer > gradients.Keys.Min())
            {
                model.BackwardBlock(layer, null, _kept, _buffers);
            }
        }
    }

    private void Forward(TokenBatch tokens, Matrix? startResidual, int? startLayer, int last)
    {
        int first = (startLayer ?? -1) + 1;
        if (startResidual != null)
        {
            startResidual.CopyTo(_kept.Residuals[first]);
        }
        else
        {
            TokenEmbedding.Forward(tokens, model.Weights, _kept.Residuals[0]);
        }

        model.ForwardKeeping(_kept, first, last);
    }

    /// <summary>Leaves the gradient of the residual stream after the last block in the buffers.</summary>
    private void StartBackward(LogitRows rows, int firstRow, GradientRequest request)
    {
        _buffers.ResidualGradient.Fill(0);
        if (rows.Count == 0)
        {
            return;
        }

        if (request.Outcome.Kind == HookKind.Logits)
        {
            StartFromLogits(rows, firstRow, request.Objective);
            return;
        }

        var outcome = rows.Of(_kept.Residuals[request.Outcome.Layer + 1]).Copy();
        request.Objective(firstRow, outcome);
        Scatter(outcome, rows, _buffers.ResidualGradient);
    }

    private void StartFromLogits(LogitRows rows, int firstRow, Objective objective)
    {
        model.FinalNorm(_kept);
        var logits = new Matrix(rows.Count, model.VocabularySize);
        Kernels.MatMulTransposedB(rows.Of(_kept.FinalNormed), model.Weights.Unembedding, logits);
        objective(firstRow, logits);
        var normedGradient = new Matrix(rows.Count, model.ModelDim);
        Kernels.MatMul(logits, model.Weights.Unembedding, normedGradient);
        _buffers.NormedGradient.Fill(0);
        Scatter(normedGradient, rows, _buffers.NormedGradient);
        Norms.Backward(
            _buffers.NormedGradient, _kept.Residuals[^1], model.Weights.FinalNorm, _kept.FinalStatistics, _buffers.ResidualGradient, _buffers.UnwantedNorm);
    }

    private static void Scatter(Matrix chosen, LogitRows rows, Matrix all)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            chosen.Row(i).CopyTo(all.Row(rows[i]));
        }
    }
}
