using Mlsae.Metrics;

namespace Mlsae.Analysis.Proxies;

/// <summary>One of ten ranges of a unit's values.</summary>
/// <param name="Low">lower bound, inclusive</param>
/// <param name="High">upper bound, exclusive but in the last range</param>
/// <param name="Tokens">tokens with a value in between</param>
/// <param name="Share">share of them where the proxy's score is above 0, with Wilson's interval; NaN where there is no token</param>
/// <param name="Activation">share of all of the unit's activation that lies on them</param>
/// <param name="ActivationOnProxy">share of it that lies on those of them where the score is above 0: what the expected value is made of</param>
public sealed record ProxyRange(double Low, double High, long Tokens, Estimate Share, double Activation, double ActivationOnProxy);

/// <summary>How specific a unit is to a proxy. Intervals are over contexts.</summary>
/// <param name="Unit">the unit</param>
/// <param name="Correlation">Pearson's correlation of the unit's value with the proxy's signal, over all tokens</param>
/// <param name="Active">tokens at which the value is above 0</param>
/// <param name="ShareOnProxy">share of these where the proxy's score is above 0</param>
/// <param name="ShareOfProxy">share of the tokens where the score is above 0 at which the value is above 0</param>
/// <param name="Ranges">ten ranges of equal width between the smallest and the largest value above 0</param>
public sealed record ProxySpecificity(ProxyUnit Unit, Estimate Correlation, long Active, Estimate ShareOnProxy, Estimate ShareOfProxy, IReadOnlyList<ProxyRange> Ranges);

/// <summary>A unit's values beside a proxy's scores, token by token.</summary>
/// <param name="unit">the unit</param>
public sealed class UnitTrace(ProxyUnit unit)
{
    /// <summary>Ranges of values.</summary>
    public const int RangeCount = 10;

    private readonly List<(double Value, bool IsOn)> _active = [];
    private readonly Dictionary<int, Sums> _contexts = [];

    /// <summary>The unit.</summary>
    public ProxyUnit Unit => unit;

    /// <summary>Adds a token.</summary>
    /// <param name="context">the context it is of</param>
    /// <param name="value">the unit's value</param>
    /// <param name="signal">the proxy's signal, above 0 where its score is</param>
    public void Add(int context, double value, double signal)
    {
        var sums = _contexts.GetValueOrDefault(context);
        bool isActive = value > 0, isOn = signal > 0;
        _contexts[context] = new Sums(
            sums.N + 1, sums.X + value, sums.Y + signal, sums.XX + value * value, sums.YY + signal * signal, sums.XY + value * signal,
            sums.Active + (isActive ? 1 : 0), sums.On + (isOn ? 1 : 0), sums.Both + (isActive && isOn ? 1 : 0));
        if (isActive)
        {
            _active.Add((value, isOn));
        }
    }

    /// <summary>What was found.</summary>
    /// <param name="seed">of the bootstrap</param>
    public ProxySpecificity Result(ulong seed)
    {
        Sums[] contexts = [.. _contexts.OrderBy(own => own.Key).Select(own => own.Value)];
        var estimates = Bootstrap.Estimates(contexts.Length, seed, drawn =>
        {
            var sums = drawn.Aggregate(default(Sums), (all, i) => all + contexts[i]);
            return [sums.Correlation, Ratio(sums.Both, sums.Active), Ratio(sums.Both, sums.On)];
        });
        return new ProxySpecificity(unit, estimates[0], _active.Count, estimates[1], estimates[2], Ranges());
    }

    private ProxyRange[] Ranges()
    {
        if (_active.Count == 0)
        {
            return [];
        }

        double low = _active.Min(of => of.Value), width = (_active.Max(of => of.Value) - low) / RangeCount, all = _active.Sum(of => of.Value);
        var byRange = _active.ToLookup(of => width > 0 ? Math.Min(RangeCount - 1, (int)((of.Value - low) / width)) : RangeCount - 1);
        return
        [
            .. Enumerable.Range(0, RangeCount).Select(range => new ProxyRange(
                low + range * width, low + (range + 1) * width, byRange[range].Count(), WilsonInterval.Of(byRange[range].Count(of => of.IsOn), byRange[range].Count()),
                byRange[range].Sum(of => of.Value) / all, byRange[range].Where(of => of.IsOn).Sum(of => of.Value) / all)),
        ];
    }

    internal static double Ratio(double part, double whole) => whole == 0 ? double.NaN : part / whole;

    private readonly record struct Sums(double N, double X, double Y, double XX, double YY, double XY, double Active, double On, double Both)
    {
        public double Correlation
        {
            get
            {
                double varianceX = XX / N - X / N * (X / N), varianceY = YY / N - Y / N * (Y / N);
                return varianceX <= 0 || varianceY <= 0 ? 0 : (XY / N - X / N * (Y / N)) / Math.Sqrt(varianceX * varianceY);
            }
        }

        public static Sums operator +(Sums a, Sums b) =>
            new(a.N + b.N, a.X + b.X, a.Y + b.Y, a.XX + b.XX, a.YY + b.YY, a.XY + b.XY, a.Active + b.Active, a.On + b.On, a.Both + b.Both);
    }
}
