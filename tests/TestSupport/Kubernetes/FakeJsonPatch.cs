using System.Globalization;
using System.Text.Json.Nodes;

namespace TestSupport.Kubernetes;

/// <summary>RFC 6902: test, add, remove, replace.</summary>
internal static class FakeJsonPatch
{
    public static JsonObject Apply(JsonObject target, JsonArray patch)
    {
        foreach (var operation in patch.Select(node => node!.AsObject()))
        {
            var path = operation["path"]!.GetValue<string>().Split('/').Skip(1)
                .Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
            var parent = path[..^1].Aggregate((JsonNode?)target, Child) ?? throw Invalid("no such path");
            Change(parent, path[^1], operation["op"]!.GetValue<string>(), operation["value"]);
        }

        return target;
    }

    private static void Change(JsonNode parent, string name, string op, JsonNode? value)
    {
        var held = Child(parent, name);
        switch (op)
        {
            case "test" when !JsonNode.DeepEquals(held, value):
                throw Invalid("the test failed");
            case "test":
                break;
            case "remove" or "replace" when held is null:
                throw Invalid("nothing there");
            case "remove" when parent is JsonArray array:
                array.RemoveAt(int.Parse(name, CultureInfo.InvariantCulture));
                break;
            case "remove":
                parent.AsObject().Remove(name);
                break;
            case "replace" when parent is JsonArray array:
                array[int.Parse(name, CultureInfo.InvariantCulture)] = value?.DeepClone();
                break;
            case "add" when parent is JsonArray array:
                array.Insert(name == "-" ? array.Count : int.Parse(name, CultureInfo.InvariantCulture), value?.DeepClone());
                break;
            case "add" or "replace":
                parent.AsObject()[name] = value?.DeepClone();
                break;
            default:
                throw Invalid("unknown operation");
        }
    }

    private static JsonNode? Child(JsonNode? node, string name) => node switch
    {
        JsonObject members => members[name],
        JsonArray items when int.TryParse(name, CultureInfo.InvariantCulture, out var index) && index < items.Count => items[index],
        _ => null,
    };

    private static FakeRefusal Invalid(string message) => new(422, "Invalid", message);
}
