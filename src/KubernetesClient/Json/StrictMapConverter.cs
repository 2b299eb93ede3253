using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace KubernetesClient.Json;

/// <summary>Maps without null in them, and without a name that comes twice.</summary>
/// <typeparam name="T">Their values.</typeparam>
internal sealed class StrictMapConverter<T> : JsonConverter<IReadOnlyDictionary<string, T>>
    where T : class
{
    /// <inheritdoc />
    public override IReadOnlyDictionary<string, T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("not a map");
        }

        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        var values = new Dictionary<string, T>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var value = JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("null in a map");
            if (!values.TryAdd(name, value))
            {
                throw new JsonException("a name comes twice");
            }
        }

        return values;
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, T> value, JsonSerializerOptions options)
    {
        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartObject();
        foreach (var (name, item) in value)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, item, type);
        }

        writer.WriteEndObject();
    }
}
