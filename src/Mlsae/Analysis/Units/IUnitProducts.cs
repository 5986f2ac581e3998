namespace Mlsae.Analysis.Units;

/// <summary>Σ x·y over rows of every unit x of one set with every unit y of another: what their correlations are made of.</summary>
public interface IUnitProducts
{
    /// <summary>Units of the first set.</summary>
    int FirstCount { get; }

    /// <summary>Units of the second set.</summary>
    int SecondCount { get; }

    /// <summary>Reads the products of one unit. May be called from several threads.</summary>
    /// <param name="first">0 .. <see cref="FirstCount"/> − 1</param>
    /// <param name="products">[<see cref="SecondCount"/>] Overwritten.</param>
    void Read(int first, Span<double> products);
}
