using Mlsae.Numerics;

namespace Mlsae.Metrics;

/// <summary>
/// The dip of a sample (Hartigan and Hartigan 1985): inf over unimodal G of sup |F − G|, where F is the sample's distribution function and G is convex up to a mode, where it may jump,
/// and concave from there on. It is small for one hump and at most 1/4, which two equal point masses reach.
/// </summary>
public static class HartigansDip
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "hartigans_dip/1: inf over unimodal G of sup |F - G|, G may jump at its mode; 0 for equal values, else at least 1/(2n)";

    /// <summary>The dip of a sample in any order.</summary>
    /// <param name="values">[n] at least one; all finite</param>
    /// <returns>0 where all values are equal, otherwise from 1/(2n) to 1/4</returns>
    /// <exception cref="ArgumentException">There are no values, or one is NaN or infinite.</exception>
    public static double Of(ReadOnlySpan<double> values)
    {
        Require.That(values.Length > 0, "The dip needs at least one value.");
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        // NaN sorts first, so the ends tell of every value.
        Require.That(double.IsFinite(sorted[0]) && double.IsFinite(sorted[^1]), "The dip needs finite values, but one is NaN or infinite.");
        Require.That(double.IsFinite(sorted[^1] - sorted[0]), "The dip needs values whose range is finite.");
        return new Search(sorted).Dip();
    }

    /// <summary>
    /// Narrows an interval that must hold the mode. Left of it G is the greatest convex minorant of F, right of it the least concave majorant, each moved by the dip; within it
    /// G is a line, which fits as soon as majorant and minorant are nowhere further apart than F and the two are outside.
    /// </summary>
    private sealed class Search
    {
        /// <summary>Where F steps, and its values below and above each step.</summary>
        private readonly double[] _x, _below, _above;

        /// <summary>The minorant and the majorant within the interval, by step.</summary>
        private readonly double[] _convex, _concave;

        private int _first, _last;

        /// <summary>Twice the distance that the parts of F outside the interval need.</summary>
        private double _outside;

        public Search(double[] sorted)
        {
            int[] ends = [.. Enumerable.Range(0, sorted.Length).Where(i => i == sorted.Length - 1 || sorted[i] < sorted[i + 1])];
            _x = [.. ends.Select(end => sorted[end])];
            _above = [.. ends.Select(end => (end + 1.0) / sorted.Length)];
            _below = [0, .. _above[..^1]];
            _convex = new double[_x.Length];
            _concave = new double[_x.Length];
            _last = _x.Length - 1;
        }

        public double Dip()
        {
            while (_first < _last && Narrow())
            {
            }

            return _outside / 2;
        }

        /// <summary>One step: false where a line through the interval is near enough to F.</summary>
        private bool Narrow()
        {
            List<int> minorant = Hull(_below, +1, _convex);
            List<int> majorant = Hull(_above, -1, _concave);
            int lowest = minorant.MaxBy(Apart);
            int highest = majorant.MaxBy(Apart);
            if (Math.Max(Apart(lowest), Apart(highest)) <= _outside)
            {
                return false;
            }

            // The mode lies between the place where the two are furthest apart and the other's next touch of F.
            bool isOnMinorant = Apart(lowest) > Apart(highest);
            int first = isOnMinorant ? lowest : minorant.FindLast(i => i <= highest);
            int last = isOnMinorant ? majorant.Find(i => i >= lowest) : highest;
            LeaveOutside(first, last);
            return true;
        }

        private double Apart(int step) => _concave[step] - _convex[step];

        /// <summary>Narrows the interval and counts how far F lies from what is now outside.</summary>
        private void LeaveOutside(int first, int last)
        {
            for (int i = _first; i < first; i++)
            {
                _outside = Math.Max(_outside, _above[i] - _convex[i]);
            }

            for (int i = last + 1; i <= _last; i++)
            {
                _outside = Math.Max(_outside, _concave[i] - _below[i]);
            }

            (_first, _last) = (first, last);
        }

        /// <summary>The steps of the interval where the convex minorant of the points (x, y) touches them, or with sign −1 the concave majorant.</summary>
        /// <param name="y">[steps]</param>
        /// <param name="sign">+1 or −1</param>
        /// <param name="values">[steps] Overwritten within the interval: the hull at each step.</param>
        private List<int> Hull(double[] y, int sign, double[] values)
        {
            var touches = new List<int>();
            for (int i = _first; i <= _last; i++)
            {
                while (touches.Count > 1 && sign * (Slope(y, touches[^2], touches[^1]) - Slope(y, touches[^1], i)) >= 0)
                {
                    touches.RemoveAt(touches.Count - 1);
                }

                touches.Add(i);
            }

            for (int t = 1; t < touches.Count; t++)
            {
                Interpolate(y, touches[t - 1], touches[t], values);
            }

            return touches;
        }

        private double Slope(double[] y, int from, int to) => (y[to] - y[from]) / (_x[to] - _x[from]);

        private void Interpolate(double[] y, int from, int to, double[] values)
        {
            for (int i = from; i <= to; i++)
            {
                values[i] = y[from] + (y[to] - y[from]) * ((_x[i] - _x[from]) / (_x[to] - _x[from]));
            }
        }
    }
}
