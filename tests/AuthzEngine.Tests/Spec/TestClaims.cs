using System.Diagnostics;
using System.Text.Json;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Spec;

/// <summary>Payloads and metadata written as JSON.</summary>
internal static class TestClaims
{
    public static ClaimValue.Struct Parse(string json) => (ClaimValue.Struct)Value(JsonDocument.Parse(json).RootElement);

    private static ClaimValue Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new ClaimValue.Struct(element.EnumerateObject().ToDictionary(member => member.Name, member => Value(member.Value))),
        JsonValueKind.Array => new ClaimValue.List([.. element.EnumerateArray().Select(Value)]),
        JsonValueKind.String => new ClaimValue.Text(element.GetString()!),
        JsonValueKind.Number => new ClaimValue.Number(element.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => new ClaimValue.Boolean(element.GetBoolean()),
        JsonValueKind.Null => new ClaimValue.Null(),
        _ => throw new UnreachableException(),
    };
}
