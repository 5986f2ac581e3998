using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Metrics;

/// <summary>
/// What the metrics of single latents are computed from, of one layer or of all together: how often each latent was stored, fired and was active, and the sums of its values' powers. Sums are
/// taken token by token, so they do not depend on how a text is split into batches.
/// </summary>
public sealed class LatentSums
{
    private readonly int _first;
    private readonly long[] _lastFired;
    private readonly long[] _lastActive;

    /// <summary>Sums over no tokens.</summary>
    /// <param name="latents">which latents: the first one and how many</param>
    /// <param name="vectorsPerToken">vectors of a token at which each of them can be active: 1, or L for all layers of a shared dictionary</param>
    public LatentSums((int First, int Count) latents, int vectorsPerToken = 1)
    {
        (_first, VectorsPerToken) = (Require.NotNegative(latents.First), vectorsPerToken);
        (Selected, Fired, Active) = (new long[latents.Count], new long[latents.Count], new long[latents.Count]);
        Powers = [.. Enumerable.Range(0, 4).Select(_ => new double[latents.Count])];
        (_lastFired, _lastActive) = (new long[latents.Count], new long[latents.Count]);
    }

    /// <summary>Tokens so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Vectors of a token at which each latent can be active.</summary>
    public int VectorsPerToken { get; }

    /// <summary>Number of latents.</summary>
    public int Count => Selected.Length;

    /// <summary>[latents] Vectors whose code held the latent, of whatever value.</summary>
    public long[] Selected { get; }

    /// <summary>[latents] Tokens at which the latent's value was not 0.</summary>
    public long[] Fired { get; }

    /// <summary>[latents] Tokens at which the latent's value was greater than <see cref="L0.ActiveAbove"/>.</summary>
    public long[] Active { get; }

    /// <summary>[4][latents] Σ c, Σ c², Σ c³ and Σ c⁴ over vectors.</summary>
    public double[][] Powers { get; }

    /// <summary>Share of the tokens at which a latent fired: its density.</summary>
    public double Density(int latent) => (double)Fired[latent] / Tokens;

    /// <summary>Begins the next token.</summary>
    public void BeginToken() => Tokens++;

    /// <summary>Adds a code of the token that was begun.</summary>
    /// <param name="latents">those of the code, numbered through as the dictionary does</param>
    /// <param name="values">their values</param>
    /// <exception cref="IndexOutOfRangeException">A latent is none of these.</exception>
    public void Add(ReadOnlySpan<int> latents, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < latents.Length; i++)
        {
            int latent = latents[i] - _first;
            double value = values[i], square = value * value;
            Selected[latent]++;
            Powers[0][latent] += value;
            Powers[1][latent] += square;
            Powers[2][latent] += square * value;
            Powers[3][latent] += square * square;
            CountOnce(Fired, _lastFired, latent, value != 0);
            CountOnce(Active, _lastActive, latent, value > L0.ActiveAbove);
        }
    }

    /// <summary>Everything needed to go on from here, each name beginning with <paramref name="prefix"/>.</summary>
    internal IEnumerable<Tensor> SaveState(string prefix) =>
    [
        Tensor.Of(prefix + "tokens", [Tokens], 1),
        Tensor.Of(prefix + "selected", Selected, Count), Tensor.Of(prefix + "fired", Fired, Count), Tensor.Of(prefix + "active", Active, Count),
        Tensor.Of(prefix + "powers", (ReadOnlySpan<double>)[.. Powers.SelectMany(power => power)], Powers.Length, Count),
    ];

    /// <summary>Goes on from a state that <see cref="SaveState"/> gave.</summary>
    /// <exception cref="InvalidDataException">It does not fit.</exception>
    internal void RestoreState(ITensorSource state, string prefix)
    {
        Tokens = state.ReadLongs(prefix + "tokens", 1)[0];
        state.ReadLongs(prefix + "selected", Count).CopyTo(Selected, 0);
        state.ReadLongs(prefix + "fired", Count).CopyTo(Fired, 0);
        state.ReadLongs(prefix + "active", Count).CopyTo(Active, 0);
        double[] powers = state.ReadDoubles(prefix + "powers", Powers.Length, Count);
        for (int power = 0; power < Powers.Length; power++)
        {
            powers.AsSpan(power * Count, Count).CopyTo(Powers[power]);
        }
    }

    /// <summary>Counts a latent for this token, unless it was already.</summary>
    private void CountOnce(long[] counts, long[] last, int latent, bool happened)
    {
        if (happened && last[latent] != Tokens)
        {
            counts[latent]++;
            last[latent] = Tokens;
        }
    }
}
