using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

/// <summary>What one worker keeps of the rows that it screens.</summary>
internal sealed class ScreenScratch
{
    private float[] _lower = [];
    private float[] _upper = [];
    private int[] _places = [];
    private int[] _starts = [];
    private (int Slot, int Entry)[] _users = [];
    private int _width;

    /// <summary>The packed rows.</summary>
    public AlignedBuffer Left { get; } = new();

    /// <summary>Products of a few rows by a chunk of latents.</summary>
    public AlignedBuffer Tile { get; } = new();

    /// <summary>[rows] How many latents are gathered.</summary>
    public int[] Counts { get; private set; } = [];

    /// <summary>[rows] What k lower bounds exceed; NaN at first, which nothing is at most.</summary>
    public float[] Thresholds { get; private set; } = [];

    /// <summary>[rows] How many may be gathered before the lesser ones go.</summary>
    public int[] Limits { get; private set; } = [];

    /// <summary>Begins with rows of nothing.</summary>
    /// <param name="rows">rows of a block</param>
    /// <param name="width">room for each</param>
    /// <param name="limit">how many may be gathered before the lesser ones go for the first time</param>
    public void Begin(int rows, int width, int limit)
    {
        _width = width;
        if (_lower.Length < rows * width)
        {
            (_lower, _upper, _places) = (new float[rows * width], new float[rows * width], new int[rows * width]);
        }

        if (Counts.Length < rows)
        {
            (Counts, Limits, Thresholds) = (new int[rows], new int[rows], new float[rows]);
        }

        Counts.AsSpan().Clear();
        Limits.AsSpan().Fill(limit);
        Thresholds.AsSpan().Fill(float.NaN);
    }

    /// <summary>What is gathered of one row, in ascending order of latent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Gathered Of(int slot) => new(_lower.AsSpan(slot * _width, _width), _upper.AsSpan(slot * _width, _width), _places.AsSpan(slot * _width, _width));

    /// <summary>Sets the bounds of one row's latent.</summary>
    public void SetBounds((int Slot, int Entry) use, float lower, float upper)
    {
        int at = use.Slot * _width + use.Entry;
        (_lower[at], _upper[at]) = (lower, upper);
    }

    /// <summary>Sorts what is gathered by latent. Returns how many there are.</summary>
    public int IndexByLatent(int rows, int latents)
    {
        if (_starts.Length < latents + 2)
        {
            _starts = new int[latents + 2];
        }

        // The start of latent j is counted up to be that of j + 1 while uses are placed, so the counts stand two further on.
        _starts.AsSpan().Clear();
        int uses = 0;
        for (int slot = 0; slot < rows; slot++)
        {
            uses += Counts[slot];
            foreach (int place in _places.AsSpan(slot * _width, Counts[slot]))
            {
                _starts[place + 2]++;
            }
        }

        for (int latent = 1; latent < latents; latent++)
        {
            _starts[latent + 1] += _starts[latent];
        }

        if (_users.Length < uses)
        {
            _users = new (int, int)[uses + uses / 4];
        }

        for (int slot = 0; slot < rows; slot++)
        {
            for (int entry = 0; entry < Counts[slot]; entry++)
            {
                _users[_starts[_places[slot * _width + entry] + 1]++] = (slot, entry);
            }
        }

        return uses;
    }

    /// <summary>The rows that gathered a latent, and where.</summary>
    public ReadOnlySpan<(int Slot, int Entry)> UsersOf(int latent) => _users.AsSpan(_starts[latent], _starts[latent + 1] - _starts[latent]);
}

/// <summary>Bounds and latents that one row gathered.</summary>
/// <param name="lower">at most the latents' pre-activations</param>
/// <param name="upper">at least the latents' pre-activations</param>
/// <param name="places">the latents</param>
internal readonly ref struct Gathered(Span<float> lower, Span<float> upper, Span<int> places)
{
    private readonly Span<float> _lower = lower;
    private readonly Span<float> _upper = upper;
    private readonly Span<int> _places = places;

    /// <summary>Takes it apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Deconstruct(out Span<float> lower, out Span<float> upper, out Span<int> places)
    {
        lower = _lower;
        upper = _upper;
        places = _places;
    }
}
