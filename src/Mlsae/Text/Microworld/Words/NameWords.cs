namespace Mlsae.Text.Microworlds.Words;

/// <summary>The people of the Microworld. Every given name, with the blank before it, is one token of the Microworld's tokenizer.</summary>
internal static class NameWords
{
    private const string FemaleNames =
        "Alice Anna Beth Clara Diana Emma Fiona Grace Helen Iris Jane Julia Kate Laura Lily Lucy Maria Mary Mia Nina Nora Olga Paula "
        + "Rita Ruth Sara Sofia Tina Vera Wendy Zoe Amy";

    private const string MaleNames =
        "Adam Alan Ben Carl Dan David Eric Felix Fred George Hugo Ian Ivan Jack James John Karl Leo Liam Martin Noah Oscar Paul Peter "
        + "Ralph Sam Simon Steve Tom Victor Walter Henry";

    public static readonly Person[] People =
    [
        .. FemaleNames.Split(' ').Select(name => new Person(name, Female: true)),
        .. MaleNames.Split(' ').Select(name => new Person(name, Female: false)),
    ];

    public static readonly string[] Surnames =
        "Archer Barlow Carver Dalton Ellis Foster Grant Harlow Keller Lawson Mercer Norton Porter Quinn Sutton Turner Wallace Young".Split(' ');
}

/// <summary>A person of a story.</summary>
internal sealed record Person(string Name, bool Female)
{
    public string She => Female ? "she" : "he";

    public string Her => Female ? "her" : "him";

    public string Hers => Female ? "her" : "his";

    public Concept Concept => Female ? Concepts.NameFemale : Concepts.NameMale;
}
