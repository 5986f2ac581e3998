using System.Text.Json;

namespace Mlsae.Text;

/// <summary>Reads a tokenizer.json of the byte-level BPE kind and refuses everything else by the name of its field.</summary>
internal sealed class TokenizerReader
{
    // Arrays are as long as the largest id, so a file must not be able to ask for any length.
    private const int LargestId = 1 << 24;

    private readonly string _path;

    private TokenizerReader(string path) => _path = path;

    public static TokenizerDefinition Read(string path)
    {
        var reader = new TokenizerReader(path);
        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return reader.ReadDefinition(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8 or has an unpaired surrogate.
            throw new InvalidDataException($"{path}: not valid JSON: {error.Message}", error);
        }
    }

    private TokenizerDefinition ReadDefinition(JsonElement root)
    {
        JsonElement model = Object(root, "", "model");
        RequireByteLevelBpe(model);
        Dictionary<string, int> ids = ReadVocabulary(Object(model, "model", "vocab"));
        (bool prefixSpace, bool splitsWords) = ReadPreTokenizer(root);
        ReadDecoder(root);
        return new TokenizerDefinition
        {
            Vocabulary = ById(ids),
            Merges = ReadMerges(model, ids),
            AddedTokens = ReadAddedTokens(root),
            ComposesText = ReadNormalizer(root),
            AddsPrefixSpace = prefixSpace,
            SplitsWords = splitsWords,
            IgnoresMerges = Flag(model, "model", "ignore_merges", false),
            PostProcessor = Optional(root, "post_processor")?.GetRawText(),
        };
    }

