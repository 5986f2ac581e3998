namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>Queries whose gradients are taken at once; what follows from them is summed block by block.</summary>
    private const int BackwardQueries = 48;

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
        for (int start = 0; start < p.Rows; start += BackwardQueries)
        {
            var (count, seen) = shape.Block(start, BackwardQueries);
            var dBlock = dResult.RowWindow(start, count);
            var pBlock = p.Window(start, count, 0, seen);
            var dScores = AttentionScratch(count, seen);
            MatMulTransposedA(pBlock, dBlock, dv.RowWindow(0, seen), accumulate: true);
            MatMulTransposedB(dBlock, v.RowWindow(0, seen), dScores);
            for (int row = 0; row < count; row++)
            {
                var visible = dScores.Row(row)[..(shape.QueryOffset + start + row + 1)];
                SoftmaxBackward(pBlock.Row(row)[..visible.Length], visible, shape.Scale, visible);
                dScores.Row(row)[visible.Length..].Clear();
            }

            MatMul(dScores, k.RowWindow(0, seen), dq.RowWindow(start, count));
            MatMulTransposedA(dScores, q.RowWindow(start, count), dk.RowWindow(0, seen), accumulate: true);
        }
    }
}
