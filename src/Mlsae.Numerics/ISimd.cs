namespace Mlsae.Numerics;

/// <summary>
/// The few vector operations that the hot kernels are written in, so that each kernel exists once. The type arguments are structs and the members
/// static, so the JIT makes one copy of a kernel for each width with every operation a single instruction.
/// </summary>
/// <typeparam name="TVector">the register type, such as Vector512 of float</typeparam>
internal interface ISimd<TVector>
    where TVector : struct
{
    /// <summary>Floats in a register.</summary>
    static abstract int Lanes { get; }

    /// <summary>Rows of the product's register tile: as many as leave room for two registers of the other operand and one broadcast.</summary>
    static abstract int TileRows { get; }

    /// <summary>Every lane is <paramref name="value"/>.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>The <see cref="Lanes"/> floats from <paramref name="source"/> + <paramref name="offset"/>.</summary>
    static abstract TVector Load(ref readonly float source, nuint offset);

    /// <summary>Writes <paramref name="value"/> to the floats from <paramref name="destination"/> + <paramref name="offset"/>.</summary>
    static abstract void Store(TVector value, ref float destination, nuint offset);

    /// <summary>x + y.</summary>
    static abstract TVector Add(TVector x, TVector y);

    /// <summary>x · y.</summary>
    static abstract TVector Multiply(TVector x, TVector y);

    /// <summary>x · y + z, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector z);

    /// <summary>x · y + z for scalars, rounded as the vector form rounds.</summary>
    static abstract float MultiplyAdd(float x, float y, float z);

    /// <summary>Lane by lane the larger; where either is NaN, either of the two.</summary>
    static abstract TVector Larger(TVector x, TVector y);

    /// <summary>The sum of the lanes.</summary>
    static abstract float Sum(TVector x);

    /// <summary>Bit i is set where not x[i] ≤ y[i]: where x is greater, or either is NaN.</summary>
    static abstract uint NotAtMost(TVector x, TVector y);

    /// <summary>
    /// Writes the values that are not at most the threshold beside each other, with their places, and returns how many they are. What follows them, up to
    /// <see cref="Lanes"/> values in all, may be overwritten.
    /// </summary>
    /// <param name="values">the values</param>
    /// <param name="threshold">the threshold in every lane</param>
    /// <param name="place">place of the first lane</param>
    /// <param name="keptValues">where the values go</param>
    /// <param name="keptPlaces">where their places go</param>
    static abstract int Gather(TVector values, TVector threshold, int place, ref float keptValues, ref int keptPlaces);

    /// <summary><see cref="Gather"/> of values whose places are given. Both may be written over what they were read from, at its beginning.</summary>
    /// <param name="values">the values</param>
    /// <param name="places">the first of their places</param>
    /// <param name="threshold">the threshold in every lane</param>
    /// <param name="keptValues">where the values go</param>
    /// <param name="keptPlaces">where their places go</param>
    static abstract int Keep(TVector values, ref int places, TVector threshold, ref float keptValues, ref int keptPlaces);

    /// <summary>Writes the chosen values beside each other and returns how many they are. What follows them, up to <see cref="Lanes"/> values in all, may be overwritten.</summary>
    /// <param name="values">the values</param>
    /// <param name="bits">bit i is set where lane i is chosen</param>
    /// <param name="kept">where the values go</param>
    static abstract int Compress(TVector values, uint bits, ref float kept);
}
