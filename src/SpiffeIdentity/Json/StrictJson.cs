using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace SpiffeIdentity.Json;

/// <summary>Untrusted JSON, read so that no two readers can understand it differently: UTF-8, no member twice, bounded depth, no comments.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Takes something out of a document.</summary>
    /// <typeparam name="T">What is taken.</typeparam>
    /// <param name="utf8">The document; untrusted, its length already bounded.</param>
    /// <param name="read">Takes it from the root element, of any kind.</param>
    /// <param name="result">What was taken; the value of default where the document cannot be read.</param>
    /// <returns>Whether the document is JSON, down to every text that was looked at.</returns>
    public static bool TryRead<T>(ReadOnlyMemory<byte> utf8, Func<JsonElement, T> read, [NotNullWhen(true)] out T? result)
    {
        result = default;
        try
        {
            using var document = JsonDocument.Parse(utf8, Options);
            result = read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8, or half of a surrogate pair, once it is decoded.
            return false;
        }

        return result is not null;
    }

    /// <summary>Whether a member is there and is one text.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="value">The text.</param>
    /// <returns>Whether it is.</returns>
    public static bool Is(this JsonElement element, string name, string value) =>
        element.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.String
        && member.ValueEquals(value);

    /// <summary>Reads a member that is a text.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="value">The text, or null.</param>
    /// <returns>Whether the member is there and a text.</returns>
    public static bool TryGetText(this JsonElement element, string name, [NotNullWhen(true)] out string? value)
    {
        value = element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        return value is not null;
    }
}
