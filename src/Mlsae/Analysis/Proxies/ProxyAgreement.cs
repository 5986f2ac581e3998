using Mlsae.Metrics;

namespace Mlsae.Analysis.Proxies;

/// <summary>How well a proxy's sign tells the concept that says the same. Intervals are over contexts.</summary>
/// <param name="Concept">the Microworld's concept</param>
/// <param name="Precision">share of the tokens with a score above 0 of which the concept is true</param>
/// <param name="Recall">share of the concept's tokens with a score above 0</param>
public sealed record ProxyAgreement(string Concept, Estimate Precision, Estimate Recall);

/// <summary>Counts, context by context, of a proxy's sign and a concept.</summary>
/// <param name="concept">the concept</param>
public sealed class ProxyAgreementSums(string concept)
{
    private readonly Dictionary<int, (double On, double True, double Both)> _contexts = [];

    /// <summary>Adds a token.</summary>
    /// <param name="context">the context it is of</param>
    /// <param name="isOn">whether the score is above 0</param>
    /// <param name="isTrue">whether the concept is true</param>
    public void Add(int context, bool isOn, bool isTrue)
    {
        var (on, whereTrue, both) = _contexts.GetValueOrDefault(context);
        _contexts[context] = (on + (isOn ? 1 : 0), whereTrue + (isTrue ? 1 : 0), both + (isOn && isTrue ? 1 : 0));
    }

    /// <summary>What was found.</summary>
    /// <param name="seed">of the bootstrap</param>
    public ProxyAgreement Result(ulong seed)
    {
        (double On, double True, double Both)[] contexts = [.. _contexts.OrderBy(own => own.Key).Select(own => own.Value)];
        var estimates = Bootstrap.Estimates(contexts.Length, seed, drawn =>
        {
            double on = drawn.Sum(i => contexts[i].On), whereTrue = drawn.Sum(i => contexts[i].True), both = drawn.Sum(i => contexts[i].Both);
            return [UnitTrace.Ratio(both, on), UnitTrace.Ratio(both, whereTrue)];
        });
        return new ProxyAgreement(concept, estimates[0], estimates[1]);
    }
}
