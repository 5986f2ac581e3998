using System.Runtime.CompilerServices;
using static Mlsae.Numerics.Sizes;

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
    private const int GroupFloats = 1 << 15;
    private const int LeastParallelWork = 1 << 19;
    private const int LeastTaskWork = 1 << 17;
    private const int PackUnit = 1 << 14;

    [ThreadStatic]
    private static MatrixProduct<TSimd, TVector>? _own;

    [ThreadStatic]
    private static AlignedBuffer? _ownLeft;

    [ThreadStatic]
    private static AlignedBuffer? _ownRight;

    private readonly AlignedBuffer _left = new();
    private readonly AlignedBuffer _right = new();
    private readonly Action<int> _packBody;
    private readonly Action<int> _multiplyBody;

    private Panels _a;
    private Panels _b;
    private Matrix _result = Matrix.None;
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

        (_a, _b, _result) = (default, default, Matrix.None);
    }

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
                PackOperands(left: column == 0 || rowLimit < _a.Lines, right: row == 0);
                Loop(RowBlocks * ColumnBlocks, _multiplyBody);
            }
        }
    }

    /// <summary>Chooses blocks that keep both caches filled, then smaller ones until every worker has some.</summary>
    private void Split()
    {
        _rowBlock = Math.Min(384, RoundUp(_rows.Count, TSimd.TileRows));
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

    /// <summary>Packs what several tasks share. What only one task uses it packs itself, and finds in its cache.</summary>
    private void PackOperands(bool left, bool right)
    {
        int leftPanels = left && ColumnBlocks > 1 ? Blocks(_rows.Count, TSimd.TileRows) : 0;
        int rightPanels = right && RowBlocks > 1 ? Blocks(_columns.Count, TileColumns) : 0;
        _panelsPerUnit = Math.Max(1, PackUnit / (_depth.Count * TileColumns));
        _leftUnits = Blocks(leftPanels, _panelsPerUnit);
        if (leftPanels > 0)
        {
            _left.Reserve(leftPanels * TSimd.TileRows * _depth.Count);
        }

        if (rightPanels > 0)
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
        if (unit < _leftUnits)
        {
            int first = unit * _panelsPerUnit * TSimd.TileRows;
            PackLeft(first, Math.Min(first + _panelsPerUnit * TSimd.TileRows, _rows.Count), ref Unsafe.Add(ref _left.First, first * _depth.Count));
        }
        else
        {
            int first = (unit - _leftUnits) * _panelsPerUnit * TileColumns;
            PackRight(first, Math.Min(first + _panelsPerUnit * TileColumns, _columns.Count), ref Unsafe.Add(ref _right.First, first * _depth.Count));
        }
    }

    private ref float PackLeft(int first, int last, ref float panels)
    {
        int remainder = (last - first) % TSimd.TileRows;
        int lastWidth = remainder == 0 ? TSimd.TileRows : MatMulTile<TSimd, TVector>.RowsFor(remainder);
        _a.Pack(_rows.Start + first, last - first, TSimd.TileRows, lastWidth, _depth, ref panels);
        return ref panels;
    }

    private ref float PackRight(int first, int last, ref float panels)
    {
        _b.Pack(_columns.Start + first, last - first, TileColumns, TileColumns, _depth, ref panels);
        return ref panels;
    }

    /// <summary>One block of the result, group by group of right panels.</summary>
    private void Multiply(int task)
    {
        int firstRow = task / ColumnBlocks * _rowBlock, lastRow = Math.Min(firstRow + _rowBlock, _rows.Count);
        int firstColumn = task % ColumnBlocks * _columnBlock, lastColumn = Math.Min(firstColumn + _columnBlock, _columns.Count);
        ref float left = ref ColumnBlocks > 1
            ? ref Unsafe.Add(ref _left.First, firstRow * _depth.Count)
            : ref PackLeft(firstRow, lastRow, ref (_ownLeft ??= new AlignedBuffer()).Reserve(_rowBlock * _depth.Count));
        int group = Math.Max(1, GroupFloats / (_depth.Count * TileColumns)) * TileColumns;
        for (int column = firstColumn; column < lastColumn; column += group)
        {
            int last = Math.Min(column + group, lastColumn);
            ref float right = ref RowBlocks > 1
                ? ref Unsafe.Add(ref _right.First, column * _depth.Count)
                : ref PackRight(column, last, ref (_ownRight ??= new AlignedBuffer()).Reserve(group * _depth.Count));
            for (int row = firstRow; row < lastRow; row += TSimd.TileRows)
            {
                MultiplyStrip(row, column, last, ref Unsafe.Add(ref left, (row - firstRow) * _depth.Count), ref right);
            }
        }
    }

    /// <summary>One left panel by a group of right panels.</summary>
    private void MultiplyStrip(int row, int column, int last, ref float left, ref float right)
    {
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
