using System.Text.Json;
using KubernetesClient;

namespace MeshCA.TrustDistribution;

/// <summary>Says who else writes an object, from the API server's own books; read only where somebody does.</summary>
internal static class FieldManagers
{
    private const int MaxNamed = 5;
    private const int MaxNameLength = 128; // the API's own limit

    /// <summary>Reads the names of all but one.</summary>
    /// <returns>The names for people; <c>somebody</c> where they cannot be read.</returns>
    public static async Task<string> ReadOthersAsync(
        IKubernetes api, string ns, string configMap, string self, CancellationToken cancellationToken)
    {
        var outcome = await api.ReadDocumentAsync($"/api/v1/namespaces/{ns}/configmaps/{configMap}", cancellationToken);
        return outcome is ApiOutcome<byte[]>.Done(var document) ? Others(document, self) : "somebody";
    }

    /// <summary>The names in an object's document.</summary>
    /// <param name="document">The object as JSON; untrusted.</param>
    /// <param name="self">The name that is left out.</param>
    public static string Others(ReadOnlyMemory<byte> document, string self)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            var names = new SortedSet<string>(StringComparer.Ordinal);
            if (json.RootElement.TryGetProperty("metadata", out var metadata)
                && metadata.TryGetProperty("managedFields", out var managed)
                && managed.ValueKind == JsonValueKind.Array)
            {
                foreach (var entry in managed.EnumerateArray())
                {
                    if (entry.TryGetProperty("manager", out var manager) && manager.GetString() is { Length: > 0 and <= MaxNameLength } name && name != self)
                    {
                        names.Add(string.Concat(name.Where(letter => !char.IsControl(letter))));
                    }
                }
            }

            return names.Count == 0 ? "somebody" : string.Join(", ", names.Take(MaxNamed).Select(name => $"`{name}`"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "somebody";
        }
    }
}
