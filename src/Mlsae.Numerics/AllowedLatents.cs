namespace Mlsae.Numerics;

/// <summary>The latents that a mask allows: as a list, and as bits for each register of latents.</summary>
internal sealed class AllowedLatents
{
    private readonly List<int> _latents = [];
    private uint[] _bits = [];
    private int[] _before = [];

    /// <summary>The allowed latents in ascending order.</summary>
    public ReadOnlySpan<int> Latents => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_latents);

    /// <summary>Bit i is set where latent register · lanes + i is allowed.</summary>
    public uint Bits(int register) => _bits[register];

    /// <summary>How many latents are allowed before the register's first.</summary>
    public int Before(int register) => _before[register];

    /// <summary>Takes a mask.</summary>
    /// <param name="mask">[n_latents]</param>
    /// <param name="lanes">latents in a register</param>
    public void Set(bool[] mask, int lanes)
    {
        int registers = (mask.Length + lanes - 1) / lanes;
        if (_bits.Length < registers)
        {
            (_bits, _before) = (new uint[registers], new int[registers]);
        }

        _latents.Clear();
        Array.Clear(_bits);
        for (int latent = 0; latent < mask.Length; latent++)
        {
            int register = latent / lanes, lane = latent % lanes;
            if (lane == 0)
            {
                _before[register] = _latents.Count;
            }

            if (mask[latent])
            {
                _bits[register] |= 1u << lane;
                _latents.Add(latent);
            }
        }
    }
}
