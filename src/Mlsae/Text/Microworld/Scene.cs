using System.Globalization;
using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Text.Microworlds;

/// <summary>
/// What stays the same within one section: who takes part, and the place, object or animal it is about. Fills the slots of a <see cref="Template"/>:
/// <c>a b c</c> people, <c>s io</c> two of them in roles, <c>a.she a.her a.hers</c> their pronouns (<c>a.She</c> capitalised), a word list's
/// name such as <c>place</c> (the scene's own; <c>place*</c> draws another), and kinds of numbers such as <c>price</c>.
/// </summary>
internal sealed class Scene
{
    private readonly DocumentBuilder _builder;
    private readonly List<(string Slot, string Word)> _words = [];
    private readonly List<Person> _named = [];

    /// <summary>A scene of three people, of whom the first two are of different sexes more often than not, so that pronouns tell them apart.</summary>
    public Scene(DocumentBuilder builder)
    {
        _builder = builder;
        A = builder.Pick(NameWords.People);
        bool differ = builder.Chance(60);
        B = Draw(p => p != A && (!differ || p.Female != A.Female));
        C = Draw(p => p != A && p != B);
        Subject = A;
        IndirectObject = B;
        builder.StartSentence();
    }

    public Person A { get; }

    public Person B { get; }

    public Person C { get; }

    /// <summary>Who acts, where only the other of two is left to be acted upon.</summary>
    public Person Subject { get; private set; }

    public Person IndirectObject { get; private set; }

    /// <summary>Gives the roles to the first two people, in either order.</summary>
    public void DrawRoles() => (Subject, IndirectObject) = _builder.Chance(50) ? (A, B) : (B, A);

    /// <summary>Writes what stands in a slot.</summary>
    public void Fill(string slot)
    {
        int dot = slot.IndexOf('.');
        var person = PersonOf(dot < 0 ? slot : slot[..dot]);
        if (person is null)
        {
            FillWord(slot);
        }
        else if (dot < 0)
        {
            Name(person);
        }
        else
        {
            _builder.Prose(Pronoun(person, slot[(dot + 1)..]));
        }
    }

    /// <summary>Writes a person's name.</summary>
    public void Name(Person person)
    {
        int start = _builder.Length;
        _builder.Prose(person.Name, person.Concept);
        if (_named.Contains(person))
        {
            _builder.Mark(Concepts.NameRepeated, start);
        }

        _named.Add(person);
    }

    /// <summary>A word of the list of that slot: the scene's own, or another one where the slot ends in a star.</summary>
    public string Word(string slot)
    {
        bool fresh = slot[^1] == '*';
        string name = fresh ? slot[..^1] : slot;
        string? own = _words.Find(w => w.Slot == name).Word;
        if (!fresh && own is not null)
        {
            return own;
        }

        var list = WordLists.Find(name) ?? throw new ArgumentException($"The Microworld has no slot '{name}'.");
        string word;
        do
        {
            word = _builder.Pick(list.Words);
        }
        while (word == own);
        if (!fresh)
        {
            _words.Add((name, word));
        }

        return word;
    }

    private void FillWord(string slot)
    {
        switch (slot)
        {
            case "year":
                _builder.Write(Text(_builder.Between(1950, 2029)), Concepts.DigitYear);
                break;
            case "day":
                _builder.Write(Text(_builder.Between(1, 28)), Concepts.DigitDay);
                break;
            case "age":
                _builder.Write(Text(_builder.Between(16, 79)), Concepts.DigitAge);
                break;
            case "percent":
                _builder.Write(Text(_builder.Between(1, 19) * 5), Concepts.DigitPercent);
                break;
            case "price":
                Price(_builder.Between(1, 60) * 50);
                break;
            case "clock":
                Clock();
                break;
            case "surname":
                _builder.Prose(_builder.Pick(NameWords.Surnames), Concepts.NameSurname);
                break;
            default:
                _builder.Prose(Word(slot));
                break;
        }
    }

    /// <summary>Writes a price of so many cents.</summary>
    public void Price(int cents)
    {
        _builder.Write("$", Concepts.Currency);
        _builder.Write($"{Text(cents / 100)}.{cents % 100:00}", Concepts.DigitPrice);
    }

    private void Clock()
    {
        string half = _builder.Chance(50) ? "am" : "pm";
        _builder.Write($"{Text(_builder.Between(1, 12))}:{_builder.Between(0, 11) * 5:00} {half}", Concepts.ClockTime);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Pronoun(Person person, string form) => form switch
    {
        "she" => person.She,
        "her" => person.Her,
        "hers" => person.Hers,
        "She" => person.Female ? "She" : "He",
        "Hers" => person.Female ? "Her" : "His",
        _ => throw new ArgumentException($"The Microworld has no pronoun '{form}'."),
    };

    private Person? PersonOf(string slot) => slot switch
    {
        "a" => A,
        "b" => B,
        "c" => C,
        "s" => Subject,
        "io" => IndirectObject,
        _ => null,
    };

    private Person Draw(Predicate<Person> fits)
    {
        while (true)
        {
            var person = _builder.Pick(NameWords.People);
            if (fits(person))
            {
                return person;
            }
        }
    }
}
