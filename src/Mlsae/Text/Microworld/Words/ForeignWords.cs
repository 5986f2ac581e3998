namespace Mlsae.Text.Microworlds.Words;

/// <summary>Small vocabularies of other scripts and languages: everyday words, in no language's order.</summary>
internal static class ForeignWords
{
    public static readonly WordList[] Scripts =
    [
        new("", Concepts.Greek, "και το νερό σπίτι θάλασσα ήλιος μικρό ένα δρόμος καλή μέρα φως"),
        new("", Concepts.Cyrillic, "и дом вода солнце мы утро город река хлеб день книга сад"),
        new("", Concepts.Hebrew, "בית מים שמש יום לחם ספר עיר אור גן דרך טוב קטן"),
        new("", Concepts.Arabic, "بيت ماء شمس يوم خبز كتاب مدينة نور باب طريق جديد صغير"),
        new("", Concepts.Hangul, "집 물 해 날 빵 책 도시 빛 문 길 나무 바다"),
        new("", Concepts.Kana, "いえ みず たいよう ほん まち ひかり みち うみ はな そら やま ねこ"),
    ];

    public static readonly WordList[] Languages =
    [
        new("", Concepts.French, "le chat mange du pain dans la petite maison avec une amie près jardin bleu"),
        new("", Concepts.German, "der Hund schläft unter dem alten Baum und das Kind trinkt ein Glas Wasser heute"),
        new("", Concepts.Spanish, "el perro come pan en la casa pequeña con una amiga cerca del río azul"),
        new("", Concepts.Latin, "puella rosam amat et poeta in silva ambulat semper aquam portat magnus equus videt"),
    ];
}
