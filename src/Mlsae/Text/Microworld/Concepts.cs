namespace Mlsae.Text.Microworlds;

/// <summary>All concepts of the Microworld. Their order, and so their ids, is the order in which they stand here.</summary>
public static class Concepts
{
    private static readonly List<Concept> Declared = [];

    // People
    internal static readonly Concept NameFemale = Add("name.female", "a woman's given name");
    internal static readonly Concept NameMale = Add("name.male", "a man's given name");
    internal static readonly Concept NameSurname = Add("name.surname", "a family name");
    internal static readonly Concept NameRepeated = Add("name.repeated", "a given name that its section has named before");
    internal static readonly Concept NameSpeaker = Add("name.speaker", "the name of who speaks a quotation");
    internal static readonly Concept IoiSentence = Add("ioi.sentence", "a sentence in which one of two people gives something to the other");
    internal static readonly Concept IoiFirst = Add("ioi.first-name", "the first of the two names such a sentence introduces");
    internal static readonly Concept IoiSecond = Add("ioi.second-name", "the second of the two names such a sentence introduces");
    internal static readonly Concept NameSubject = Add("name.subject", "the repeated name: who gives");
    internal static readonly Concept NameIndirectObject = Add("name.indirect-object", "the final name: who is given to");
    internal static readonly Concept IoiPreposition = Add("ioi.preposition", "the 'to' or 'for' before the indirect object");

    // Classes of words
    internal static readonly Concept PronounI = Add("pronoun.i", "I, me, my");
    internal static readonly Concept PronounYou = Add("pronoun.you", "you, your");
    internal static readonly Concept PronounHe = Add("pronoun.he", "he, him, his");
    internal static readonly Concept PronounShe = Add("pronoun.she", "she, her");
    internal static readonly Concept PronounIt = Add("pronoun.it", "it, its");
    internal static readonly Concept PronounWe = Add("pronoun.we", "we, us, our");
    internal static readonly Concept PronounThey = Add("pronoun.they", "they, them, their");
    internal static readonly Concept Article = Add("word.article", "a, the");
    internal static readonly Concept Conjunction = Add("word.conjunction", "and, but, because, ...");
    internal static readonly Concept Preposition = Add("word.preposition", "in, on, with, to, ...");
    internal static readonly Concept Negation = Add("word.negation", "not, no, never, ...");
    internal static readonly Concept WhWord = Add("word.wh", "what, where, when, who, ...");
    internal static readonly Concept VerbBe = Add("verb.be", "is, was, were, ...");
    internal static readonly Concept VerbModal = Add("verb.modal", "can, would, must, ...");
    internal static readonly Concept VerbSay = Add("verb.say", "said, asked, replied, ...");
    internal static readonly Concept VerbGive = Add("verb.give", "gave, handed, sent, ...");
    internal static readonly Concept VerbMotion = Add("verb.motion", "went, walked, ran, ...");
    internal static readonly Concept NumberWord = Add("number.word", "two, three, ten, ...");
    internal static readonly Concept Ordinal = Add("number.ordinal", "first, second, ...");
    internal static readonly Concept Contraction = Add("contraction", "the shortened part: n't, 'm, 're, 'll, and 's after a pronoun");
    internal static readonly Concept Possessive = Add("possessive", "the 's of possession");
    internal static readonly Concept SentenceStart = Add("sentence.start", "the first word of a sentence");
    internal static readonly Concept SentenceQuestion = Add("sentence.question", "a sentence that asks");

    // Kinds of things
    internal static readonly Concept Place = Add("thing.place", "a place in a town");
    internal static readonly Concept City = Add("thing.city", "an invented city");
    internal static readonly Concept Gift = Add("thing.object", "an object that can be carried");
    internal static readonly Concept Animal = Add("thing.animal", "an animal");
    internal static readonly Concept Plant = Add("thing.plant", "a plant");
    internal static readonly Concept Food = Add("thing.food", "something to eat");
    internal static readonly Concept Colour = Add("thing.colour", "a colour");
    internal static readonly Concept Vehicle = Add("thing.vehicle", "a vehicle");
    internal static readonly Concept Instrument = Add("thing.instrument", "a musical instrument");
    internal static readonly Concept Profession = Add("thing.profession", "a profession");
    internal static readonly Concept Relation = Add("thing.relation", "a relation between people");
    internal static readonly Concept Weather = Add("thing.weather", "a word for the weather");
    internal static readonly Concept Emotion = Add("thing.emotion", "a feeling");

