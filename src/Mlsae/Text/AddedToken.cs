namespace Mlsae.Text;

/// <summary>A token that is cut out of the text before anything else looks at it.</summary>
/// <param name="Id">its id</param>
/// <param name="Content">the text it stands for</param>
/// <param name="Special">whether it marks structure, such as the end of a document, and is no text</param>
/// <param name="Normalized">whether it is looked for after normalisation instead of before</param>
/// <param name="SingleWord">whether it counts only where no letter, digit or underscore touches it</param>
/// <param name="StripLeft">whether it swallows the white space before it</param>
/// <param name="StripRight">whether it swallows the white space after it</param>
internal sealed record AddedToken(
    int Id, string Content, bool Special, bool Normalized = false, bool SingleWord = false, bool StripLeft = false, bool StripRight = false);
