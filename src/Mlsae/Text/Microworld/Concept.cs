using System.Numerics;

namespace Mlsae.Text.Microworlds;

/// <summary>Something that is true or false of a character of a Microworld document.</summary>
/// <param name="Id">its place in <see cref="Concepts.All"/>, from 0</param>
/// <param name="Name">a dotted name such as <c>quote.inside</c></param>
/// <param name="Meaning">where it is true, in a few words</param>
public sealed record Concept(int Id, string Name, string Meaning)
{
    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>The characters <paramref name="Start"/> .. <paramref name="End"/> − 1 of a document, at all of which a concept is true.</summary>
/// <param name="Concept">what is true there</param>
/// <param name="Start">the first character, in UTF-16 units</param>
/// <param name="End">the first character after it</param>
public readonly record struct ConceptSpan(Concept Concept, int Start, int End);

/// <summary>A set of concepts.</summary>
/// <param name="Bits">bit i is set where the concept of id i belongs to the set</param>
public readonly record struct ConceptSet(UInt128 Bits)
{
    /// <summary>How many concepts a set has room for.</summary>
    public const int Capacity = 128;

    /// <summary>Whether <paramref name="concept"/> belongs to the set.</summary>
    public bool Contains(Concept concept) => (Bits >> concept.Id & 1) != 0;

    /// <summary>The set with <paramref name="concept"/>.</summary>
    public ConceptSet With(Concept concept) => new(Bits | UInt128.One << concept.Id);

    /// <summary>The ids of its concepts, ascending.</summary>
    public IdEnumerator Ids => new(Bits);

    /// <summary>Its concepts, in the order of their ids.</summary>
    public IEnumerable<Concept> Concepts => Microworlds.Concepts.All.Where(Contains);

    /// <summary>Goes through the ids of a set without memory of its own.</summary>
    public ref struct IdEnumerator
    {
        private ulong _low;
        private ulong _high;

        internal IdEnumerator(UInt128 bits)
        {
            _low = (ulong)bits;
            _high = (ulong)(bits >> 64);
            Current = -1;
        }

        /// <summary>The id reached.</summary>
        public int Current { get; private set; }

        /// <summary>Itself.</summary>
        public readonly IdEnumerator GetEnumerator() => this;

        /// <summary>Goes to the next id; false when there is none.</summary>
        public bool MoveNext()
        {
            if (_low != 0)
            {
                Current = BitOperations.TrailingZeroCount(_low);
                _low &= _low - 1;
                return true;
            }

            Current = 64 + BitOperations.TrailingZeroCount(_high);
            bool found = _high != 0;
            _high &= _high - 1;
            return found;
        }
    }
}
