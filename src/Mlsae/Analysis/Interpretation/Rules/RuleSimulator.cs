namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>Reads the rule that an explanation is and applies it.</summary>
public sealed class RuleSimulator : ISimulator
{
    /// <inheritdoc/>
    public string Name => "rules";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The explanation is no rule, or is about concepts that are not known of the text.</exception>
    public ValueTask<Simulation> SimulateAsync(string explanation, TextFragment fragment, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new Simulation(RuleText.Parse(explanation).Levels(fragment)));
    }
}
