using System.Text;
using System.Text.Json;
using AuthzEngine.Requests;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Envoy.UriTemplate.V3;
using YamlDotNet.Serialization;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Prints an export as it stands in a proxy's configuration: <c>http_filters</c> or <c>filters</c>.</summary>
public static class RbacText
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default
        .WithPreserveProtoFieldNames(true)
        .WithTypeRegistry(TypeRegistry.FromMessages(
            MeshCA.Wire.Envoy.HttpRbac.V3.RBAC.Descriptor,
            MeshCA.Wire.Envoy.NetworkRbac.V3.RBAC.Descriptor,
            UriTemplateMatchConfig.Descriptor)));

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,

        // A file is no web page: what expressions hold stays readable.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Prints JSON.</summary>
    /// <param name="configuration">The export.</param>
    /// <returns>The text. It has no place for the notes.</returns>
    public static string ToJson(RbacConfiguration configuration) =>
        JsonSerializer.Serialize(Document(configuration), Indented) + "\n";

    /// <summary>Prints YAML, with the notes as comments in front.</summary>
    /// <param name="configuration">The export.</param>
    /// <returns>The text.</returns>
    public static string ToYaml(RbacConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = new StringBuilder();
        foreach (var note in configuration.Notes)
        {
            _ = text.Append("# ").Append(OneLine(note.Message)).Append('\n');
        }

        var serializer = new SerializerBuilder()
            .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
            .WithEventEmitter(next => new NumberQuoting(next))
            .WithIndentedSequences()
            .WithNewLine("\n")
            .DisableAliases()
            .Build();
        return text.Append(serializer.Serialize(Document(configuration))).ToString();
    }

    // Names come from policies: one that holds a line break must not end the comment.
    private static string OneLine(string message) =>
        string.Concat(message.Select(letter => char.IsControl(letter) || letter is '\u0085' or '\u2028' or '\u2029' ? ' ' : letter));

    private static OrderedDictionary<string, object?> Document(RbacConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var filters = configuration.Filters.Select(filter => Entry(filter)).ToList();
        return new() { [configuration.Protocol == RequestProtocol.Http ? "http_filters" : "filters"] = filters };
    }

    private static OrderedDictionary<string, object?> Entry(RbacFilter filter)
    {
        using var typed = JsonDocument.Parse(Formatter.Format(Any.Pack(filter.Configuration)), new() { MaxDepth = 128 });
        return new() { ["name"] = filter.Name, ["typed_config"] = Plain(typed.RootElement) };
    }

    private static object? Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new OrderedDictionary<string, object?>(
            element.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Plain(member.Value)))),
        JsonValueKind.Array => element.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetInt64(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