    private void RequireByteLevelBpe(JsonElement model)
    {
        string type = Optional(model, "type") is JsonElement element ? Text(element, "model.type") : "BPE";
        Check(type == "BPE", $"model.type is \"{type}\"; only \"BPE\" is supported");
        Check(Optional(model, "dropout") is not JsonElement dropout || IsZero(dropout), "model.dropout is set; only null is supported");
        Check(!Flag(model, "model", "byte_fallback", false), "model.byte_fallback is true; only byte-level vocabularies are supported");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            bool empty = Optional(model, affix) is not JsonElement value || Text(value, $"model.{affix}").Length == 0;
            Check(empty, $"model.{affix} is set; only null and \"\" are supported");
        }
    }

    private Dictionary<string, int> ReadVocabulary(JsonElement vocab)
    {
        var ids = new Dictionary<string, int>();
        foreach (JsonProperty entry in vocab.EnumerateObject())
        {
            // Messages are made only where they are needed: there are tens of thousands of entries.
            int id = TryId(entry.Value) ?? throw NotAnId(entry.Value, $"model.vocab[\"{entry.Name}\"]");
            if (!ids.TryAdd(entry.Name, id))
            {
                throw Wrong($"model.vocab has \"{entry.Name}\" twice");
            }
        }
        for (int value = 0; value < 256; value++)
        {
            char symbol = ByteAlphabet.Symbol((byte)value);
            bool known = ids.ContainsKey(symbol.ToString()) || !ByteAlphabet.OccursInText((byte)value);
            Check(known, $"model.vocab lacks \"{symbol}\", which stands for byte 0x{value:X2}; it is not byte-level");
        }
        return ids;
    }

    private string?[] ById(Dictionary<string, int> ids)
    {
        var vocabulary = new string?[ids.Values.Max() + 1];
        foreach ((string token, int id) in ids)
        {
            if (vocabulary[id] is string other)
            {
                throw Wrong($"model.vocab gives id {id} to both \"{other}\" and \"{token}\"");
            }
            vocabulary[id] = token;
        }
        return vocabulary;
    }

    private List<(int Left, int Right, int Merged)> ReadMerges(JsonElement model, Dictionary<string, int> ids)
    {
        JsonElement array = Required(model, "model", "merges");
        Check(array.ValueKind == JsonValueKind.Array, "model.merges is not an array");
        var merges = new List<(int, int, int)>(array.GetArrayLength());
        var seen = new HashSet<(int, int)>();
        foreach (JsonElement element in array.EnumerateArray())
        {
            (string left, string right) = ReadPair(element, merges.Count);
            int leftId = Find(ids, left, merges.Count);
            int rightId = Find(ids, right, merges.Count);
            if (!seen.Add((leftId, rightId)))
            {
                throw Wrong($"model.merges[{merges.Count}] merges \"{left}\" and \"{right}\", as an earlier one does");
            }
            merges.Add((leftId, rightId, Find(ids, left + right, merges.Count)));
        }
        return merges;
    }

    private (string Left, string Right) ReadPair(JsonElement element, int index)
    {
        if (element.ValueKind == JsonValueKind.String && element.GetString()!.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right])
        {
            return (left, right);
        }
        bool pair = element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2
            && element.EnumerateArray().All(side => side.ValueKind == JsonValueKind.String);
        return pair
            ? (element[0].GetString()!, element[1].GetString()!)
            : throw Wrong($"model.merges[{index}] is neither two tokens with a space between them nor an array of two tokens");
    }

    private int Find(Dictionary<string, int> ids, string token, int index) =>
        ids.TryGetValue(token, out int id) ? id : throw Wrong($"model.merges[{index}] needs the token \"{token}\", which model.vocab lacks");

    private List<AddedToken> ReadAddedTokens(JsonElement root)
    {
        var tokens = new List<AddedToken>();
        if (Optional(root, "added_tokens") is not JsonElement array)
        {
            return tokens;
        }
        Check(array.ValueKind == JsonValueKind.Array, "added_tokens is not an array");
        foreach (JsonElement element in array.EnumerateArray())
        {
            string field = $"added_tokens[{tokens.Count}]";
            Check(element.ValueKind == JsonValueKind.Object, $"{field} is not an object");
            string content = Text(Required(element, field, "content"), $"{field}.content");
            Check(content.Length > 0, $"{field}.content is empty");
            bool special = Flag(element, field, "special", false);
            tokens.Add(new AddedToken(
                Id(Required(element, field, "id"), $"{field}.id"), content, special,
                Flag(element, field, "normalized", !special), Flag(element, field, "single_word", false),
                Flag(element, field, "lstrip", false), Flag(element, field, "rstrip", false)));
        }
        return tokens;
    }

    private bool ReadNormalizer(JsonElement root)
    {
        string[] types = [.. Steps(root, "normalizer", "normalizers").Select(step => step.Type)];
        string? unknown = types.FirstOrDefault(type => type != "NFC");
        Check(unknown is null, $"normalizer.type is \"{unknown}\"; only \"NFC\" and null are supported");
        return types.Length > 0;
    }

    private (bool PrefixSpace, bool SplitsWords) ReadPreTokenizer(JsonElement root)
    {
        (string Type, JsonElement Element)[] steps = Steps(root, "pre_tokenizer", "pretokenizers");
        string? unknown = steps.Select(step => step.Type).FirstOrDefault(type => type != "ByteLevel");
        Check(unknown is null, $"pre_tokenizer.type is \"{unknown}\"; only \"ByteLevel\" is supported");
        Check(steps.Length == 1, $"pre_tokenizer has {steps.Length} steps; one, \"ByteLevel\", is supported");
        JsonElement step = steps[0].Element;
        return (Flag(step, "pre_tokenizer", "add_prefix_space", true), Flag(step, "pre_tokenizer", "use_regex", true));
    }

    private void ReadDecoder(JsonElement root)
    {
        string? unknown = Steps(root, "decoder", "decoders").Select(step => step.Type).FirstOrDefault(type => type != "ByteLevel");
        Check(unknown is null, $"decoder.type is \"{unknown}\"; only \"ByteLevel\" is supported");
    }

    /// <summary>The one step of a field, the steps of its Sequence, or none where it is null.</summary>
    private (string Type, JsonElement Element)[] Steps(JsonElement root, string field, string listName)
    {
        if (Optional(root, field) is not JsonElement element)
        {
            return [];
        }
        Check(element.ValueKind == JsonValueKind.Object, $"{field} is not an object");
        string type = Text(Required(element, field, "type"), $"{field}.type");
        if (type != "Sequence")
        {
            return [(type, element)];
        }
        JsonElement list = Required(element, field, listName);
        Check(list.ValueKind == JsonValueKind.Array, $"{field}.{listName} is not an array");
        return [.. list.EnumerateArray().Select(step => (Text(Required(step, $"{field}.{listName}", "type"), $"{field}.type"), step))];
    }

    private JsonElement Object(JsonElement parent, string parentName, string name)
    {
        JsonElement element = Required(parent, parentName, name);
        Check(element.ValueKind == JsonValueKind.Object, $"{name} is not an object");
        return element;
    }

    private JsonElement Required(JsonElement parent, string parentName, string name)
    {
        Check(parent.ValueKind == JsonValueKind.Object, parentName.Length > 0 ? $"{parentName} is not an object" : "the file is not a JSON object");
        return Optional(parent, name) ?? throw Wrong($"{(parentName.Length > 0 ? $"{parentName}." : "")}{name} is missing");
    }

    private static JsonElement? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement element) && element.ValueKind != JsonValueKind.Null ? element : null;

    private bool Flag(JsonElement parent, string parentName, string name, bool absent)
    {
        if (Optional(parent, name) is not JsonElement element)
        {
            return absent;
        }
        Check(element.ValueKind is JsonValueKind.True or JsonValueKind.False, $"{parentName}.{name} is neither true nor false");
        return element.GetBoolean();
    }

    private string Text(JsonElement element, string field)
    {
        Check(element.ValueKind == JsonValueKind.String, $"{field} is not a string");
        return element.GetString()!;
    }

    private int Id(JsonElement element, string field) => TryId(element) ?? throw NotAnId(element, field);

    private static int? TryId(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) && value is >= 0 and < LargestId ? value : null;

    private InvalidDataException NotAnId(JsonElement element, string field) =>
        Wrong($"{field} is {element.GetRawText()}; an id is a whole number from 0 to {LargestId - 1}");

    private static bool IsZero(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && value == 0;

    private void Check(bool condition, string complaint)
    {
        if (!condition)
        {
            throw Wrong(complaint);
        }
    }

    private InvalidDataException Wrong(string complaint) => new($"{_path}: {complaint}.");
}
