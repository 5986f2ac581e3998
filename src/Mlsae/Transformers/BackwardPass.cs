using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>The loss of a model on batches of one size, and its gradient in every weight.</summary>
/// <remarks>
/// A batch is cut into lanes of neighbouring sequences that run beside each other, each a whole forward and backward pass on one thread with
/// gradients of its own; these are then summed in the order of the lanes. How it is cut depends on the sizes alone, so results do not depend on the number of threads.
/// </remarks>
public sealed class BackwardPass
{
    /// <summary>Tokens whose logits are held at once.</summary>
    internal const int LogitRows = 512;

    /// <summary>Tokens that a lane takes at a time.</summary>
    private const int LaneTokens = 512;

    private const int MostLanes = 8;

    /// <summary>Weights above which a gradient for each lane would take too much memory, and one lane's products are large enough to share.</summary>
    private const long MostLaneParameters = 20_000_000;

    private readonly LanguageModel _model;
    private readonly int _sequences;
    private readonly int _length;
    private readonly int _sequencesAtOnce;
    private readonly LanguageModelWeights[] _gradients;
    private readonly BufferPool<BackwardLane> _lanes;

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
        _sequences = sequences;
        _length = length;
        _sequencesAtOnce = Math.Max(1, LaneTokens / length);
        int lanes = model.Config.ParameterCount > MostLaneParameters ? 1 : Math.Clamp((sequences + _sequencesAtOnce - 1) / _sequencesAtOnce, 1, MostLanes);
        _gradients = [.. Enumerable.Range(0, lanes).Select(_ => new LanguageModelWeights(model.Config))];
        _lanes = new BufferPool<BackwardLane>((count, tokens) => new BackwardLane(model, count, tokens), (lane, count, tokens) => lane.Fits(count, tokens));
    }

    /// <summary>The gradients of the mean loss, of the last <see cref="Run"/>.</summary>
    public LanguageModelWeights Gradients => _gradients[0];

    /// <summary>Mean cross-entropy of the next token, in nats, over all positions but the last of each sequence; overwrites <see cref="Gradients"/>.</summary>
    /// <param name="tokens">of the size that this pass was made for</param>
    /// <param name="residualGradients">
    /// Matrices [tokens × d_model] by layer, overwritten with the gradient of the mean loss in the residual stream after that block; null where none is wanted.
    /// </param>
    /// <exception cref="ArgumentException">Ids or sizes do not fit.</exception>
    public double Run(TokenBatch tokens, IReadOnlyDictionary<int, Matrix>? residualGradients = null)
    {
        double loss = Mean(tokens, withGradients: true, residualGradients);
        SumLanes();
        return loss;
    }

    /// <summary>The loss alone.</summary>
    /// <exception cref="ArgumentException">Ids or sizes do not fit.</exception>
    public double Loss(TokenBatch tokens) => Mean(tokens, withGradients: false, null);

    private double Mean(TokenBatch tokens, bool withGradients, IReadOnlyDictionary<int, Matrix>? residualGradients)
    {
        TokenEmbedding.Check(tokens, _model.Config);
        Require.Equal(tokens.Sequences, _sequences);
        Require.Equal(tokens.Length, _length);
        int predictions = _sequences * (_length - 1);
        double[] sums = new double[_gradients.Length];
        Action<int> runLane = lane => sums[lane] = RunLane(tokens, lane, 1f / predictions, withGradients, residualGradients);
        if (_gradients.Length >= Workers.Count)
        {
            Workers.For(_gradients.Length, runLane);
        }
        else
        {
            // Too few lanes for the threads: they follow each other, and the kernels share their work instead.
            for (int lane = 0; lane < _gradients.Length; lane++)
            {
                runLane(lane);
            }
        }

        return sums.Sum() / predictions;
    }

    private double RunLane(TokenBatch tokens, int lane, float gradientScale, bool withGradients, IReadOnlyDictionary<int, Matrix>? residualGradients)
    {
        var gradients = withGradients ? _gradients[lane] : null;
        foreach (var parameter in gradients?.Parameters ?? [])
        {
            parameter.Values.Fill(0);
        }

        double sum = 0;
        int end = (lane + 1) * _sequences / _gradients.Length;
        for (int start = lane * _sequences / _gradients.Length; start < end; start += _sequencesAtOnce)
        {
            var part = tokens.Part(start, Math.Min(_sequencesAtOnce, end - start));
            int firstRow = start * _length;
            var buffers = _lanes.Rent(part.Sequences, _length);
            sum += buffers.Run(part, gradientScale, gradients, residualGradients == null ? null : (layer, gradient) =>
            {
                if (residualGradients.TryGetValue(layer, out var wanted))
                {
                    gradient.CopyTo(wanted.RowWindow(firstRow, gradient.Rows));
                }
            });
            _lanes.Return(buffers);
        }

        return sum;
    }

    /// <summary>Adds all lanes' gradients to those of the first, in order.</summary>
    private void SumLanes() => Workers.For(Gradients.Parameters.Count, i => AddLanes(i));

    private void AddLanes(int parameter)
    {
        var sum = Gradients.Parameters[parameter].Values;
        for (int row = 0; row < sum.Rows; row++)
        {
            for (int lane = 1; lane < _gradients.Length; lane++)
            {
                Kernels.Add(_gradients[lane].Parameters[parameter].Values.Row(row), sum.Row(row));
            }
        }
    }
}
