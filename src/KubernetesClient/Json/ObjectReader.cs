using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KubernetesClient.Json;

/// <summary>Reads objects and lists out of answers; untrusted.</summary>
internal static class ObjectReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>How objects of a type are read.</summary>
    /// <exception cref="InvalidOperationException">The type is not registered in <see cref="ApiJson"/>: a bug.</exception>
    public static JsonTypeInfo<T> TypeOf<T>() =>
        ApiJson.Default.GetTypeInfo(typeof(T)) as JsonTypeInfo<T> ?? throw new InvalidOperationException($"{typeof(T).Name} is not in {nameof(ApiJson)}");

    /// <summary>Reads an object.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="value">The object, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? fault)
        where T : class, IKubernetesResource<T>
    {
        value = null;
        try
        {
            fault = KindFault(json, T.Resource);
            if (fault is null)
            {
                value = JsonSerializer.Deserialize(json, TypeOf<T>());
                fault = value is null ? "null in place of an object" : null;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            fault = Fault(e);
        }

        return fault is null && value is not null;
    }

    /// <summary>Reads a list.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="list">The list, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryReadList<T>(
        ReadOnlySpan<byte> json, [NotNullWhen(true)] out KubernetesList<T>? list, [NotNullWhen(false)] out string? fault)
        where T : class, IKubernetesResource<T>
    {
        list = null;
        try
        {
            fault = ReadList(json, out list);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            fault = Fault(e);
        }

        return fault is null && list is not null;
    }

    /// <summary>Reads the version that a bookmark tells.</summary>
    /// <param name="json">The bookmark's object.</param>
    /// <returns>The version; null where there is none.</returns>
    public static string? Version(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ApiJson.Default.Envelope)?.Metadata?.ResourceVersion;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Splits an event of a watch.</summary>
    /// <param name="line">The line.</param>
    /// <param name="type">Its type, or null.</param>
    /// <param name="start">Where its object begins.</param>
    /// <param name="length">How long its object is; 0 where there is none.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? SplitEvent(ReadOnlySpan<byte> line, out string? type, out int start, out int length)
    {
        (type, start, length) = (null, 0, 0);
        try
        {
            var reader = new Utf8JsonReader(line, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return "an event that is no object";
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    type = reader.GetString();
                }
                else if (reader.ValueTextEquals("object"u8))
                {
                    reader.Read();
                    start = checked((int)reader.TokenStartIndex);
                    reader.Skip();
                    length = checked((int)reader.BytesConsumed) - start;
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            return reader.Read() ? "more than one event on a line" : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Fault(e);
        }
    }

    // Where T is wrong about what it reads, every field could be missing, and nobody would notice.
    private static string? KindFault(ReadOnlySpan<byte> json, ResourceKind expected) =>
        JsonSerializer.Deserialize(json, ApiJson.Default.Envelope) is { } envelope
        && (envelope.Kind != expected.Kind || envelope.ApiVersion != expected.ApiVersion)
            ? $"an object of another kind than {expected.ApiVersion} {expected.Kind}"
            : null;

    private static string? ReadList<T>(ReadOnlySpan<byte> json, out KubernetesList<T>? list)
        where T : class, IKubernetesResource<T>
    {
        list = null;
        var type = TypeOf<T>();
        var reader = new Utf8JsonReader(json, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return "no list";
        }

        List<T>? items = null;
        ListMetadata? metadata = null;
        string? kind = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("kind"u8))
            {
                reader.Read();
                kind = reader.GetString();
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                metadata = JsonSerializer.Deserialize(ref reader, ApiJson.Default.ListMetadata);
            }
            else if (reader.ValueTextEquals("items"u8))
            {
                items = ReadItems(ref reader, type);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (reader.Read() || kind != T.Resource.Kind + "List" || items is null || metadata?.ResourceVersion is not { Length: > 0 } version)
        {
            return $"no list of {T.Resource.Kind} with a version";
        }

        list = new(items, version, metadata.Continue is { Length: > 0 } more ? more : null);
        return null;
    }

    private static List<T> ReadItems<T>(ref Utf8JsonReader reader, JsonTypeInfo<T> type)
        where T : class
    {
        var items = new List<T>();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return items; // how Go writes a list that was never made
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("items that are no list");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("null in place of an object"));
        }

        return items;
    }

    // The path is that of the model; the message itself may hold what was read.
    private static string Fault(Exception exception) =>
        exception is JsonException { Path: { } path } ? $"not the JSON of the API at `{(path.Length > 128 ? path[..128] : path)}`" : "not the JSON of the API";
}
