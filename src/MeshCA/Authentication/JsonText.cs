using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace MeshCA.Authentication;

/// <summary>Untrusted JSON, read strictly: one object, bounded depth, no member twice, no comments.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 12, AllowDuplicateProperties = false };

    /// <summary>Reads an object and lets a function pick what it needs.</summary>
    /// <param name="utf8">The text; untrusted, its length already bounded.</param>
    /// <param name="read">Picks; returns null for an object it does not accept.</param>
    /// <param name="value">What was picked, or null.</param>
    /// <returns>Whether the text is such an object.</returns>
    public static bool TryRead<T>(ReadOnlyMemory<byte> utf8, Func<JsonElement, T?> read, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = null;
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            value = document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is no Unicode, such as the escape of half a surrogate pair.
        }

        return value is not null;
    }

    /// <summary>Reads an optional member that must be a string where it is there.</summary>
    /// <returns>Whether the member is absent or a string.</returns>
    public static bool TryGetString(this JsonElement element, string name, out string? value)
    {
        value = null;
        if (!element.TryGetProperty(name, out var member))
        {
            return true;
        }

        value = member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        return value is not null;
    }

    /// <summary>Reads an optional member that must be an object where it is there.</summary>
    /// <returns>Whether the member is absent or an object.</returns>
    public static bool TryGetObject(this JsonElement element, string name, out JsonElement? value)
    {
        value = element.TryGetProperty(name, out var member) ? member : null;
        return value is null or { ValueKind: JsonValueKind.Object };
    }
}
