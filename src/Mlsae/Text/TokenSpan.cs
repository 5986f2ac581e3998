namespace Mlsae.Text;

/// <summary>A token and the characters it came from.</summary>
/// <param name="Id">the token's id</param>
/// <param name="Start">the first UTF-16 unit of the first character that the token has a byte of</param>
/// <param name="Length">UTF-16 units to the end of the last character that the token has a byte of</param>
/// <remarks>Tokens that share the bytes of one character all span that character.</remarks>
public readonly record struct TokenSpan(int Id, int Start, int Length);
