using Mlsae.Numerics;

namespace Mlsae.Transformers;

public sealed partial class LanguageModel
{
    private readonly BufferPool<GradientLane> _gradientLanes;

    /// <summary>The gradient, in the residual stream, of a function of what a pass comes to.</summary>
    /// <param name="tokens">what is read</param>
    /// <param name="request">the function, and where its gradient is wanted</param>
    /// <returns>[tokens × d_model] for each of the wanted layers</returns>
    /// <exception cref="ArgumentException">A token id, length, layer or row does not fit the model.</exception>
    public IReadOnlyDictionary<int, Matrix> ResidualGradients(TokenBatch tokens, GradientRequest request)
    {
        request.Check(LayerCount);
        Check(tokens, request.StartLayer, request.StartResidual);
        var rows = new LogitRows(request.Rows, tokens.TokenCount);
        var gradients = request.Layers.Distinct().ToDictionary(layer => layer, _ => new Matrix(tokens.TokenCount, ModelDim));
        ForParts(tokens, whole: false, (start, count) =>
        {
            int firstToken = start * tokens.Length, partTokens = count * tokens.Length;
            var (firstRow, own) = rows.Within(firstToken, partTokens);
            var lane = _gradientLanes.Rent(count, tokens.Length);
            lane.Run(
                tokens.Part(start, count), request.StartResidual?.RowWindow(firstToken, partTokens), own, firstRow, request,
                gradients.ToDictionary(of => of.Key, of => of.Value.RowWindow(firstToken, partTokens)));
            _gradientLanes.Return(lane);
        });
        return gradients;
    }
}
