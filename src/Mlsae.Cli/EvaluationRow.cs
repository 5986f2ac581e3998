using Mlsae.Analysis;
using Mlsae.Dictionaries;
using Mlsae.Metrics;

namespace Mlsae.Cli;

/// <summary>What one line of a table says of a dictionary.</summary>
/// <param name="Name">its name in the run</param>
/// <param name="Dictionary">the dictionary</param>
/// <param name="Evaluation">on held-out text</param>
/// <param name="Concepts">how well its latents tell the Microworld's concepts; null where that was not asked for</param>
internal sealed record EvaluationRow(string Name, ILayeredDictionary Dictionary, EvaluationResult Evaluation, ConceptCoverage? Concepts);
