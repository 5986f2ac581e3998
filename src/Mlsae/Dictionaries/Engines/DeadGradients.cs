using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>The gradients of the dead latents' rows, stored because they are gathered for many latents at once. Buffers grow with the number of dead latents and are kept.</summary>
/// <param name="latentCount">n_latents</param>
/// <param name="width">d_model</param>
internal sealed class DeadGradients(int latentCount, int width)
{
    /// <summary>Latents of one unit of parallel work.</summary>
    private const int GroupSize = 64;

    private readonly int[] _places = NoPlaces(latentCount);
    private readonly int[] _latents = new int[latentCount];
    private int _count;

    /// <summary>The dead latents, ascending.</summary>
    public ReadOnlySpan<int> Latents => _latents.AsSpan(0, _count);

    /// <summary>Number of groups of dead latents.</summary>
    public int GroupCount => (_count + GroupSize - 1) / GroupSize;

    /// <summary>[at least dead × d_model] The gradients of encoder rows.</summary>
    public Matrix Encoder { get; private set; } = new(0, width);

    /// <summary>[at least dead × d_model] The gradients of decoder rows.</summary>
    public Matrix Decoder { get; private set; } = new(0, width);

    /// <summary>[at least dead] The sum over vectors of each latent's gradient through its codes.</summary>
    public float[] MainSums { get; private set; } = [];

    /// <summary>[at least dead] The sum over vectors of each latent's gradient through AuxK's codes.</summary>
    public float[] AuxSums { get; private set; } = [];

    /// <summary>Makes room for the dead latents and forgets those before.</summary>
    /// <param name="dead">[n_latents] which are dead</param>
    public void Take(bool[] dead)
    {
        Forget();
        for (int latent = 0; latent < dead.Length; latent++)
        {
            if (dead[latent])
            {
                _places[latent] = _count;
                _latents[_count++] = latent;
            }
        }

        if (Encoder.Rows < _count)
        {
            // A little more than asked for: the number of dead latents creeps up.
            int rows = Math.Min(latentCount, _count + _count / 8);
            (Encoder, Decoder) = (Matrix.Aligned(rows, width), Matrix.Aligned(rows, width));
            (MainSums, AuxSums) = (new float[rows], new float[rows]);
        }

        AuxSums.AsSpan(0, _count).Clear();
    }

    /// <summary>No latent has gradients here.</summary>
    public void Forget()
    {
        foreach (int latent in Latents)
        {
            _places[latent] = -1;
        }

        _count = 0;
    }

    /// <summary>Where a latent's gradients are; −1 for nowhere.</summary>
    public int Find(int latent) => _places[latent];

    /// <summary>The first place of a group, and how many there are.</summary>
    public (int First, int Count) Group(int group) => (group * GroupSize, Math.Min(GroupSize, _count - group * GroupSize));

    /// <summary>The gradients at a place.</summary>
    public LatentGradients Rows(int place) => new(Encoder.Row(place), Decoder.Row(place));

    private static int[] NoPlaces(int count)
    {
        var places = new int[count];
        Array.Fill(places, -1);
        return places;
    }
}
