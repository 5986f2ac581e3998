using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Activations;

/// <summary>
/// Activations from safetensors files of a tensor [token, layer, d_model] (or [token, d_model] for one layer) of any float type, made here or
/// elsewhere. One file is open at a time and only what is asked for is read, so there may be more than fits into memory.
/// </summary>
public sealed class ActivationFiles : IActivationStream
{
    private const string PositionName = "files.position";
    private const string TokensName = "files.tokens";

    private readonly IReadOnlyList<ActivationFile> _files;
    private readonly long? _epochs;
    private SafetensorsFile? _open;
    private int _openIndex = -1;
    private long _epoch;
    private int _file;
    private long _token;

    private ActivationFiles(IReadOnlyList<ActivationFile> files, long? epochs)
    {
        _files = files;
        _epochs = epochs;
    }

    /// <inheritdoc/>
    public int LayerCount => _files[0].LayerCount;

    /// <inheritdoc/>
    public int ModelDim => _files[0].ModelDim;

    /// <summary>Tokens of one epoch.</summary>
    public long TokenCount => _files.Sum(file => file.TokenCount);

    /// <summary>Opens one file, or all .safetensors files of a folder in ordinal order of their names.</summary>
    /// <param name="path">the file or folder</param>
    /// <param name="tensor">the tensor's name; where null it is "activations", or else the only tensor of two or three axes</param>
    /// <param name="epochs">how often the data is gone through; null for ever</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the folder has no .safetensors files.</exception>
    /// <exception cref="InvalidDataException">A file is malformed or lacks the tensor, or files differ in layers or width.</exception>
    public static ActivationFiles Open(string path, string? tensor = null, long? epochs = 1)
    {
        Require.That(epochs is null or > 0, $"Activations cannot be gone through {epochs} times.");
        var files = Paths(path).Select(file => ActivationFile.Describe(file, tensor)).ToList();
        foreach (var file in files)
        {
            if (file.LayerCount != files[0].LayerCount || file.ModelDim != files[0].ModelDim)
            {
                throw new InvalidDataException(
                    $"'{file.Path}' has {file.LayerCount} layers of width {file.ModelDim} where '{files[0].Path}' has {files[0].LayerCount} of {files[0].ModelDim}.");
            }
        }

        return files.Any(file => file.TokenCount > 0)
            ? new ActivationFiles(files, epochs)
            : throw new InvalidDataException($"'{path}' holds activations of no tokens.");
    }

    /// <inheritdoc/>
    public int Read(Matrix destination)
    {
        int capacity = ActivationRows.Capacity(this, destination);
        int done = 0;
        while (done < capacity && MoveToData())
        {
            int tokens = (int)Math.Min(capacity - done, _files[_file].TokenCount - _token);
            ReadTokens(destination.RowWindow(done * LayerCount, tokens * LayerCount));
            done += tokens;
            _token += tokens;
        }

        return done;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() =>
    [
        Tensor.Of(PositionName, [_epoch, _file, _token], 3),
        Tensor.Of(TokensName, [.. _files.Select(file => file.TokenCount)], _files.Count),
    ];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        long[] tokens = state.ReadLongs(TokensName, _files.Count);
        long[] position = state.ReadLongs(PositionName, 3);
        ActivationRows.CheckState(
            tokens.SequenceEqual(_files.Select(file => file.TokenCount)), state, TokensName, "was saved with other files of activations");
        bool fits = position[0] >= 0 && position[0] <= (_epochs ?? long.MaxValue)
            && position[1] >= 0 && position[1] <= _files.Count
            && position[2] >= 0 && position[2] <= (position[1] < _files.Count ? tokens[position[1]] : 0);
        ActivationRows.CheckState(fits, state, PositionName, "lies outside the files of activations");
        (_epoch, _file, _token) = (position[0], (int)position[1], position[2]);
    }

    /// <inheritdoc/>
    public void Dispose() => _open?.Dispose();

    private static IEnumerable<string> Paths(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        string[] files = Directory.GetFiles(path, "*.safetensors");
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new FileNotFoundException($"The folder '{path}' has no .safetensors files.", path);
    }

    /// <summary>Goes past the ends of files and epochs to the next token; false at the end of the data.</summary>
    private bool MoveToData()
    {
        while (_epochs is null || _epoch < _epochs)
        {
            if (_file == _files.Count)
            {
                (_epoch, _file, _token) = (_epoch + 1, 0, 0);
            }
            else if (_token == _files[_file].TokenCount)
            {
                (_file, _token) = (_file + 1, 0);
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private void ReadTokens(Matrix rows)
    {
        var file = _files[_file];
        if (_openIndex != _file)
        {
            _open?.Dispose();
            _openIndex = -1;
            _open = SafetensorsFile.Open(file.Path);
            _open.RequireShape(file.Tensor, file.Shape);
            _openIndex = _file;
        }

        long start = _token * LayerCount * ModelDim;
        if (rows.IsContiguous)
        {
            _open!.Read(file.Tensor, start, rows.AsSpan());
            return;
        }

        for (int row = 0; row < rows.Rows; row++)
        {
            _open!.Read(file.Tensor, start + (long)row * ModelDim, rows.Row(row));
        }
    }
}
