using System.Text.Json;
using KubernetesClient.Json;

namespace KubernetesClient;

/// <summary>Objects as the API writes them.</summary>
public static class KubernetesJson
{
    /// <summary>Writes an object.</summary>
    /// <param name="item">The object.</param>
    /// <returns>JSON in UTF-8.</returns>
    public static byte[] Serialize<T>(T item)
        where T : class, IKubernetesResource<T> => JsonSerializer.SerializeToUtf8Bytes(item, ObjectReader.TypeOf<T>());

    /// <summary>Reads an object.</summary>
    /// <param name="json">JSON in UTF-8; untrusted.</param>
    /// <returns>The object; null where it is none of this kind.</returns>
    public static T? Deserialize<T>(ReadOnlySpan<byte> json)
        where T : class, IKubernetesResource<T> => ObjectReader.TryRead<T>(json, out var item, out _) ? item : null;
}
