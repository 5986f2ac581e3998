using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

/// <summary>Argument checks whose messages name both expressions and their values. Throwing is kept apart, so that the checks inline.</summary>
public static class Require
{
    /// <summary>Two sizes must agree.</summary>
    /// <exception cref="ArgumentException">They do not; the message names both.</exception>
    public static void Equal(
        int actual, int expected,
        [CallerArgumentExpression(nameof(actual))] string actualName = "", [CallerArgumentExpression(nameof(expected))] string expectedName = "")
    {
        if (actual != expected)
        {
            ThrowNotEqual(actual, expected, actualName, expectedName);
        }
    }

    /// <summary>A condition on the arguments must hold.</summary>
    /// <exception cref="ArgumentException">It does not; the message is <paramref name="sentence"/>.</exception>
    public static void That([DoesNotReturnIf(false)] bool condition, string sentence)
    {
        if (!condition)
        {
            throw new ArgumentException(sentence);
        }
    }

    /// <inheritdoc cref="That(bool, string)"/>
    /// <remarks>The sentence is made only where the condition does not hold: checks within a training step allocate nothing.</remarks>
    public static void That(
        [DoesNotReturnIf(false)] bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref SentenceUnless sentence)
    {
        if (!condition)
        {
            throw new ArgumentException(sentence.ToStringAndClear());
        }
    }

    /// <summary>A size must not be negative; returns it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is.</exception>
    public static int NotNegative(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }

    /// <summary>A range [start, start + count) must lie within [0, length).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    public static void Within(int start, int count, int length, [CallerArgumentExpression(nameof(start))] string name = "")
    {
        if (start < 0 || count < 0 || start > length - count)
        {
            throw new ArgumentOutOfRangeException(name, $"{name} = {start} and the {count} after it do not lie within 0..{length}.");
        }
    }

    [DoesNotReturn]
    internal static void ThrowRowOutOfRange(int row, int rows) =>
        throw new ArgumentOutOfRangeException(nameof(row), $"Row {row} of a matrix with {rows} rows.");

    [DoesNotReturn]
    private static void ThrowNotEqual(int actual, int expected, string actualName, string expectedName) =>
        throw new ArgumentException($"{actualName} is {actual} but {expectedName} is {expected}.");
}

/// <summary>An interpolated string that is put together only where a condition does not hold.</summary>
[InterpolatedStringHandler]
public ref struct SentenceUnless
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Begins.</summary>
    /// <param name="literalLength">letters that stand in the source</param>
    /// <param name="formattedCount">values that are put between them</param>
    /// <param name="condition">true where the sentence is not needed</param>
    /// <param name="isNeeded">whether it is</param>
    public SentenceUnless(int literalLength, int formattedCount, bool condition, out bool isNeeded)
    {
        isNeeded = !condition;
        _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    /// <summary>Adds letters.</summary>
    public void AppendLiteral(string letters) => _text.AppendLiteral(letters);

    /// <summary>Adds a value.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>Adds a value in a format.</summary>
    public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);

    /// <summary>The sentence.</summary>
    internal string ToStringAndClear() => _text.ToStringAndClear();
}
