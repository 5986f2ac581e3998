using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Units;

/// <summary>A token with the share of a latent's activation that lies on it.</summary>
/// <param name="Token">the token as it is shown</param>
/// <param name="Share">its share, 0 to 1</param>
public sealed record TokenShare(string Token, double Share);

/// <summary>What a latent is called in tables and networks: the tokens that most of its activation lies on, and where concepts are known the one that its firing tells best.</summary>
/// <param name="Latent">which latent</param>
/// <param name="Density">share of rows at which it fires</param>
/// <param name="Tokens">the tokens with the most of its activation, the first first</param>
/// <param name="Concept">the concept with the highest F1 of "the latent is not 0"; null where none is known or true where it fires</param>
/// <param name="F1">that F1; null with the concept</param>
public sealed record LatentLabel(int Latent, double Density, IReadOnlyList<TokenShare> Tokens, string? Concept, double? F1);

/// <summary>On which tokens, and within which concepts, each latent is active: what labels are made of.</summary>
/// <param name="latentCount">n_latents</param>
/// <param name="vocabularySize">number of token ids</param>
public sealed class LatentLabels(int latentCount, int vocabularySize)
{
    /// <summary>Tokens named of each latent.</summary>
    public const int TokensNamed = 5;

    private readonly LatentPairs _concepts = new(latentCount, Concepts.All.Count);
    private readonly long[] _conceptCounts = new long[Concepts.All.Count];

    /// <summary>Sums of each latent.</summary>
    public UnitMoments Moments { get; } = new(latentCount);

    /// <summary>Each latent with each token: products are the latent's activation on the token.</summary>
    public LatentPairs Tokens { get; } = new(latentCount, vocabularySize);

    /// <summary>[vocabulary] Rows of each token.</summary>
    public long[] TokenCounts { get; } = new long[vocabularySize];

    /// <summary>Adds rows.</summary>
    /// <param name="codes">[rows]</param>
    /// <param name="ids">[rows] the token of each</param>
    /// <param name="concepts">[rows] what is true of each; null where it is not known</param>
    /// <exception cref="ArgumentException">The numbers of rows differ.</exception>
    public void Add(SparseRows codes, int[] ids, ConceptSet[]? concepts)
    {
        Require.Equal(ids.Length, codes.Rows);
        Moments.Add(codes);
        Tokens.Add(codes, OneOfEach(ids));
        foreach (int id in ids)
        {
            TokenCounts[id]++;
        }

        if (concepts is not null)
        {
            Require.Equal(concepts.Length, codes.Rows);
            AddConcepts(codes, concepts);
        }
    }

    /// <summary>The labels of some latents.</summary>
    /// <param name="latents">which</param>
    /// <param name="display">how a token is shown</param>
    public LatentLabel[] Of(IReadOnlyList<int> latents, Func<int, string> display)
    {
        var labels = new LatentLabel[latents.Count];
        Workers.For(labels.Length, i => labels[i] = Of(latents[i], display));
        return labels;
    }

    /// <summary>[rows of one entry] Which of some things each row is, with the value 1.</summary>
    internal static SparseRows OneOfEach(int[] ids)
    {
        var rows = new SparseRows(ids.Length, 1);
        ids.CopyTo(rows.Indices, 0);
        rows.Values.AsSpan(0, ids.Length).Fill(1);
        return rows;
    }

    private LatentLabel Of(int latent, Func<int, string> display)
    {
        double sum = Moments.Sums[latent];
        var tokens = Tokens.Of(latent).OrderByDescending(pair => pair.Products).ThenBy(pair => pair.Second).Take(TokensNamed);
        var best = _concepts.Of(latent).OrderByDescending(pair => F1(latent, pair)).ThenBy(pair => pair.Second).Take(1).ToArray();
        return new LatentLabel(
            latent, Moments.Density(latent), [.. tokens.Select(pair => new TokenShare(display(pair.Second), pair.Products / sum))],
            best.Length == 0 ? null : Concepts.All[best[0].Second].Name, best.Length == 0 ? null : F1(latent, best[0]));
    }

    private double F1(int latent, PairSum pair) => 2.0 * pair.Together / (Moments.Fired[latent] + _conceptCounts[pair.Second]);

    private void AddConcepts(SparseRows codes, ConceptSet[] concepts)
    {
        int[][] ids = [.. concepts.Select(set => set.Concepts.Select(concept => concept.Id).ToArray())];
        var rows = new SparseRows([.. ids.Select(own => own.Length)]);
        for (int row = 0; row < ids.Length; row++)
        {
            ids[row].CopyTo(rows.RowIndices(row));
            rows.RowValues(row).Fill(1);
            foreach (int id in ids[row])
            {
                _conceptCounts[id]++;
            }
        }

        _concepts.Add(codes, rows);
    }
}
