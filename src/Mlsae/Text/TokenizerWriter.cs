using System.Text.Encodings.Web;
using System.Text.Json;
using Mlsae.Storage;

namespace Mlsae.Text;

/// <summary>Writes a tokenizer.json.</summary>
internal static class TokenizerWriter
{
    public static void Write(TokenizerDefinition definition, string path) =>
        AtomicFile.Write(path, stream => WriteDocument(definition, stream));

    private static void WriteDocument(TokenizerDefinition definition, Stream stream)
    {
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };
        using var json = new Utf8JsonWriter(stream, options);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, definition);
        WriteNormalizer(json, definition);
        json.WritePropertyName("pre_tokenizer");
        WriteByteLevel(json, definition);
        json.WritePropertyName("post_processor");
        if (definition.PostProcessor is string raw)
        {
            json.WriteRawValue(raw);
        }
        else
        {
            WriteByteLevel(json, definition);
        }
        json.WritePropertyName("decoder");
        WriteByteLevel(json, definition);
        WriteModel(json, definition);
        json.WriteEndObject();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in definition.AddedTokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.StripLeft);
            json.WriteBoolean("rstrip", token.StripRight);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        if (!definition.ComposesText)
        {
            json.WriteNull("normalizer");
            return;
        }
        json.WriteStartObject("normalizer");
        json.WriteString("type", "NFC");
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", definition.AddsPrefixSpace);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", definition.SplitsWords);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (string absent in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            json.WriteNull(absent);
        }
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", definition.IgnoresMerges);
        json.WriteStartObject("vocab");
        for (int id = 0; id < definition.Vocabulary.Length; id++)
        {
            if (definition.Vocabulary[id] is string token)
            {
                json.WriteNumber(token, id);
            }
        }
        json.WriteEndObject();
        WriteMerges(json, definition);
        json.WriteEndObject();
    }

    private static void WriteMerges(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        // Every version of the library reads "left right"; only tokens that hold a space themselves need the newer pairs.
        bool asPairs = definition.Vocabulary.Any(token => token?.Contains(' ') == true);
        json.WriteStartArray("merges");
        foreach ((int leftId, int rightId, _) in definition.Merges)
        {
            (string left, string right) = (definition.Vocabulary[leftId]!, definition.Vocabulary[rightId]!);
            if (asPairs)
            {
                json.WriteStartArray();
                json.WriteStringValue(left);
                json.WriteStringValue(right);
                json.WriteEndArray();
            }
            else
            {
                json.WriteStringValue($"{left} {right}");
            }
        }
        json.WriteEndArray();
    }
}
