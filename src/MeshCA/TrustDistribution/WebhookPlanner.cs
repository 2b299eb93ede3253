using System.Buffers;
using System.Text;
using System.Text.Json;
using KubernetesClient.Models;

namespace MeshCA.TrustDistribution;

/// <summary>Decides how a webhook configuration comes to name the trust bundle; pure.</summary>
internal static class WebhookPlanner
{
    private const string RevisionLabel = "istio.io/rev";
    private const int MaxWebhooks = 256;

    /// <summary>Whether a configuration is one of those to keep.</summary>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="names">By name.</param>
    /// <param name="revisions">By the value of the label <c>istio.io/rev</c>.</param>
    public static bool IsOurs(V1ObjectMeta metadata, IReadOnlyCollection<string> names, IReadOnlyCollection<string> revisions) =>
        metadata.DeletionTimestamp is null
        && ((metadata.Name is { } name && names.Contains(name))
            || (metadata.Labels is { } labels && labels.TryGetValue(RevisionLabel, out var revision) && revisions.Contains(revision)));

    /// <summary>The JSON patch (RFC 6902) that sets each webhook's <c>caBundle</c>.</summary>
    /// <param name="webhooks">The webhooks as they are.</param>
    /// <param name="bundle">The trust bundle in PEM.</param>
    /// <returns>The patch in UTF-8; null where all have it. Each change is preceded by a test of the webhook's name: where somebody reordered
    /// them meanwhile the server refuses, and a root meant for one webhook does not come to another.</returns>
    public static byte[]? Plan(IReadOnlyList<V1Webhook> webhooks, string bundle)
    {
        var wanted = Encoding.UTF8.GetBytes(bundle);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        var isEmpty = true;
        json.WriteStartArray();
        for (var i = 0; i < webhooks.Count && i < MaxWebhooks; i++)
        {
            if (webhooks[i] is { Name: { } name, ClientConfig: { } client } && !wanted.AsSpan().SequenceEqual(client.CaBundle))
            {
                isEmpty = false;
                Operation(json, "test", $"/webhooks/{i}/name", name);
                Operation(json, "add", $"/webhooks/{i}/clientConfig/caBundle", Convert.ToBase64String(wanted)); // `add` replaces what is there
            }
        }

        json.WriteEndArray();
        json.Flush();
        return isEmpty ? null : buffer.WrittenSpan.ToArray();
    }

    private static void Operation(Utf8JsonWriter json, string operation, string path, string value)
    {
        json.WriteStartObject();
        json.WriteString("op", operation);
        json.WriteString("path", path);
        json.WriteString("value", value);
        json.WriteEndObject();
    }
}
