namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>
    /// Queries taken at once. Keys that none of them sees are left out, so a small block saves products; but keys and values are packed anew for each block. Multiples of 48 are whole tiles of
    /// every product.
    /// </summary>
    private static int QueriesPerBlock(int queries) => Math.Clamp(queries / 8 / 48, 1, 3) * 48;

    /// <summary>Fewer queries than this are multiplied row by row.</summary>
    private const int LeastQueriesForProduct = 4;

    [ThreadStatic]
    private static Matrix? _attentionScratch;

    /// <summary>Causal attention: softmax(scale·q·kᵀ over the keys that each query may see)·v, for every head of every sequence.</summary>
    /// <param name="inputs">queries, keys and values, as <paramref name="shape"/> says</param>
    /// <param name="shape">the sizes</param>
    /// <param name="result">[sequences·positions × heads·headDim] Overwritten.</param>
    /// <param name="probabilities">[sequences·heads·positions × keyPositions] Overwritten with the pattern, which the backward pass needs; null
    /// where it is not wanted.</param>
    /// <exception cref="ArgumentException">A size does not fit the shape.</exception>
    public static void CausalAttention(QueryKeyValue inputs, AttentionShape shape, Matrix result, Matrix? probabilities = null)
    {
        shape.RequireValid();
        shape.RequireQueries(inputs.Queries);
        shape.RequireKeys(inputs.Keys);
        shape.RequireKeys(inputs.Values);
        shape.RequireResult(result);
        if (probabilities is not null)
        {
            shape.RequireProbabilities(probabilities);
        }

        ForHeads(shape, shape.Heads, (sequence, head) =>
        {
            var pattern = probabilities is null ? null : shape.Pattern(probabilities, sequence, head);
            var q = shape.Query(inputs.Queries, sequence, head);
            var k = shape.Key(inputs.Keys, sequence, head);
            var v = shape.Key(inputs.Values, sequence, head);
            var headResult = shape.Result(result, sequence, head);
            int size = QueriesPerBlock(q.Rows);
            for (int start = 0; start < q.Rows; start += size)
            {
                var (count, seen) = shape.Block(start, size);
                var p = pattern?.RowWindow(start, count) ?? AttentionScratch(count, shape.KeyPositions);
                BlockPattern(q.RowWindow(start, count), k.RowWindow(0, seen), shape, shape.QueryOffset + start, p);
                MultiplyRows(p.ColumnWindow(0, seen), v.RowWindow(0, seen), headResult.RowWindow(start, count));
            }
        });
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
        ForHeads(shape, shape.Heads, (sequence, head) =>
        {
            var pattern = shape.Pattern(probabilities, sequence, head);
            var q = shape.Query(queries, sequence, head);
            var k = shape.Key(keys, sequence, head);
            int size = QueriesPerBlock(q.Rows);
            for (int start = 0; start < q.Rows; start += size)
            {
                var (count, seen) = shape.Block(start, size);
                BlockPattern(
                    q.RowWindow(start, count), k.RowWindow(0, seen), shape, shape.QueryOffset + start, pattern.RowWindow(start, count));
            }
        });
    }

    /// <summary>The second half of <see cref="CausalAttention"/>: values weighted by a pattern, which may have been edited.</summary>
    /// <param name="probabilities">[sequences·heads·positions × keyPositions] All of it counts, so that an edit may
    /// also look ahead.</param>
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
        ForHeads(shape, shape.Heads, (sequence, head) => MultiplyRows(
            shape.Pattern(probabilities, sequence, head), shape.Key(values, sequence, head), shape.Result(result, sequence, head)));
    }

    private static void ForHeads(AttentionShape shape, int heads, Action<int, int> body) =>
        Workers.For(shape.Sequences * heads, i => body(i / heads, i % heads));

    /// <summary>The pattern of a block of queries over the keys <paramref name="k"/> that the last of them sees.</summary>
    private static void BlockPattern(Matrix q, Matrix k, AttentionShape shape, int firstPosition, Matrix p)
    {
        if (q.Rows < LeastQueriesForProduct)
        {
            for (int row = 0; row < q.Rows; row++)
            {
                for (int key = 0; key < k.Rows; key++)
                {
                    p[row, key] = Dot(q.Row(row), k.Row(key));
                }
            }
        }
        else
        {
            MatMulTransposedB(q, k, p.ColumnWindow(0, k.Rows));
        }

        for (int row = 0; row < q.Rows; row++)
        {
            var seen = p.Row(row)[..(firstPosition + row + 1)];
            Scale(seen, shape.Scale);
            Softmax(seen, seen);
            p.Row(row)[seen.Length..].Clear();
        }
    }

    /// <summary>result = p·v. Packing v for the product would cost a single query more than the product.</summary>
    private static void MultiplyRows(Matrix p, Matrix v, Matrix result)
    {
        if (p.Rows >= LeastQueriesForProduct)
        {
            MatMul(p, v, result);
            return;
        }

        result.Fill(0);
        for (int row = 0; row < p.Rows; row++)
        {
            for (int key = 0; key < v.Rows; key++)
            {
                AddScaled(v.Row(key), p[row, key], result.Row(row));
            }
        }
    }

    /// <summary>Room on this thread for the scores of a block of queries.</summary>
    private static Matrix AttentionScratch(int rows, int columns)
    {
        if (_attentionScratch is null || _attentionScratch.Rows < rows || _attentionScratch.Columns < columns)
        {
            _attentionScratch = new Matrix(Math.Max(rows, _attentionScratch?.Rows ?? 0), Math.Max(columns, _attentionScratch?.Columns ?? 0));
        }

        return _attentionScratch.Window(0, rows, 0, columns);
    }
}