    // Time
    internal static readonly Concept Month = Add("time.month", "the name of a month");
    internal static readonly Concept Weekday = Add("time.weekday", "the name of a day of the week");
    internal static readonly Concept TimeOfDay = Add("time.of-day", "morning, evening, ...");
    internal static readonly Concept ClockTime = Add("time.clock", "a time such as 10:45 am");
    internal static readonly Concept Season = Add("time.season", "a season");
    internal static readonly Concept IsoDate = Add("time.iso-date", "a date such as 2019-03-04");

    // Digits
    internal static readonly Concept DigitYear = Add("digit.year", "the digits of a year");
    internal static readonly Concept DigitDay = Add("digit.day", "the digits of a day of the month");
    internal static readonly Concept DigitPrice = Add("digit.price", "the digits of a price, with its point");
    internal static readonly Concept DigitPhone = Add("digit.phone", "a telephone number");
    internal static readonly Concept DigitPercent = Add("digit.percent", "the digits of a percentage");
    internal static readonly Concept DigitAge = Add("digit.age", "the digits of a person's age");
    internal static readonly Concept Currency = Add("currency", "a currency sign");
    internal static readonly Concept Equation = Add("number.equation", "an arithmetic equation");
    internal static readonly Concept NumberTerm = Add("number.term", "a number before the equals sign");
    internal static readonly Concept NumberSum = Add("number.sum", "the result of an addition");
    internal static readonly Concept NumberDifference = Add("number.difference", "the result of a subtraction");
    internal static readonly Concept NumberProduct = Add("number.product", "the result of a multiplication");

    // Quotes and brackets
    internal static readonly Concept QuoteOpen = Add("quote.open", "the mark that opens a quotation");
    internal static readonly Concept QuoteInside = Add("quote.inside", "the words of a quotation");
    internal static readonly Concept QuoteClose = Add("quote.close", "the mark that closes a quotation");
    internal static readonly Concept QuoteNested = Add("quote.nested", "a quotation within a quotation");
    internal static readonly Concept Bracket1 = Add("bracket.depth-1", "after an opening bracket of any shape, ( [ {, in any text: within one pair");
    internal static readonly Concept Bracket2 = Add("bracket.depth-2", "within exactly two pairs of brackets of any shape");
    internal static readonly Concept Bracket3 = Add("bracket.depth-3", "within exactly three pairs of brackets of any shape");
    internal static readonly Concept Aside = Add("bracket.aside", "a remark in brackets within prose");

