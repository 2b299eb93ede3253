using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AuthzEngine.Formats.Tests.Spec;

/// <summary>The part of OpenAPI v3 that definitions of kinds use: what an API server checks before it stores an object.</summary>
internal static class DefinitionSchema
{
    /// <summary>Finds what is wrong.</summary>
    /// <returns>Paths with reasons; none: the value fits.</returns>
    public static IEnumerable<string> Check(JsonNode? value, JsonObject schema, string path)
    {
        IEnumerable<string> faults =
        [
            .. Simple(value, schema).Select(fault => $"{path}: {fault}"),
            .. All(schema, "allOf").SelectMany(each => Check(value, each, path)),
        ];
        var any = All(schema, "anyOf").ToList();
        if (any.Count > 0 && any.TrueForAll(each => Check(value, each, path).Any()))
        {
            faults = faults.Append($"{path}: none of anyOf");
        }

        if (schema["not"] is JsonObject not && !Check(value, not, path).Any())
        {
            faults = faults.Append($"{path}: what must not be");
        }

        return value switch
        {
            JsonObject members => faults.Concat(Members(members, schema, path)),
            JsonArray items when schema["items"] is JsonObject item =>
                faults.Concat(items.SelectMany((each, at) => Check(each, item, $"{path}[{at}]"))),
            _ => faults,
        };
    }

    /// <summary>Reads YAML as an API server does.</summary>
    public static IEnumerable<JsonNode?> Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents.Select(document => ToJson(document.RootNode));
    }

    private static IEnumerable<string> Simple(JsonNode? value, JsonObject schema)
    {
        if (schema["type"]?.GetValue<string>() is { } type && TypeOf(value) != type && !(type == "number" && TypeOf(value) == "integer"))
        {
            yield return $"{type} is wanted";
            yield break;
        }

        if (schema["enum"] is JsonArray names && !names.Any(name => JsonNode.DeepEquals(name, value)))
        {
            yield return "no value of the enumeration";
        }

        if (value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.String)
        {
            var text = scalar.GetValue<string>();
            foreach (var fault in Bounds(text.EnumerateRunes().Count(), schema, "Length"))
            {
                yield return fault;
            }

            if (schema["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))
            {
                yield return $"`{text}` does not match {pattern}";
            }
        }

        foreach (var fault in value switch
        {
            JsonArray items => Bounds(items.Count, schema, "Items"),
            JsonObject members => Bounds(members.Count, schema, "Properties"),
            _ => [],
        })
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> Bounds(int size, JsonObject schema, string what)
    {
        if (schema["min" + what]?.GetValue<int>() is { } min && size < min)
        {
            yield return $"fewer than {min}";
        }

        if (schema["max" + what]?.GetValue<int>() is { } max && size > max)
        {
            yield return $"more than {max}";
        }
    }

    private static IEnumerable<string> Members(JsonObject members, JsonObject schema, string path)
    {
        var known = schema["properties"] as JsonObject ?? [];
        return All(schema, "required", name => name!.GetValue<string>()).Where(name => !members.ContainsKey(name)).Select(name => $"{path}: {name} is missing")
            .Concat(members.SelectMany(member => (known[member.Key] ?? schema["additionalProperties"]) is JsonObject of
                ? Check(member.Value, of, $"{path}.{member.Key}")
                : []));
    }

    private static IEnumerable<JsonObject> All(JsonObject schema, string name) => All(schema, name, each => each!.AsObject());

    private static IEnumerable<T> All<T>(JsonObject schema, string name, Func<JsonNode?, T> read) => (schema[name] as JsonArray)?.Select(read) ?? [];

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "integer",
            _ => "boolean",
        },
    };

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair =>
            KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToJson)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode { Value: "" or "~" or "null" } => null,
        YamlScalarNode { Value: "true" or "false" } logical => JsonValue.Create(logical.Value == "true"),
        YamlScalarNode { Value: { } text } => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text),
        _ => null,
    };
}
