namespace Mlsae.Endpoints;

/// <summary>A question was not asked because the cap on spend could have been passed.</summary>
public sealed class SpendLimitException(string sentence) : Exception(sentence);
