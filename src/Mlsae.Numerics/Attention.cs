namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>Causal attention: softmax(scale·q·kᵀ over the keys that each query may see)·v, for every head of every sequence.</summary>
    /// <param name="inputs">queries, keys and values, as <paramref name="shape"/> says</param>
    /// <param name="shape">the sizes</param>
    /// <param name="result">[sequences·positions × heads·headDim] Overwritten.</param>
    /// <param name="probabilities">[sequences·heads·positions × keyPositions] Overwritten with the pattern, which the backward pass needs; null
    /// where it is not wanted.</param>
    /// <exception cref="ArgumentException">A size does not fit the shape.</exception>
    public static void CausalAttention(QueryKeyValue inputs, AttentionShape shape, Matrix result, Matrix? probabilities = null)
    {
        probabilities ??= new Matrix(shape.Sequences * shape.Heads * shape.Positions, shape.KeyPositions);
        CausalAttentionPattern(inputs.Queries, inputs.Keys, shape, probabilities);
        CausalAttentionApply(probabilities, inputs.Values, shape, result);
    }

    /// <summary>The first half of <see cref="CausalAttention"/>: the pattern alone.</summary>
    /// <param name="queries">[sequences·positions × heads·headDim]</param>
    /// <param name="keys">[sequences·keyRows × keyValueHeads·headDim]</param>
    /// <param name="shape">the sizes</param>
    /// <param name="probabilities">[sequences·heads·positions × keyPositions] Overwritten; zero where a query may not see.</param>
    /// <exception cref="ArgumentException">A size does not fit the shape.</exception>
    public static void CausalAttentionPattern(Matrix queries, Matrix keys, AttentionShape shape, Matrix probabilities)
    {
        shape.RequireValid();
        shape.RequireQueries(queries);
        shape.RequireKeys(keys);
        shape.RequireProbabilities(probabilities);
        ForHeads(shape, shape.Heads, (sequence, head) => HeadPattern(
            shape.Query(queries, sequence, head), shape.Key(keys, sequence, head), shape, shape.Pattern(probabilities, sequence, head)));
    }

    /// <summary>The second half of <see cref="CausalAttention"/>: values weighted by a pattern, which may have been edited.</summary>
    /// <param name="probabilities">[sequences·heads·positions × keyPositions] What it holds beyond a query's sight is not looked at.</param>
    /// <param name="values">[sequences·keyRows × keyValueHeads·headDim]</param>
    /// <param name="shape">the sizes</param>
    /// <param name="result">[sequences·positions × heads·headDim] Overwritten.</param>
    /// <exception cref="ArgumentException">A size does not fit the shape.</exception>
    public static void CausalAttentionApply(Matrix probabilities, Matrix values, AttentionShape shape, Matrix result)
    {
        shape.RequireValid();
        shape.RequireProbabilities(probabilities);
        shape.RequireKeys(values);
        shape.RequireResult(result);
        ForHeads(shape, shape.Heads, (sequence, head) => HeadApply(
            shape.Pattern(probabilities, sequence, head), shape.Key(values, sequence, head), shape, shape.Result(result, sequence, head)));
    }

    /// <summary>The gradients of <see cref="CausalAttention"/>, from the pattern that it left.</summary>
    /// <param name="resultGradient">[sequences·positions × heads·headDim]</param>
    /// <param name="inputs">as in the forward pass</param>
    /// <param name="probabilities">[sequences·heads·positions × keyPositions] as the forward pass left it</param>
    /// <param name="shape">the sizes</param>
    /// <param name="gradients">Overwritten where there are queries and keys; rows of a cache beyond its keys are left alone. Not the inputs.</param>
    /// <exception cref="ArgumentException">A size does not fit the shape.</exception>
    public static void CausalAttentionBackward(
        Matrix resultGradient, QueryKeyValue inputs, Matrix probabilities, AttentionShape shape, QueryKeyValue gradients)
    {
        shape.RequireValid();
        shape.RequireResult(resultGradient);
        shape.RequireProbabilities(probabilities);
        foreach (var (queries, keys, values) in (ReadOnlySpan<QueryKeyValue>)[inputs, gradients])
        {
            shape.RequireQueries(queries);
            shape.RequireKeys(keys);
            shape.RequireKeys(values);
        }

        // The gradients of a key/value head are sums over its query heads: one thread takes them all, in order.
        ForHeads(shape, shape.KeyValueHeads, (sequence, keyValueHead) =>
        {
            int first = keyValueHead * shape.GroupSize;
            shape.Key(gradients.Keys, sequence, first).Fill(0);
            shape.Key(gradients.Values, sequence, first).Fill(0);
            for (int head = first; head < first + shape.GroupSize; head++)
            {
                HeadBackward(resultGradient, inputs, probabilities, shape, gradients, sequence, head);
            }
        });
    }

    private static void ForHeads(AttentionShape shape, int heads, Action<int, int> body) =>
        Workers.For(shape.Sequences * heads, i => body(i / heads, i % heads));

    private static void HeadPattern(Matrix q, Matrix k, AttentionShape shape, Matrix p)
    {
        for (int row = 0; row < q.Rows; row++)
        {
            int seen = shape.QueryOffset + row + 1;
            var scores = p.Row(row);
            for (int key = 0; key < seen; key++)
            {
                scores[key] = shape.Scale * Dot(q.Row(row), k.Row(key));
            }

            Softmax(scores[..seen], scores[..seen]);
            scores[seen..].Clear();
        }
    }

    private static void HeadApply(Matrix p, Matrix v, AttentionShape shape, Matrix result)
    {
        for (int row = 0; row < p.Rows; row++)
        {
            var sum = result.Row(row);
            sum.Clear();
            for (int key = 0; key <= shape.QueryOffset + row; key++)
            {
                AddScaled(v.Row(key), p[row, key], sum);
            }
        }
    }

    private static void HeadBackward(
        Matrix resultGradient, QueryKeyValue inputs, Matrix probabilities, AttentionShape shape, QueryKeyValue gradients, int sequence, int head)
    {
        var p = shape.Pattern(probabilities, sequence, head);
        var q = shape.Query(inputs.Queries, sequence, head);
        var k = shape.Key(inputs.Keys, sequence, head);
        var v = shape.Key(inputs.Values, sequence, head);
        var dq = shape.Query(gradients.Queries, sequence, head);
        var dk = shape.Key(gradients.Keys, sequence, head);
        var dv = shape.Key(gradients.Values, sequence, head);
        var dResult = shape.Result(resultGradient, sequence, head);
        var dScores = new float[shape.KeyPositions];
        for (int row = 0; row < p.Rows; row++)
        {
            int seen = shape.QueryOffset + row + 1;
            for (int key = 0; key < seen; key++)
            {
                dScores[key] = Dot(dResult.Row(row), v.Row(key));
                AddScaled(dResult.Row(row), p[row, key], dv.Row(key));
            }

            SoftmaxBackward(p.Row(row)[..seen], dScores.AsSpan(0, seen), shape.Scale, dScores.AsSpan(0, seen));
            dq.Row(row).Clear();
            for (int key = 0; key < seen; key++)
            {
                AddScaled(k.Row(key), dScores[key], dq.Row(row));
                AddScaled(q.Row(row), dScores[key], dk.Row(key));
            }
        }
    }
}
