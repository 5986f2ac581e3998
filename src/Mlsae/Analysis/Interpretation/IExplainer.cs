namespace Mlsae.Analysis.Interpretation;

/// <summary>Says in words what a unit is active on. It sees the fragments that explain, and nothing else of the unit.</summary>
public interface IExplainer
{
    /// <summary>What results call it.</summary>
    string Name { get; }

    /// <summary>Explains a unit.</summary>
    /// <param name="fragments">5 fragments with its activations as integers 0 .. 10</param>
    /// <param name="cancellation">ends the work</param>
    /// <exception cref="UnansweredException">No explanation came about.</exception>
    ValueTask<string> ExplainAsync(IReadOnlyList<ScaledFragment> fragments, CancellationToken cancellation);
}

/// <summary>Guesses a unit's activations from its explanation. It sees the explanation and a text, and nothing else of the unit.</summary>
public interface ISimulator
{
    /// <summary>What results call it.</summary>
    string Name { get; }

    /// <summary>Simulates a unit on one fragment.</summary>
    /// <param name="explanation">as an explainer gave it</param>
    /// <param name="fragment">the text</param>
    /// <param name="cancellation">ends the work</param>
    /// <exception cref="UnansweredException">No simulation came about.</exception>
    ValueTask<Simulation> SimulateAsync(string explanation, TextFragment fragment, CancellationToken cancellation);
}

/// <summary>Simulated activations of a fragment. Uncalibrated: only how they go up and down counts.</summary>
/// <param name="Values">[64] 0 .. 10</param>
/// <param name="FromProbabilities">whether they are expected values over the probabilities of the answers 0 .. 10, instead of the answers themselves</param>
public sealed record Simulation(double[] Values, bool FromProbabilities = false);

/// <summary>An explainer or a simulator gave no usable answer for one unit; the others go on.</summary>
public sealed class UnansweredException(string sentence) : Exception(sentence);
