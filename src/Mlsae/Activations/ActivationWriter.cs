using System.Globalization;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Activations;

/// <summary>
/// Writes activations to a folder of safetensors files, each with one tensor "activations" [token, layer, d_model]: what
/// <see cref="ActivationFiles"/> and any other safetensors reader can read. Each file is written whole.
/// </summary>
public sealed class ActivationWriter
{
    private readonly string _folder;
    private readonly ElementType _type;
    private readonly IReadOnlyDictionary<string, string>? _metadata;
    private readonly Matrix _shard;
    private readonly int _layerCount;
    private int _shards;
    private int _tokens;

    /// <summary>A writer to a folder that holds no safetensors files yet.</summary>
    /// <param name="folder">made where it is missing</param>
    /// <param name="layerCount">L</param>
    /// <param name="modelDim">d_model</param>
    /// <param name="tokensPerFile">tokens in each file but the last; where null as many as make 64 MiB of 32-bit floats</param>
    /// <param name="type">F32, F16 or BF16</param>
    /// <param name="metadata">text stored in each file, such as the model's name and the hook points</param>
    /// <exception cref="ArgumentException">A size is not positive, or the type is another.</exception>
    /// <exception cref="IOException">The folder holds safetensors files already.</exception>
    public ActivationWriter(
        string folder, int layerCount, int modelDim, int? tokensPerFile = null, ElementType type = ElementType.F32,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        Require.That(layerCount > 0 && modelDim > 0 && tokensPerFile is null or > 0, "Layers, width and tokens of each file must be positive.");
        Require.That(
            type is ElementType.F32 or ElementType.F16 or ElementType.BF16, $"Activations are written as F32, F16 or BF16, not as {type}.");
        if (Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.safetensors").Any())
        {
            throw new IOException($"'{folder}' holds safetensors files already: choose another folder for the activations.");
        }

        (_folder, _type, _metadata, _layerCount) = (folder, type, metadata, layerCount);
        _shard = new Matrix((tokensPerFile ?? Math.Max(1, (1 << 24) / (layerCount * modelDim))) * layerCount, modelDim);
    }

    /// <summary>Tokens written so far, those that wait for their file included.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Reads a stream to its end, or to a number of tokens, and writes it all.</summary>
    /// <param name="activations">read from where it stands</param>
    /// <param name="limit">the most tokens to write; null for all</param>
    /// <param name="progress">told the tokens written so far</param>
    /// <param name="cancellation">stops between two blocks; whole files stay</param>
    public void WriteAll(
        IActivationStream activations, long? limit = null, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        int block = Math.Min(4096, _shard.Rows / _layerCount);
        var rows = new Matrix(block * _layerCount, _shard.Columns);
        int read = block;
        for (long left = limit ?? long.MaxValue; left > 0 && read == block; left -= read)
        {
            cancellation.ThrowIfCancellationRequested();
            block = (int)Math.Min(block, left);
            read = activations.Read(rows.RowWindow(0, block * _layerCount));
            Write(rows.RowWindow(0, read * _layerCount));
            progress?.Report(TokenCount);
        }

        Finish();
    }

    /// <summary>Writes tokens; a file is written when it is full.</summary>
    /// <param name="rows">[tokens · L × d_model] row t·L + l is token t at layer l</param>
    /// <exception cref="ArgumentException">Its columns are not the width, or its rows are not whole tokens.</exception>
    public void Write(Matrix rows)
    {
        Require.Equal(rows.Columns, _shard.Columns);
        Require.That(rows.Rows % _layerCount == 0, $"{rows.Rows} rows are not whole tokens of {_layerCount} layers.");
        for (int done = 0; done < rows.Rows;)
        {
            int count = Math.Min(rows.Rows - done, _shard.Rows - _tokens * _layerCount);
            rows.RowWindow(done, count).CopyTo(_shard.RowWindow(_tokens * _layerCount, count));
            done += count;
            _tokens += count / _layerCount;
            TokenCount += count / _layerCount;
            if (_tokens * _layerCount == _shard.Rows)
            {
                WriteFile();
            }
        }
    }

    /// <summary>Writes what waits for its file. Without this call the last tokens are lost.</summary>
    public void Finish()
    {
        if (_tokens > 0)
        {
            WriteFile();
        }
    }

    private void WriteFile()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"activations-{_shards:D5}.safetensors");
        var values = _shard.RowWindow(0, _tokens * _layerCount).AsSpan();
        long[] shape = [_tokens, _layerCount, _shard.Columns];
        var tensor = _type switch
        {
            ElementType.F16 => Tensor.OfHalf(ActivationFile.DefaultTensor, values, shape),
            ElementType.BF16 => Tensor.OfBrainFloat(ActivationFile.DefaultTensor, values, shape),
            _ => Tensor.Of(ActivationFile.DefaultTensor, values, shape),
        };
        SafetensorsFile.Write(Path.Combine(_folder, name), [tensor], _metadata);
        _shards++;
        _tokens = 0;
    }
}
