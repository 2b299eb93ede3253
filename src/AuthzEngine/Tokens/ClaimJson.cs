using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>Writes claims as JSON without white space.</summary>
internal static class ClaimJson
{
    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The text.</returns>
    public static string Write(ClaimValue value) => Node(value)?.ToJsonString(Plain) ?? "null";

    private static JsonNode? Node(ClaimValue value) => value switch
    {
        ClaimValue.Text(var text) => JsonValue.Create(text),
        ClaimValue.Number(var number) => JsonNode.Parse(number),
        ClaimValue.Boolean(var flag) => JsonValue.Create(flag),
        ClaimValue.List(var items) => new JsonArray([.. items.Select(Node)]),
        ClaimValue.Struct(var members) => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Node(member.Value)))),
        _ => null,
    };
}
