using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KubernetesClient;

namespace TestSupport.Kubernetes;

/// <summary>What a <see cref="FakeApiServer"/> writes.</summary>
internal static class FakeJson
{
    public static byte[] Write<T>(T item)
        where T : class, IKubernetesResource<T> => KubernetesJson.Serialize(item);

    public static T Read<T>(JsonObject json)
        where T : class, IKubernetesResource<T>
    {
        json["apiVersion"] = T.Resource.ApiVersion;
        return KubernetesJson.Deserialize<T>(Encoding.UTF8.GetBytes(json.ToJsonString())) ?? throw new JsonException("not the model");
    }

    public static JsonObject Status(int status, string reason, string message, int? retryAfter)
    {
        var json = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = message,
            ["reason"] = reason,
            ["code"] = status,
        };
        if (retryAfter is { } seconds)
        {
            json["details"] = new JsonObject { ["retryAfterSeconds"] = seconds };
        }

        return json;
    }

    public static JsonObject Bookmark(FakePath path, long version) => new()
    {
        ["kind"] = FakePath.KindOf(path.Plural),
        ["apiVersion"] = path.ApiVersion,
        ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(null, null), ["creationTimestamp"] = null },
    };
}
