using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuthzEngine.Policies;
using KubernetesClient.Models;
using MeshCA.Policies;

namespace MeshCA.PolicySources.Watched;

/// <summary>Writes a policy of the API as the text that readers of policies know: what means something, and nothing that changes by itself.</summary>
/// <remarks>
/// Neither the status nor versions are in it, so that a status that is written makes no new version; nor is the version of the API, since
/// v1 and v1beta1 are the same (authorization-policy §1.1).
/// </remarks>
internal static class WatchedText
{
    private const string ApiVersion = "security.istio.io/v1";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    // Of annotations only these mean something; others may be long, or change all the time.
    private const string MeaningfulAnnotation = "istio.io/";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes it.</summary>
    /// <param name="id">Kind, namespace and name.</param>
    /// <param name="metadata">Its metadata; untrusted.</param>
    /// <param name="spec">Its specification; untrusted; null for none.</param>
    public static SourceText Of(ResourceId id, V1ObjectMeta metadata, JsonElement? spec)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion", ApiVersion);
            writer.WriteString("kind", id.Kind.ToString());
            WriteMetadata(writer, id, metadata);
            if (spec is { ValueKind: not JsonValueKind.Undefined } content)
            {
                writer.WritePropertyName("spec");
                content.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return new SourceText(buffer.WrittenMemory.ToArray());
    }

    private static void WriteMetadata(Utf8JsonWriter writer, ResourceId id, V1ObjectMeta metadata)
    {
        writer.WriteStartObject("metadata");
        writer.WriteString("name", id.Name);
        writer.WriteString("namespace", id.Namespace);
        if (metadata.CreationTimestamp is { } created)
        {
            writer.WriteString("creationTimestamp", created.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        }

        if (metadata.Uid is { Length: > 0 } uid)
        {
            writer.WriteString("uid", uid); // one that was deleted and made anew is another
        }

        WriteMap(writer, "labels", metadata.Labels, _ => true);
        WriteMap(writer, "annotations", metadata.Annotations, name => name.Contains(MeaningfulAnnotation, StringComparison.Ordinal));
        writer.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string>? map, Predicate<string> isWanted)
    {
        var wanted = (map ?? new Dictionary<string, string>()).Where(pair => isWanted(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        if (wanted.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(name);
        foreach (var (key, value) in wanted)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }
}
