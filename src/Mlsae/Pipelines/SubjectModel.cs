using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Transformers;

namespace Mlsae.Pipelines;

/// <summary>The model that a run's dictionaries are of, and its tokenizer; loaded when first asked for, once for all dictionaries.</summary>
/// <param name="run">whose messages name it</param>
/// <param name="name">a folder, or an embedded model's name; null where the run was trained on files of activations</param>
/// <param name="tokenizer">a tokenizer.json; null for the model's own</param>
internal sealed class SubjectModel(RunFolder run, string? name, string? tokenizer)
{
    private readonly Lock _loading = new();
    private LanguageModel? _model;
    private Tokenizer? _tokenizer;

    /// <summary>What it was named as.</summary>
    public string? Name => name;

    /// <summary>The model.</summary>
    /// <exception cref="InvalidDataException">None is known, or a file is damaged.</exception>
    public LanguageModel Model
    {
        get
        {
            lock (_loading)
            {
                return _model ??= LanguageModel.Load(Folder);
            }
        }
    }

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InvalidDataException">No model is known, or a file is damaged.</exception>
    public Tokenizer Tokenizer
    {
        get
        {
            lock (_loading)
            {
                return _tokenizer ??= TextData.Tokenizer(Folder, tokenizer);
            }
        }
    }

    private string Folder => EmbeddedModels.Folder(name ?? throw new InvalidDataException(
        $"'{run.Path}' was trained on files of activations; name the model they came from with --model."));
}
