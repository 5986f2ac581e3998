using Mlsae.Numerics;

namespace Mlsae.Text;

/// <summary>How documents become contexts.</summary>
public enum Packing
{
    /// <summary>Documents are joined, each after an end-of-text token, and cut wherever a context is full.</summary>
    Joined,

    /// <summary>Every document begins a context of its own, after an end-of-text token; what does not fit is cut off.</summary>
    OneDocumentPerContext,
}

/// <summary>Everything that defines how documents become contexts.</summary>
public sealed record PackingConfig
{
    /// <summary>Tokens in each context.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Whether documents share contexts.</summary>
    public Packing Packing { get; init; } = Packing.Joined;

    /// <summary>Whether an end-of-text token stands before every document.</summary>
    public bool BeginsWithEndOfText { get; init; } = true;

    /// <summary>
    /// As the published mlsae code does: the last context of every <see cref="DocumentsPerGroup"/> documents is dropped, be it full or not. Otherwise
    /// what is left of a group begins the next one's first context, and only what is left at the very end is dropped.
    /// </summary>
    public bool DropsLastOfGroup { get; init; }

    /// <summary>Documents that are joined and tokenised together, where <see cref="DropsLastOfGroup"/>.</summary>
    public int DocumentsPerGroup { get; init; } = 1024;

    /// <summary>
    /// The id that fills up a context whose document is too short, where each has its own; null leaves such documents out.
    /// </summary>
    public int? PaddingId { get; init; }

    /// <summary>Times the documents are gone through; null for without end.</summary>
    public int? Epochs { get; init; } = 1;

    /// <summary>Packing exactly as in the published mlsae code.</summary>
    /// <param name="contextLength">tokens; 2,048 there</param>
    public static PackingConfig Published(int contextLength) => new() { ContextLength = contextLength, DropsLastOfGroup = true };

    /// <summary>This configuration, if it makes sense.</summary>
    /// <exception cref="ArgumentException">It does not; the message names the field.</exception>
    public PackingConfig Validated()
    {
        Require.That(ContextLength > 0, $"{nameof(ContextLength)} is {ContextLength}; it must be positive.");
        Require.That(DocumentsPerGroup > 0, $"{nameof(DocumentsPerGroup)} is {DocumentsPerGroup}; it must be positive.");
        Require.That(Epochs is null or > 0, $"{nameof(Epochs)} is {Epochs}; it must be positive, or null for without end.");
        Require.That(
            PaddingId is null || Packing == Packing.OneDocumentPerContext,
            $"{nameof(PaddingId)} is set, but joined documents leave nothing to pad.");
        Require.That(
            !DropsLastOfGroup || Packing == Packing.Joined,
            $"{nameof(DropsLastOfGroup)} is set, but only joined documents come in groups.");
        return this;
    }
}
