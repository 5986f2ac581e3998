namespace Mlsae.Numerics;

/// <summary>
/// A counter-based random generator: Philox4x32-10 of Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
/// Any number of any stream can be had directly, so results depend on neither threads nor order, and a checkpoint needs one counter.
/// </summary>
/// <remarks>The key is the seed, the upper half of the counter the stream; a stream is named by its purpose and an index, such as ("init", layer).</remarks>
public sealed class Philox
{
    private readonly uint _key0;
    private readonly uint _key1;
    private readonly ulong _stream;
    private readonly uint[] _block = new uint[4];

    /// <summary>A stream of its own for (seed, purpose, index).</summary>
    /// <param name="seed">the run's seed</param>
    /// <param name="purpose">what the numbers are for; each purpose has its own streams</param>
    /// <param name="index">which of that purpose's streams</param>
    public Philox(ulong seed, string purpose, ulong index = 0)
    {
        _key0 = (uint)seed;
        _key1 = (uint)(seed >> 32);
        _stream = Hash(purpose) ^ (index * 0x9E3779B97F4A7C15UL);
    }

    /// <summary>How many 32-bit numbers were drawn. Setting it moves the stream there.</summary>
    public ulong Position { get; set; }

    /// <summary>The next number, uniform over all 32 bits.</summary>
    public uint NextUInt32()
    {
        uint word = (uint)(Position & 3);
        // A block is made when its first number is asked for, or when the position was set into the middle of one.
        if (word == 0 || _blockIndex != Position >> 2)
        {
            _blockIndex = Position >> 2;
            Block(_blockIndex, _stream, _key0, _key1, _block);
        }

        Position++;
        return _block[word];
    }

    private ulong _blockIndex = ulong.MaxValue;

    /// <summary>The next number, uniform over all 64 bits.</summary>
    public ulong NextUInt64() => ((ulong)NextUInt32() << 32) | NextUInt32();

    /// <summary>Uniform in [0, 1), in steps of 2⁻²⁴.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [0, 1), in steps of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 .. <paramref name="limit"/> − 1, without bias (Lemire's multiplication with rejection).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is not positive.</exception>
    public int NextInt32(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        uint range = (uint)limit;
        uint rejected = (uint)(0x1_0000_0000UL % range);
        while (true)
        {
            ulong product = (ulong)NextUInt32() * range;
            if ((uint)product >= rejected)
            {
                return (int)(product >> 32);
            }
        }
    }

    /// <summary>Standard normal, by Box and Muller's method; two numbers a value, so that the position does not depend on the values.</summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextSingle()));
        return radius * Math.Cos(2 * Math.PI * NextSingle());
    }

    /// <summary>Fills <paramref name="destination"/> with numbers uniform in [low, high).</summary>
    public void FillUniform(Span<float> destination, float low, float high)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = low + (high - low) * NextSingle();
        }
    }

    /// <summary>Fills <paramref name="destination"/> with normal numbers of mean 0.</summary>
    public void FillGaussian(Span<float> destination, float standardDeviation)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)(standardDeviation * NextGaussian());
        }
    }

    /// <summary>Puts <paramref name="items"/> into a uniformly random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>One block of the generator: ten rounds over the 128-bit counter (counter, stream) under the 64-bit key.</summary>
    /// <param name="counter">the lower half of the counter</param>
    /// <param name="stream">the upper half</param>
    /// <param name="key0">the lower half of the key</param>
    /// <param name="key1">the upper half</param>
    /// <param name="block">[4] Overwritten.</param>
    public static void Block(ulong counter, ulong stream, uint key0, uint key1, Span<uint> block)
    {
        uint c0 = (uint)counter, c1 = (uint)(counter >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = 0xD2511F53UL * c0;
            ulong product1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ key1, (uint)product0);
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }

        block[0] = c0;
        block[1] = c1;
        block[2] = c2;
        block[3] = c3;
    }

    /// <summary>FNV-1a over the UTF-16 units: stable between runs and machines, unlike string.GetHashCode.</summary>
    private static ulong Hash(string purpose)
    {
        ulong hash = 0xCBF29CE484222325UL;
        foreach (char c in purpose)
        {
            hash = (hash ^ c) * 0x100000001B3UL;
        }

        return hash;
    }
}
