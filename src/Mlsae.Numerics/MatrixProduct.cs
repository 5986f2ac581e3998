using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

/// <summary>A matrix product in blocks: operands are packed into panels, then tiles of the result are shared among the workers. One instance a thread, kept with its buffers.</summary>
/// <remarks>
/// The loops are those of Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication", turned round: a panel of the left operand stays
/// in the first cache while a group of panels of the right one streams by from the second. Sums are split at depths that follow from the
/// whole depth alone and added in order, so no element depends on the blocks or the threads.
/// </remarks>
internal sealed class MatrixProduct<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int PackedFloats = 1 << 23;
    private const int GroupFloats = 1 << 16;
    private const int LeastParallelWork = 1 << 19;
    private const int LeastTaskWork = 1 << 17;
    private const int PackUnit = 1 << 14;

    private static readonly Matrix Nothing = new(0, 0);

    [ThreadStatic]
    private static MatrixProduct<TSimd, TVector>? _own;

    [ThreadStatic]
    private static AlignedBuffer? _panels;

    private readonly AlignedBuffer _left = new();
    private readonly AlignedBuffer _right = new();
    private readonly Action<int> _packBody;
    private readonly Action<int> _multiplyBody;

    private Panels _a;
    private Panels _b;
    private Matrix _result = Nothing;
    private bool _accumulate;
    private bool _parallel;
    private (int Start, int Count) _depth;
    private (int Start, int Count) _rows;
    private (int Start, int Count) _columns;
    private int _rowBlock;
    private int _columnBlock;
    private int _leftUnits;
    private int _panelsPerUnit;

    private MatrixProduct()
    {
        _packBody = Pack;
        _multiplyBody = Multiply;
    }

    /// <summary>The calling thread's instance.</summary>
    public static MatrixProduct<TSimd, TVector> Own => _own ??= new MatrixProduct<TSimd, TVector>();

    private static int TileColumns => MatMulTile<TSimd, TVector>.Columns;

    private int RowBlocks => Blocks(_rows.Count, _rowBlock);

    private int ColumnBlocks => Blocks(_columns.Count, _columnBlock);

    /// <summary>The longest sum that one pass makes of a sum of <paramref name="depth"/> terms.</summary>
    public static int DepthBlock(int depth)
    {
        int blocks = Blocks(depth, 512);
        return blocks <= 1 ? depth : RoundUp(Blocks(depth, blocks), 4);
    }

    /// <summary>result = a · b or result += a · b, where the sizes are known to fit.</summary>
    public void Run(Panels a, Panels b, Matrix result, bool accumulate)
    {
        if (a.Depth == 0 && !accumulate)
        {
            result.Fill(0);
        }

        if (a.Depth == 0 || a.Lines == 0 || b.Lines == 0)
        {
            return;
        }

        (_a, _b, _result) = (a, b, result);
        _parallel = Workers.Count > 1 && !Workers.IsInside && (long)a.Lines * b.Lines * a.Depth >= LeastParallelWork;
        int depthBlock = DepthBlock(a.Depth);
        for (int start = 0; start < a.Depth; start += depthBlock)
        {
            _depth = (start, Math.Min(depthBlock, a.Depth - start));
            _accumulate = accumulate || start > 0;
            RunDepth();
        }

        (_a, _b, _result) = (default, default, Nothing);
    }

    private static int Blocks(int count, int size) => (count + size - 1) / size;

    private static int RoundUp(int count, int multiple) => Blocks(count, multiple) * multiple;

    /// <summary>One pass over all rows and columns, in as many pieces as the buffers ask for.</summary>
    private void RunDepth()
    {
        int rowLimit = Math.Max(PackedFloats / _depth.Count / TSimd.TileRows, 1) * TSimd.TileRows;
        int columnLimit = Math.Max(PackedFloats / _depth.Count / TileColumns, 1) * TileColumns;
        for (int column = 0; column < _b.Lines; column += columnLimit)
        {
            _columns = (column, Math.Min(columnLimit, _b.Lines - column));
            for (int row = 0; row < _a.Lines; row += rowLimit)
            {
                _rows = (row, Math.Min(rowLimit, _a.Lines - row));
                Split();
                PackOperands(left: column == 0 || rowLimit < _a.Lines, right: row == 0 && RowBlocks > 1);
                Loop(RowBlocks * ColumnBlocks, _multiplyBody);
            }
        }
    }

    /// <summary>Chooses blocks that keep both caches filled, then smaller ones until every worker has some.</summary>
    private void Split()
    {
        _rowBlock = Math.Min(192, RoundUp(_rows.Count, TSimd.TileRows));
        _columnBlock = Math.Min(512, RoundUp(_columns.Count, TileColumns));
        int target = _parallel ? 4 * Workers.Count : 1;
        while (RowBlocks * ColumnBlocks < target && (long)_rowBlock * _columnBlock * _depth.Count > LeastTaskWork)
        {
            bool rowsCanShrink = _rowBlock > 2 * TSimd.TileRows;
            bool columnsCanShrink = _columnBlock > TileColumns;
            if (columnsCanShrink && (RowBlocks == 1 || !rowsCanShrink))
            {
                _columnBlock = RoundUp(_columnBlock / 2, TileColumns);
            }
            else if (rowsCanShrink)
            {
                _rowBlock = RoundUp(_rowBlock / 2, TSimd.TileRows);
            }
            else
            {
                break;
            }
        }
    }

    /// <summary>Packs what all tasks share. With one block of rows each right panel has one user, which packs it itself.</summary>
    private void PackOperands(bool left, bool right)
    {
        int leftPanels = left ? Blocks(_rows.Count, TSimd.TileRows) : 0;
        int rightPanels = right ? Blocks(_columns.Count, TileColumns) : 0;
        _panelsPerUnit = Math.Max(1, PackUnit / (_depth.Count * TileColumns));
        _leftUnits = Blocks(leftPanels, _panelsPerUnit);
        _left.Reserve(RoundUp(_rows.Count, TSimd.TileRows) * _depth.Count);
        if (right)
        {
            _right.Reserve(rightPanels * TileColumns * _depth.Count);
        }

        Loop(_leftUnits + Blocks(rightPanels, _panelsPerUnit), _packBody);
    }

    private void Loop(int count, Action<int> body)
    {
        if (_parallel)
        {
            Workers.For(count, body);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            body(i);
        }
    }

    private void Pack(int unit)
    {
        bool isLeft = unit < _leftUnits;
        int first = (isLeft ? unit : unit - _leftUnits) * _panelsPerUnit;
        int last = Math.Min(first + _panelsPerUnit, isLeft ? Blocks(_rows.Count, TSimd.TileRows) : Blocks(_columns.Count, TileColumns));
        for (int panel = first; panel < last; panel++)
        {
            if (isLeft)
            {
                int row = panel * TSimd.TileRows;
                int width = MatMulTile<TSimd, TVector>.RowsFor(_rows.Count - row);
                _a.Pack(_rows.Start + row, width, _depth.Start, _depth.Count, ref Unsafe.Add(ref _left.First, row * _depth.Count));
            }
            else
            {
                PackRight(panel * TileColumns, ref Unsafe.Add(ref _right.First, panel * TileColumns * _depth.Count));
            }
        }
    }

    private void PackRight(int column, ref float panel) => _b.Pack(_columns.Start + column, TileColumns, _depth.Start, _depth.Count, ref panel);

    /// <summary>One block of the result, group by group of right panels.</summary>
    private void Multiply(int task)
    {
        int firstRow = task / ColumnBlocks * _rowBlock, lastRow = Math.Min(firstRow + _rowBlock, _rows.Count);
        int firstColumn = task % ColumnBlocks * _columnBlock, lastColumn = Math.Min(firstColumn + _columnBlock, _columns.Count);
        int group = Math.Max(1, GroupFloats / (_depth.Count * TileColumns)) * TileColumns;
        for (int column = firstColumn; column < lastColumn; column += group)
        {
            int last = Math.Min(column + group, lastColumn);
            ref float right = ref GroupPanels(column, last);
            for (int row = firstRow; row < lastRow; row += TSimd.TileRows)
            {
                MultiplyStrip(row, column, last, ref right);
            }
        }
    }

    private ref float GroupPanels(int column, int last)
    {
        if (RowBlocks > 1)
        {
            return ref Unsafe.Add(ref _right.First, column * _depth.Count);
        }

        _panels ??= new AlignedBuffer();
        ref float panels = ref _panels.Reserve(RoundUp(last - column, TileColumns) * _depth.Count);
        for (int j = column; j < last; j += TileColumns)
        {
            PackRight(j, ref Unsafe.Add(ref panels, (j - column) * _depth.Count));
        }

        return ref panels;
    }

    /// <summary>One left panel by a group of right panels.</summary>
    private void MultiplyStrip(int row, int column, int last, ref float right)
    {
        ref float left = ref Unsafe.Add(ref _left.First, row * _depth.Count);
        int rows = Math.Min(TSimd.TileRows, _rows.Count - row);
        int width = MatMulTile<TSimd, TVector>.RowsFor(rows);
        int stride = _result.Stride;
        int target = _result.Offset + (_rows.Start + row) * stride + _columns.Start + column;
        for (int j = column; j < last; j += TileColumns, target += TileColumns)
        {
            ref float panel = ref Unsafe.Add(ref right, (j - column) * _depth.Count);
            ref float c = ref _result.Values[target];
            if (rows == width && j + TileColumns <= last)
            {
                MatMulTile<TSimd, TVector>.Run(width, in left, in panel, _depth.Count, ref c, stride, _accumulate);
            }
            else
            {
                MultiplyEdge(width, in left, in panel, ref c, rows, Math.Min(TileColumns, last - j));
            }
        }
    }

    /// <summary>A tile that hangs over the edge of the result: made apart, and the part that exists copied.</summary>
    private void MultiplyEdge(int width, ref readonly float left, ref readonly float panel, ref float c, int rows, int columns)
    {
        Span<float> tile = stackalloc float[12 * 32];
        MatMulTile<TSimd, TVector>.Run(width, in left, in panel, _depth.Count, ref tile[0], TileColumns, false);
        for (int i = 0; i < rows; i++)
        {
            ref float to = ref Unsafe.Add(ref c, i * (nint)_result.Stride);
            for (int j = 0; j < columns; j++)
            {
                float value = tile[i * TileColumns + j];
                Unsafe.Add(ref to, j) = _accumulate ? Unsafe.Add(ref to, j) + value : value;
            }
        }
    }
}
