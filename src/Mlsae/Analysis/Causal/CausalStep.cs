using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Causal;

/// <summary>A target at its token of a context, or what it falls by there.</summary>
/// <param name="Value">its value in the code</param>
/// <param name="PreActivation">its pre-activation</param>
public readonly record struct TargetState(double Value, double PreActivation)
{
    /// <summary>What it falls by from one to the other.</summary>
    public static TargetState operator -(TargetState before, TargetState after) => new(before.Value - after.Value, before.PreActivation - after.PreActivation);
}

/// <summary>
/// A target latent at one token of some contexts, and what taking latents of the layer before away does to it: to first order for all of them with one backward pass through one block, and
/// exactly for those that are asked for, many at once.
/// </summary>
public sealed class CausalStep
{
    private const int TokensAtOnce = 8192;

    private readonly LanguageModel _model;
    private readonly HookPoint _before;
    private readonly HookPoint _own;
    private readonly DictionaryAtLayer _dictionary;
    private readonly int _latent;
    private readonly CausalContext[] _contexts;
    private Dictionary<int, double[]>? _attributions;

    /// <summary>Reads the contexts.</summary>
    /// <param name="subject">the model and its dictionary</param>
    /// <param name="layer">the target's layer, from 1</param>
    /// <param name="latent">the target</param>
    /// <param name="places">[contexts] ids of one length, and the target's token in each</param>
    public CausalStep(CausalSubject subject, int layer, int latent, IReadOnlyList<(int[] Ids, int Position)> places)
    {
        var before = subject.Layers[layer - 1];
        (_model, _before, _own, _dictionary, _latent) = (subject.Model, subject.Hooks[layer - 1], subject.Hooks[layer], subject.Layers[layer], latent);
        Places = places;
        Batch = TokenBatch.Of([.. places.Select(place => place.Ids)]);
        Vectors = _model.Forward(Batch, new ForwardOptions { Captures = [_before], Logits = false })[_before];
        var codes = before.Encode(Vectors);
        _contexts = new CausalContext[places.Count];
        Workers.For(places.Count, c => _contexts[c] = new CausalContext(
            places[c].Ids[..(places[c].Position + 1)], Vectors.RowWindow(c * Batch.Length, places[c].Position + 1), codes, c * Batch.Length, before));
        Values = [.. Run([[]], 1, places.Count)[0].Select(target => target.Value)];
    }

    /// <summary>The contexts and the target's token in each.</summary>
    public IReadOnlyList<(int[] Ids, int Position)> Places { get; }

    /// <summary>The contexts, whole.</summary>
    public TokenBatch Batch { get; }

    /// <summary>[contexts · length × d_model] The layer before.</summary>
    public Matrix Vectors { get; }

    /// <summary>[contexts] The target's value, untouched.</summary>
    public double[] Values { get; }

    /// <summary>(token, latent) pairs that no step stops.</summary>
    public int Unsolved => _contexts.Sum(context => context.Unsolved);

    /// <summary>[candidates][contexts] What the target's pre-activation falls by, to first order, when each latent of the layer before is taken away that is active at its token or earlier.</summary>
    public IReadOnlyDictionary<int, double[]> Attributions() => _attributions ??= FromGradient();

    /// <summary>Contexts, of all or of the first few, in which a latent is active at the target's token or earlier.</summary>
    public int ActiveContexts(int latent, int? contexts = null) => _contexts.Take(contexts ?? _contexts.Length).Count(context => context.Has(latent));

    /// <summary>What the target falls by, exactly.</summary>
    /// <param name="sets">latents that are taken away together</param>
    /// <param name="share">of each step against a latent</param>
    /// <param name="contexts">how many of the contexts, from the first; null for all</param>
    /// <returns>[sets][contexts]</returns>
    public TargetState[][] Falls(IReadOnlyList<int[]> sets, double share = 1, int? contexts = null)
    {
        var all = Run([[], .. sets], share, contexts ?? _contexts.Length);
        return [.. all.Skip(1).Select(of => of.Select((target, c) => all[0][c] - target).ToArray())];
    }

    private Dictionary<int, double[]> FromGradient()
    {
        var gradient = _model.ResidualGradients(Batch, new GradientRequest((_, outcome) =>
        {
            for (int row = 0; row < outcome.Rows; row++)
            {
                _dictionary.Gradient(outcome.Row(row), _latent, outcome.Row(row));
            }
        })
        {
            Outcome = _own, Rows = [.. Places.Select((place, c) => c * Batch.Length + place.Position)], Layers = [_before.Layer],
            StartLayer = _before.Layer, StartResidual = Vectors,
        })[_before.Layer];
        int[] candidates = [.. _contexts.SelectMany(context => context.Latents).Distinct().Order()];
        var attributions = candidates.ToDictionary(latent => latent, _ => new double[_contexts.Length]);
        Workers.For(candidates.Length, i =>
        {
            for (int c = 0; c < _contexts.Length; c++)
            {
                attributions[candidates[i]][c] = _contexts[c].Attribution(candidates[i], gradient.RowWindow(c * Batch.Length, Places[c].Position + 1));
            }
        });
        return attributions;
    }

    /// <summary>[sets][contexts] The target with sets of latents taken away, of which the first is empty. Where none of a set is active in a context, the untouched one stands for it.</summary>
    private TargetState[][] Run(IReadOnlyList<int[]> sets, double share, int contexts)
    {
        var results = sets.Select(_ => new TargetState[contexts]).ToArray();
        for (int c = 0; c < contexts; c++)
        {
            var context = _contexts[c];
            int[] touched = [.. Enumerable.Range(0, sets.Count).Where(set => set == 0 || sets[set].Any(context.Has))];
            int atOnce = Math.Max(1, TokensAtOnce / context.Ids.Length);
            foreach (int[] chunk in touched.Chunk(atOnce))
            {
                RunContext(context, sets, chunk, share, (set, target) => results[set][c] = target);
            }

            foreach (int set in Enumerable.Range(0, sets.Count).Except(touched))
            {
                results[set][c] = results[0][c];
            }
        }

        return results;
    }

    private void RunContext(CausalContext context, IReadOnlyList<int[]> sets, int[] chunk, double share, Action<int, TargetState> result)
    {
        int length = context.Ids.Length;
        var start = new Matrix(chunk.Length * length, context.Vectors.Columns);
        for (int i = 0; i < chunk.Length; i++)
        {
            var x = start.RowWindow(i * length, length);
            context.Vectors.CopyTo(x);
            foreach (int latent in sets[chunk[i]])
            {
                context.Remove(latent, x, share);
            }
        }

        var options = new ForwardOptions { StartLayer = _before.Layer, StartResidual = start, Captures = [_own], Logits = false };
        var after = _model.Forward(TokenBatch.Of([.. chunk.Select(_ => context.Ids)]), options)[_own];
        var last = new Matrix(chunk.Length, after.Columns);
        for (int i = 0; i < chunk.Length; i++)
        {
            after.Row((i + 1) * length - 1).CopyTo(last.Row(i));
        }

        float[] values = DictionaryAtLayer.ValuesOf(_dictionary.Encode(last), _latent);
        for (int i = 0; i < chunk.Length; i++)
        {
            result(chunk[i], new TargetState(values[i], _dictionary.PreActivation(last.Row(i), _latent)));
        }
    }
}
