namespace Mlsae.Numerics;

/// <summary>
/// The sizes of causal attention. Queries are [sequences·positions × …], keys and values [sequences·keyRows × …], head h in the columns from
/// h·headStride; query p of a sequence sees its keys 0 .. p + keyPositions − positions, so that queries are the last positions.
/// </summary>
/// <param name="Sequences">sequences in the batch</param>
/// <param name="Positions">queries of each sequence</param>
/// <param name="Heads">query heads</param>
/// <param name="HeadDim">width of a head</param>
public sealed record AttentionShape(int Sequences, int Positions, int Heads, int HeadDim)
{
    private readonly int _keyRows;

    /// <summary>Heads of keys and values, each shared by heads / keyValueHeads neighbouring query heads (Ainslie et al., 2023).</summary>
    public int KeyValueHeads { get; init; } = Heads;

    /// <summary>Keys of each sequence that there are: the cached ones and those of the queries.</summary>
    public int KeyPositions { get; init; } = Positions;

    /// <summary>Rows of keys and values for each sequence: as many as keys, or more where a cache is not yet full.</summary>
    public int KeyRows
    {
        get => _keyRows == 0 ? KeyPositions : _keyRows;
        init => _keyRows = value;
    }

    /// <summary>Distance in columns between neighbouring heads of queries, keys and values; more than a head's width where one product
    /// holds each head's query, key and value side by side. Results are always without gaps.</summary>
    public int HeadStride { get; init; } = HeadDim;

    /// <summary>What the scores are multiplied by before the softmax: 1/√headDim.</summary>
    public float Scale { get; init; } = (float)(1 / Math.Sqrt(HeadDim));

    /// <summary>The position of the first query.</summary>
    public int QueryOffset => KeyPositions - Positions;

    /// <summary>Columns from the first head to the end of the last of <paramref name="heads"/>.</summary>
    internal int Width(int heads) => (heads - 1) * HeadStride + HeadDim;

    /// <summary>Query heads for each head of keys and values.</summary>
    internal int GroupSize => Heads / KeyValueHeads;

    internal void RequireValid()
    {
        Require.That(
            Sequences >= 0 && Positions >= 0 && Heads > 0 && HeadDim > 0 && KeyValueHeads > 0 && Heads % KeyValueHeads == 0,
            $"Attention needs positive sizes and a number of heads that its key/value heads divide, not {this}.");
        Require.That(
            Positions <= KeyPositions && KeyPositions <= KeyRows && HeadDim <= HeadStride,
            $"Attention needs positions <= key positions <= key rows and head width <= head stride, not {this}.");
    }

    internal void RequireQueries(Matrix queries)
    {
        Require.Equal(queries.Rows, Sequences * Positions);
        Require.Equal(queries.Columns, Width(Heads));
    }

    internal void RequireKeys(Matrix keys)
    {
        Require.Equal(keys.Rows, Sequences * KeyRows);
        Require.Equal(keys.Columns, Width(KeyValueHeads));
    }

    internal void RequireResult(Matrix result)
    {
        Require.Equal(result.Rows, Sequences * Positions);
        Require.Equal(result.Columns, Heads * HeadDim);
    }

    internal void RequireProbabilities(Matrix probabilities)
    {
        Require.Equal(probabilities.Rows, Sequences * Heads * Positions);
        Require.Equal(probabilities.Columns, KeyPositions);
    }

    /// <summary>The queries of one head of one sequence.</summary>
    internal Matrix Query(Matrix queries, int sequence, int head) =>
        queries.Window(sequence * Positions, Positions, head * HeadStride, HeadDim);

    /// <summary>The keys or values that query head <paramref name="head"/> of one sequence sees.</summary>
    internal Matrix Key(Matrix keys, int sequence, int head) =>
        keys.Window(sequence * KeyRows, KeyPositions, head / GroupSize * HeadStride, HeadDim);

    /// <summary>One head's part of the result.</summary>
    internal Matrix Result(Matrix result, int sequence, int head) =>
        result.Window(sequence * Positions, Positions, head * HeadDim, HeadDim);

    /// <summary>One head's pattern.</summary>
    internal Matrix Pattern(Matrix probabilities, int sequence, int head) =>
        probabilities.RowWindow((sequence * Heads + head) * Positions, Positions);

    /// <summary>Of the block of queries from <paramref name="start"/>: how many they are, and how many keys the last of them sees.</summary>
    internal (int Count, int Seen) Block(int start, int size)
    {
        int count = Math.Min(size, Positions - start);
        return (count, QueryOffset + start + count);
    }
}
