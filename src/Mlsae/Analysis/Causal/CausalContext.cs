using Mlsae.Numerics;

namespace Mlsae.Analysis.Causal;

/// <summary>One context up to the token at which a target is looked at, with the latents of the layer before and the steps that take them away.</summary>
internal sealed class CausalContext
{
    private readonly Dictionary<int, List<(int Row, float Step)>> _steps = [];

    /// <summary>The steps of every latent that is active.</summary>
    /// <param name="ids">[tokens] up to the target's token</param>
    /// <param name="vectors">[tokens × d_model] the layer before</param>
    /// <param name="codes">[at least tokens] codes of the layer before; rows are counted from <paramref name="firstRow"/></param>
    /// <param name="firstRow">the row of the first token</param>
    /// <param name="dictionary">at the layer before</param>
    public CausalContext(int[] ids, Matrix vectors, SparseRows codes, int firstRow, DictionaryAtLayer dictionary)
    {
        (Ids, Vectors, Dictionary) = (ids, vectors, dictionary);
        for (int row = 0; row < ids.Length; row++)
        {
            var latents = codes.RowIndices(firstRow + row);
            for (int i = 0; i < latents.Length; i++)
            {
                if (codes.RowValues(firstRow + row)[i] > 0)
                {
                    Add(row, latents[i]);
                }
            }
        }
    }

    /// <summary>[tokens]</summary>
    public int[] Ids { get; }

    /// <summary>[tokens × d_model]</summary>
    public Matrix Vectors { get; }

    /// <summary>At the layer before.</summary>
    public DictionaryAtLayer Dictionary { get; }

    /// <summary>(token, latent) pairs that no step stops.</summary>
    public int Unsolved { get; private set; }

    /// <summary>The latents that are active at some token.</summary>
    public IEnumerable<int> Latents => _steps.Keys;

    /// <summary>Whether a latent is active at some token.</summary>
    public bool Has(int latent) => _steps.ContainsKey(latent);

    /// <summary>What a function of the vectors falls by, to first order, when a latent is taken away: Σ δ·(gradient · f) over its tokens.</summary>
    /// <param name="latent">which latent</param>
    /// <param name="gradient">[tokens × d_model] of the function</param>
    public double Attribution(int latent, Matrix gradient)
    {
        double sum = 0;
        foreach (var (row, step) in _steps.GetValueOrDefault(latent) ?? [])
        {
            sum += (double)step * Kernels.Dot(gradient.Row(row), Dictionary.Direction(latent));
        }

        return sum;
    }

    /// <summary>Takes a latent away at every token, wholly or by a share of each step.</summary>
    /// <param name="latent">which latent</param>
    /// <param name="x">[tokens × d_model] Changed in place.</param>
    /// <param name="share">of each step</param>
    public void Remove(int latent, Matrix x, double share = 1)
    {
        foreach (var (row, step) in _steps.GetValueOrDefault(latent) ?? [])
        {
            Kernels.AddScaled(Dictionary.Direction(latent), (float)(-share * step), x.Row(row));
        }
    }

    private void Add(int row, int latent)
    {
        if (!_steps.TryGetValue(latent, out var steps))
        {
            _steps[latent] = steps = [];
        }

        if (Dictionary.StepTo(Vectors.Row(row), latent) is { } step)
        {
            steps.Add((row, (float)step));
        }
        else
        {
            Unsolved++;
        }
    }
}