    // Machine-like text
    internal static readonly Concept Code = Add("code", "program code");
    internal static readonly Concept CodeKeyword = Add("code.keyword", "a keyword of a programming language");
    internal static readonly Concept CodeString = Add("code.string", "a string literal");
    internal static readonly Concept CodeComment = Add("code.comment", "a comment in code");
    internal static readonly Concept CodeNumber = Add("code.number", "a number in code");
    internal static readonly Concept CodeFunction = Add("code.function", "the name of a function that is defined or called");
    internal static readonly Concept CodeIndent = Add("code.indent", "the spaces that begin a line of code");
    internal static readonly Concept Html = Add("html", "HTML");
    internal static readonly Concept HtmlTag = Add("html.tag", "an opening tag");
    internal static readonly Concept HtmlClosingTag = Add("html.closing-tag", "a closing tag");
    internal static readonly Concept HtmlAttribute = Add("html.attribute", "the name of an attribute");
    internal static readonly Concept HtmlText = Add("html.text", "the text between tags");
    internal static readonly Concept Json = Add("json", "JSON");
    internal static readonly Concept JsonKey = Add("json.key", "a key");
    internal static readonly Concept JsonString = Add("json.string", "a string value");
    internal static readonly Concept JsonNumber = Add("json.number", "a number value");
    internal static readonly Concept JsonLiteral = Add("json.literal", "true, false, null");
    internal static readonly Concept Log = Add("log", "lines of a log");
    internal static readonly Concept LogLevel = Add("log.level", "INFO, WARN, ERROR");
    internal static readonly Concept Hexadecimal = Add("hex", "a hexadecimal number");
    internal static readonly Concept Base64 = Add("base64", "bytes in base64");
    internal static readonly Concept Dna = Add("dna", "a DNA sequence");
    internal static readonly Concept Url = Add("url", "a web address");
    internal static readonly Concept Email = Add("email", "an e-mail address");
    internal static readonly Concept TableCell = Add("table.cell", "the text of a table's cell");
    internal static readonly Concept TableHeader = Add("table.header", "the first row of a table");
    internal static readonly Concept Latex = Add("latex", "a formula in LaTeX");
    internal static readonly Concept RepeatFirst = Add("repeat.first", "a made-up word at its first appearance");
    internal static readonly Concept RepeatAgain = Add("repeat.again", "a made-up word of this section again");

    // Layout and kinds of prose
    internal static readonly Concept Heading = Add("heading", "a heading");
    internal static readonly Concept ListBullet = Add("list.bullet", "the mark before a list's item");
    internal static readonly Concept ListNumber = Add("list.number", "the number before a list's item");
    internal static readonly Concept ListItem = Add("list.item", "the text of a list's item");
    internal static readonly Concept Citation = Add("citation", "a legal citation");
    internal static readonly Concept CitationParty = Add("citation.party", "the parties of a case");
    internal static readonly Concept CitationReporter = Add("citation.reporter", "the abbreviated reporter");
    internal static readonly Concept CitationSection = Add("citation.section", "the section mark and its number");
    internal static readonly Concept Uppercase = Add("uppercase", "words in capital letters");
    internal static readonly Concept Recipe = Add("kind.recipe", "a recipe");
    internal static readonly Concept Letter = Add("kind.letter", "a letter");
    internal static readonly Concept Verse = Add("kind.verse", "a rhyming verse");
    internal static readonly Concept VerseRhyme = Add("verse.rhyme", "the last word of a line that rhymes with one before");
    internal static readonly Concept Quantity = Add("recipe.quantity", "an amount with its unit");

    // Other scripts and languages
    internal static readonly Concept Greek = Add("script.greek", "Greek");
    internal static readonly Concept Cyrillic = Add("script.cyrillic", "Cyrillic");
    internal static readonly Concept Hebrew = Add("script.hebrew", "Hebrew");
    internal static readonly Concept Arabic = Add("script.arabic", "Arabic");
    internal static readonly Concept Hangul = Add("script.hangul", "Hangul");
    internal static readonly Concept Kana = Add("script.kana", "Hiragana");
    internal static readonly Concept French = Add("language.french", "French");
    internal static readonly Concept German = Add("language.german", "German");
    internal static readonly Concept Spanish = Add("language.spanish", "Spanish");
    internal static readonly Concept Latin = Add("language.latin", "Latin");

    private static readonly Dictionary<string, Concept> ByName = Declared.ToDictionary(c => c.Name);

    /// <summary>Every concept, ordered by id.</summary>
    public static IReadOnlyList<Concept> All { get; } = Declared.AsReadOnly();

    /// <summary>The concept of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Concept Find(string name) => ByName.TryGetValue(name, out var concept)
        ? concept
        : throw new ArgumentException($"The Microworld has no concept '{name}'; its concepts are {string.Join(", ", Declared)}.");

    private static Concept Add(string name, string meaning)
    {
        var concept = new Concept(Declared.Count, name, meaning);
        Declared.Add(concept);
        return concept;
    }
}
