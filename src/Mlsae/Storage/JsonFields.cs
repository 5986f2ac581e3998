using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Mlsae.Storage;

/// <summary>Whether JSON has the fields of a record: all that it requires and no others. Types are left to the deserialiser.</summary>
internal static class JsonFields
{
    /// <summary>Compares an element, and all within it, with the type it will be read as.</summary>
    /// <param name="element">what the file holds</param>
    /// <param name="type">what it should be</param>
    /// <param name="path">of the file</param>
    /// <param name="field">where the element lies in the file; empty for the whole</param>
    /// <exception cref="InvalidDataException">A field is missing or unknown; the message names path and field.</exception>
    internal static void Check(JsonElement element, JsonTypeInfo type, string path, string field)
    {
        if (type.Kind == JsonTypeInfoKind.Object && element.ValueKind == JsonValueKind.Object)
        {
            CheckObject(element, type, path, field.Length == 0 ? "" : field + ".");
        }
        else if (type.Kind == JsonTypeInfoKind.Enumerable && element.ValueKind == JsonValueKind.Array)
        {
            int index = 0;
            foreach (var item in element.EnumerateArray())
            {
                Check(item, Of(type, type.ElementType!), path, $"{field}[{index++}]");
            }
        }
        else if (type.Kind == JsonTypeInfoKind.Dictionary && element.ValueKind == JsonValueKind.Object)
        {
            foreach (var item in element.EnumerateObject())
            {
                Check(item.Value, Of(type, type.ElementType!), path, $"{field}.{item.Name}");
            }
        }
    }

    private static void CheckObject(JsonElement element, JsonTypeInfo type, string path, string prefix)
    {
        string? discriminator = type.PolymorphismOptions?.TypeDiscriminatorPropertyName;
        if (discriminator is not null)
        {
            type = Derived(element, type, path, prefix);
        }

        foreach (var property in type.Properties)
        {
            if (element.TryGetProperty(property.Name, out var value))
            {
                Check(value, Of(type, property.PropertyType), path, prefix + property.Name);
            }
            else if (property.IsRequired)
            {
                throw new InvalidDataException($"'{path}': field '{prefix}{property.Name}' is missing.");
            }
        }

        var handling = type.UnmappedMemberHandling ?? type.Options.UnmappedMemberHandling;
        if (handling == JsonUnmappedMemberHandling.Skip || type.Properties.Any(p => p.IsExtensionData))
        {
            return;
        }

        var known = type.Properties.Select(p => p.Name).ToHashSet();
        if (discriminator is not null)
        {
            known.Add(discriminator);
        }

        foreach (var found in element.EnumerateObject().Where(f => !known.Contains(f.Name)))
        {
            throw new InvalidDataException(
                $"'{path}': field {Messages.Quote(prefix + found.Name)} is unknown; known are {string.Join(", ", known)}.");
        }
    }

    /// <summary>The type that the element's own field says it is.</summary>
    private static JsonTypeInfo Derived(JsonElement element, JsonTypeInfo type, string path, string prefix)
    {
        string field = type.PolymorphismOptions!.TypeDiscriminatorPropertyName;
        var types = type.PolymorphismOptions.DerivedTypes;
        string? name = element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new InvalidDataException($"'{path}': field '{prefix}{field}' is missing; it can be {string.Join(", ", types.Select(t => t.TypeDiscriminator))}.");
        int index = types.ToList().FindIndex(t => name == (t.TypeDiscriminator as string));
        return index >= 0
            ? Of(type, types[index].DerivedType)
            : throw new InvalidDataException($"'{path}': field '{prefix}{field}' is {Messages.Quote(name!)}; it can be {string.Join(", ", types.Select(t => t.TypeDiscriminator))}.");
    }

    private static JsonTypeInfo Of(JsonTypeInfo parent, Type type) => parent.Options.GetTypeInfo(type);
}
