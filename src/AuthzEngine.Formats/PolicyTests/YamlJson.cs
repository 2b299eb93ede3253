using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.PolicyTests;

/// <summary>Makes JSON of YAML, so that what may stand in either is read by one reader.</summary>
internal static class YamlJson
{
    /// <summary>Makes JSON of a node.</summary>
    /// <param name="node">The node; null is an empty object.</param>
    /// <returns>The same as JSON.</returns>
    public static JsonElement Of(YamlNode? node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            if (node is null)
            {
                json.WriteStartObject();
                json.WriteEndObject();
            }
            else
            {
                Write(json, node);
            }
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, YamlNode node)
    {
        switch (node)
        {
            case YamlMapping mapping:
                json.WriteStartObject();
                foreach (var (key, value) in mapping.Members)
                {
                    json.WritePropertyName(key.Text);
                    Write(json, value);
                }

                json.WriteEndObject();
                break;
            case YamlSequence sequence:
                json.WriteStartArray();
                sequence.Items.ForEach(item => Write(json, item));
                json.WriteEndArray();
                break;
            case YamlScalar scalar:
                Write(json, scalar);
                break;
        }
    }

    // As Kubernetes does; a number that JSON has no form for stays text.
    private static void Write(Utf8JsonWriter json, YamlScalar scalar)
    {
        switch (scalar.IsPlain ? PlainScalars.KindOf(scalar.Text) : PlainKind.Text)
        {
            case PlainKind.Null:
                json.WriteNullValue();
                break;
            case PlainKind.True:
                json.WriteBooleanValue(true);
                break;
            case PlainKind.False:
                json.WriteBooleanValue(false);
                break;
            case PlainKind.Number when decimal.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(scalar.Text);
                break;
        }
    }
}
