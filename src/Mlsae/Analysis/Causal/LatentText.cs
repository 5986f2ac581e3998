using Mlsae.Numerics;

namespace Mlsae.Analysis.Causal;

/// <summary>A token of a text at which a latent is active at some layer.</summary>
/// <param name="Context">which context, from 0</param>
/// <param name="Position">which of its tokens, from 0</param>
/// <param name="Value">the latent's value</param>
public readonly record struct LatentPlace(int Context, int Position, float Value);

/// <summary>Contexts of one length with the activity of every latent at every layer: where causes and effects of latents are looked for.</summary>
public sealed class LatentText
{
    /// <summary>A latent lives at a layer where it is active on at least that many tokens, and on a tenth as many as at its busiest layer.</summary>
    public const int FewestTokens = 20;

    private const int ExampleBefore = 16, ExampleAfter = 4;

    private readonly LatentActivations _activations;
    private readonly float[] _scales;
    private readonly bool[] _isSpecial;
    private readonly int[] _occurrences;

    /// <summary>A text that was read.</summary>
    /// <param name="contexts">[contexts][length] token ids</param>
    /// <param name="activations">of all their tokens</param>
    /// <param name="scales">[tokens · L] the standard deviation of token t's vector at layer l at t·L + l, or 1 where the dictionary does not standardise</param>
    /// <param name="vocabularySize">number of token ids</param>
    /// <param name="specialIds">tokens of no text</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public LatentText(IReadOnlyList<int[]> contexts, LatentActivations activations, float[] scales, int vocabularySize, IReadOnlyCollection<int> specialIds)
    {
        Require.That(contexts.Count > 0 && contexts.All(context => context.Length == contexts[0].Length), "A text needs contexts of one length.");
        Require.Equal(activations.TokenCount, contexts.Count * contexts[0].Length);
        Require.Equal(scales.Length % activations.TokenCount, 0);
        (Contexts, _activations, _scales) = (contexts, activations, scales);
        _isSpecial = new bool[vocabularySize];
        _occurrences = new int[vocabularySize];
        foreach (int id in specialIds)
        {
            _isSpecial[id] = true;
        }

        foreach (int id in contexts.SelectMany(context => context))
        {
            _occurrences[id]++;
        }
    }

    /// <summary>[contexts][length] Token ids.</summary>
    public IReadOnlyList<int[]> Contexts { get; }

    /// <summary>Tokens of a context.</summary>
    public int Length => Contexts[0].Length;

    /// <summary>L.</summary>
    public int LayerCount => _scales.Length / _activations.TokenCount;

    /// <summary>Tokens that are not special.</summary>
    public int TokenCount => _occurrences.Where((_, id) => !_isSpecial[id]).Sum();

    /// <summary>The activity of every latent.</summary>
    public LatentActivations Activations => _activations;

    /// <summary>How often a token stands in the text.</summary>
    public int Occurrences(int id) => _occurrences[id];

    /// <summary>Whether a token is special.</summary>
    public bool IsSpecial(int id) => _isSpecial[id];

    /// <summary>The unit of a latent at a layer in <see cref="Activations"/>.</summary>
    public int UnitOf(int layer, int latent) => layer * (_activations.UnitCount / (LayerCount + 1)) + latent;

    /// <summary>Where a latent is active at a layer, special tokens left out, in the order of the text.</summary>
    public IReadOnlyList<LatentPlace> Places(int layer, int latent) => [.. Read(layer, latent).Select(active => new LatentPlace(active.Token / Length, active.Token % Length, active.Value))];

    /// <summary>A place with the text around it.</summary>
    /// <param name="layer">the layer of its value</param>
    /// <param name="latent">the latent</param>
    /// <param name="place">the place</param>
    /// <param name="display">how a token is shown</param>
    public LatentExample Example(int layer, int latent, LatentPlace place, Func<int, string> display)
    {
        var layers = Enumerable.Range(0, LayerCount).Select(l => Places(l, latent).Where(other => other.Context == place.Context).ToDictionary(other => other.Position, other => other.Value)).ToArray();
        int start = Math.Max(0, place.Position - ExampleBefore), end = Math.Min(Length, place.Position + ExampleAfter + 1);
        int[] ids = Contexts[place.Context][start..end];
        return new LatentExample
        {
            Token = (long)place.Context * Length + place.Position,
            Layer = layer,
            Value = place.Value,
            LayerValues = [.. layers.Select(values => values.GetValueOrDefault(place.Position))],
            Position = place.Position - start,
            TokenIds = ids,
            Texts = [.. ids.Select(display)],
            Values = [.. Enumerable.Range(start, ids.Length).Select(position => layers[layer].GetValueOrDefault(position))],
        };
    }

    /// <summary>The mean of the latent's value times the vector's standard deviation over all tokens that are not special, those where it is not active too: what <see cref="AblationKind.Mean"/> leaves.</summary>
    public double MeanInTransformerUnits(int layer, int latent) =>
        Read(layer, latent).Sum(active => (double)active.Value * _scales[active.Token * LayerCount + layer]) / Math.Max(1, TokenCount);

    /// <summary>The layers at which a latent lives: see <see cref="FewestTokens"/>.</summary>
    public IReadOnlyList<int> LayersOf(int latent)
    {
        int[] counts = [.. Enumerable.Range(0, LayerCount).Select(layer => Read(layer, latent).Count)];
        return [.. Enumerable.Range(0, LayerCount).Where(layer => counts[layer] >= Math.Max(FewestTokens, counts.Max() / 10))];
    }

    private List<(int Token, float Value)> Read(int layer, int latent)
    {
        var (tokens, values) = (new int[_activations.TokenCount], new float[_activations.TokenCount]);
        int count = _activations.Read(UnitOf(layer, latent), tokens, values);
        var active = new List<(int, float)>();
        for (int i = 0; i < count; i++)
        {
            if (!_isSpecial[Contexts[tokens[i] / Length][tokens[i] % Length]])
            {
                active.Add((tokens[i], values[i]));
            }
        }

        return active;
    }
}
