using System.Text.Json;

namespace Mlsae.Transformers;

/// <summary>The fields of one JSON object, read with messages that name the file and the field.</summary>
internal sealed class ConfigFields(string path, JsonElement json)
{
    private static readonly (string Name, ActivationKind Kind)[] Activations =
    [
        ("gelu", ActivationKind.Gelu),
        ("gelu_new", ActivationKind.GeluTanh),
        ("gelu_pytorch_tanh", ActivationKind.GeluTanh),
        ("gelu_fast", ActivationKind.GeluTanh),
        ("relu", ActivationKind.Relu),
    ];

    /// <summary>Hugging Face's name of an activation function.</summary>
    public static string Name(ActivationKind kind) => kind == ActivationKind.GatedSilu ? "silu" : Activations.First(a => a.Kind == kind).Name;

    public InvalidDataException Bad(string field, string what) => new($"{path}: the field {field} {what}.");

    public bool IsMissing(string field) => !TryGet(field, out _);

    public int Size(string field)
    {
        if (!TryGet(field, out var value))
        {
            throw Bad(field, "is missing; it must be a positive integer");
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int size) && size > 0
            ? size
            : throw Bad(field, $"is {value.GetRawText()}; it must be a positive integer");
    }

    public double Number(string field, double standard) => Number(field, (double?)null) ?? standard;

    public double? Number(string field, double? standard)
    {
        if (!TryGet(field, out var value))
        {
            return standard;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number)
            ? number
            : throw Bad(field, $"is {value.GetRawText()}; it must be a positive number");
    }

    public bool Flag(string field, bool standard)
    {
        if (!TryGet(field, out var value))
        {
            return standard;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Bad(field, $"is {value.GetRawText()}; it must be true or false");
    }

    public string Text(string field, string standard)
    {
        if (!TryGet(field, out var value))
        {
            return standard;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Bad(field, $"is {value.GetRawText()}; it must be a string");
    }

    /// <summary>The first string of an array of strings, or null where there is none.</summary>
    public string? FirstText(string field) =>
        TryGet(field, out var value) && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.String
            ? value[0].GetString()
            : null;

    public ConfigFields? Object(string field)
    {
        if (!TryGet(field, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object ? new ConfigFields($"{path} in {field}", value) : throw Bad(field, "must be an object");
    }

    public ActivationKind Activation(string field)
    {
        string name = Text(field, "");
        foreach (var (known, kind) in Activations)
        {
            if (name == known)
            {
                return kind;
            }
        }

        string supported = string.Join(", ", Activations.Select(a => a.Name));
        throw Bad(field, name == "" ? $"is missing; supported are {supported}" : $"is '{name}'; supported are {supported}");
    }

    /// <summary>Refuses a field that is present with any value but the one whose formula this project computes.</summary>
    public void RefuseUnless(string field, JsonValueKind only)
    {
        if (TryGet(field, out var value) && value.ValueKind != only)
        {
            throw Bad(field, $"is {value.GetRawText()}, which is not supported; it must be absent or {only.ToString().ToLowerInvariant()}");
        }
    }

    public void RequireText(string field, string only)
    {
        string text = Text(field, only);
        if (text != only)
        {
            throw Bad(field, $"is '{text}', which is not supported; it must be '{only}'");
        }
    }

    /// <summary>A field that is null counts as absent, as it does for the writers of these files.</summary>
    private bool TryGet(string field, out JsonElement value) => json.TryGetProperty(field, out value) && value.ValueKind != JsonValueKind.Null;
}
