namespace Mlsae.Text.Microworlds.Words;

/// <summary>The closed classes of words, and the verbs that have a concept.</summary>
internal static class GrammarWords
{
    public static readonly WordList[] All =
    [
        new("", Concepts.PronounI, "I me my"),
        new("", Concepts.PronounYou, "you your"),
        new("", Concepts.PronounHe, "he him his"),
        new("", Concepts.PronounShe, "she her"),
        new("", Concepts.PronounIt, "it its"),
        new("", Concepts.PronounWe, "we us our"),
        new("", Concepts.PronounThey, "they them their"),
        new("", Concepts.Article, "a the"),
        new("", Concepts.Conjunction, "and but or because so while if"),
        new("", Concepts.Preposition, "in on at by with from under near to for of into after before behind through about"),
        new("", Concepts.Negation, "not no never nobody nothing"),
        new("", Concepts.WhWord, "what where when who why how which"),
        new("", Concepts.VerbBe, "is was are were be been am"),
        new("", Concepts.VerbModal, "can could will would should must might"),
        new("", Concepts.VerbSay, "said asked replied whispered shouted answered"),
        new("", Concepts.VerbGive, "gave handed sent offered passed brought give hand send offer pass bring giving"),
        new("", Concepts.VerbMotion, "went walked ran drove came arrived left hurried"),
    ];
}
