using System.Globalization;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Text;

/// <summary>Tokenises documents and packs them into contexts of one length.</summary>
/// <remarks>
/// Documents come one at a time, so that a corpus of any size streams. The published code joins a group's texts and tokenises them once; joining the
/// tokens of end-of-text and each document gives the same ids, because text is cut at added tokens before anything else.
/// </remarks>
public sealed class PackedContexts : IContextStream
{
    private const string PositionName = "packing.position";
    private const string PartialName = "packing.partial";

    private readonly Func<IEnumerable<string>> _documents;
    private readonly Tokenizer _tokenizer;
    private readonly PackingConfig _config;
    private readonly int[] _partial;
    private IEnumerator<string>? _cursor;
    private int _partialCount;
    private int[] _tokens = [];
    private int _tokenPosition;
    private long _epoch;
    private long _documentsRead;

    // Whether this epoch gave a context or a part of one: if not, no later one will.
    private bool _epochIsFruitful;

    /// <param name="documents">begins the documents anew at every call, in the same order</param>
    /// <param name="tokenizer">makes tokens of them</param>
    /// <param name="config">how they are packed</param>
    /// <exception cref="ArgumentException">
    /// The configuration makes no sense, or asks for end-of-text tokens where the tokenizer has none.
    /// </exception>
    public PackedContexts(Func<IEnumerable<string>> documents, Tokenizer tokenizer, PackingConfig config)
    {
        _documents = documents;
        _tokenizer = tokenizer;
        _config = config.Validated();
        _partial = new int[config.ContextLength];
        Require.That(
            !config.BeginsWithEndOfText || tokenizer.EndOfText is not null,
            $"The tokenizer has no end-of-text token; set {nameof(PackingConfig.BeginsWithEndOfText)} to false.");
    }

    /// <inheritdoc/>
    public int ContextLength => _config.ContextLength;

    /// <summary>Documents read so far in this epoch.</summary>
    public long DocumentsRead => _documentsRead;

    /// <summary>Epochs finished so far.</summary>
    public long EpochsFinished => _epoch;

    /// <inheritdoc/>
    public int[]? Next() => _config.Packing == Packing.Joined ? NextJoined() : NextOwn();

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() =>
    [
        Tensor.Of(PositionName, [ContextLength, _epoch, _documentsRead, _tokens.Length, _tokenPosition, _epochIsFruitful ? 1L : 0L], 6),
        Tensor.Of(PartialName, _partial.AsSpan(0, _partialCount), _partialCount),
    ];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        long[] position = ReadIntegers(state, PositionName);
        long[] partial = ReadIntegers(state, PartialName);
        Check(state, position.Length == 6 && position[0] == ContextLength && partial.Length <= ContextLength, $"does not fit contexts of {ContextLength} tokens");
        StartEpoch();
        (_epoch, _epochIsFruitful) = (position[1], position[5] != 0);
        for (long document = 0; document < position[2]; document++)
        {
            Check(state, _cursor!.MoveNext(), string.Create(CultureInfo.InvariantCulture, $"is {position[2]} documents in, but there are only {document}"));
        }
        _documentsRead = position[2];
        _tokens = position[2] > 0 && position[3] > 0 ? Tokens(_cursor!.Current) : [];
        Check(state, _tokens.Length == position[3] && position[4] >= 0 && position[4] <= _tokens.Length, "was saved with other documents or another tokenizer");
        _tokenPosition = (int)position[4];
        _partialCount = partial.Length;
        for (int i = 0; i < partial.Length; i++)
        {
            _partial[i] = (int)partial[i];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cursor?.Dispose();

    private int[]? NextJoined()
    {
        while (true)
        {
            int count = Math.Min(ContextLength - _partialCount, _tokens.Length - _tokenPosition);
            _tokens.AsSpan(_tokenPosition, count).CopyTo(_partial.AsSpan(_partialCount));
            _partialCount += count;
            _tokenPosition += count;
            // The published code keeps a full context only if its group goes on after it.
            if (_partialCount == ContextLength && (!_config.DropsLastOfGroup || _tokenPosition < _tokens.Length))
            {
                _partialCount = 0;
                _epochIsFruitful = true;
                return [.. _partial];
            }
            if (!ReadDocument())
            {
                return null;
            }
        }
    }

    private int[]? NextOwn()
    {
        while (ReadDocument())
        {
            int count = Math.Min(ContextLength, _tokens.Length);
            _tokenPosition = _tokens.Length;
            if (count == ContextLength || _config.PaddingId is not null)
            {
                _epochIsFruitful = true;
                var context = new int[ContextLength];
                Array.Fill(context, _config.PaddingId ?? 0);
                _tokens.AsSpan(0, count).CopyTo(context);
                return context;
            }
        }
        return null;
    }

    /// <summary>Goes on to the next document, of the next epoch if need be; false at the end of the last.</summary>
    private bool ReadDocument()
    {
        if (_cursor is null)
        {
            StartEpoch();
        }
        while (!_cursor!.MoveNext())
        {
            if (!FinishEpoch())
            {
                return false;
            }
        }
        DropPartial(_documentsRead > 0 && _documentsRead % _config.DocumentsPerGroup == 0);
        _documentsRead++;
        _tokens = Tokens(_cursor.Current);
        _tokenPosition = 0;
        _epochIsFruitful |= _tokens.Length > 0 && _config is { Packing: Packing.Joined, DropsLastOfGroup: false };
        return true;
    }

    private bool FinishEpoch()
    {
        DropPartial(true);
        (_tokens, _tokenPosition) = ([], 0);
        bool goesOn = _epochIsFruitful && (_config.Epochs is null || _epoch + 1 < _config.Epochs);
        if (goesOn)
        {
            _epoch++;
            StartEpoch();
        }
        return goesOn;
    }

    private void DropPartial(bool groupEnded)
    {
        if (groupEnded && _config.DropsLastOfGroup)
        {
            _partialCount = 0;
        }
    }

    private void StartEpoch()
    {
        _cursor?.Dispose();
        _cursor = _documents().GetEnumerator();
        _documentsRead = 0;
        _epochIsFruitful = false;
    }

    private int[] Tokens(string document)
    {
        int[] tokens = _tokenizer.Encode(document);
        return _config.BeginsWithEndOfText ? [_tokenizer.EndOfText!.Value, .. tokens] : tokens;
    }

    private static long[] ReadIntegers(ITensorSource state, string name)
    {
        var values = new long[state.Describe(name).Shape.Aggregate(1L, (product, size) => product * size)];
        state.Read(name, 0, values);
        return values;
    }

    private static void Check(ITensorSource state, bool condition, string complaint)
    {
        if (!condition)
        {
            throw new InvalidDataException($"{state.Path}: the position in the text {complaint}.");
        }
    }
}
