using System.Text.Json;
using System.Text.Json.Serialization;
using KubernetesClient.Models;

namespace KubernetesClient.Json;

/// <summary>A number or a string.</summary>
internal sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    /// <inheritdoc />
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String => new() { Name = reader.GetString() },
            JsonTokenType.Number when reader.TryGetInt32(out var number) => new() { Number = number },
            _ => throw new JsonException("neither a number nor a string"),
        };

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (value.Number is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(value.Name);
        }
    }
}
