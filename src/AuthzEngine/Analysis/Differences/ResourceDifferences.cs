using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Differences;

/// <summary>A resource that two sets of policies do not have alike.</summary>
/// <param name="Id">The resource.</param>
/// <param name="Kind">What became of it.</param>
/// <param name="Fields">The fields that differ, where both have it.</param>
public sealed record ResourceDifference(ResourceId Id, DifferenceKind Kind, IReadOnlyList<string> Fields);

/// <summary>What became of a resource.</summary>
public enum DifferenceKind
{
    /// <summary>Only the new set has it.</summary>
    Added,

    /// <summary>Only the old set has it.</summary>
    Removed,

    /// <summary>Both have it, and not alike.</summary>
    Changed,
}

/// <summary>Compares the resources of two sets.</summary>
public static class ResourceDifferences
{
    private static readonly JsonSerializerOptions AsWritten = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Compares them.</summary>
    /// <param name="before">The old set, one resource of each id.</param>
    /// <param name="after">The new set, one resource of each id.</param>
    /// <returns>What differs, by kind, namespace and name.</returns>
    public static IReadOnlyList<ResourceDifference> Between(
        IReadOnlyList<PolicyResource> before, IReadOnlyList<PolicyResource> after)
    {
        var (old, current) = (before.ToDictionary(resource => resource.Id), after.ToDictionary(resource => resource.Id));
        return
        [
            .. old.Keys.Union(current.Keys)
                .Select(id => Between(id, old.GetValueOrDefault(id), current.GetValueOrDefault(id)))
                .OfType<ResourceDifference>()
                .OrderBy(difference => difference.Id.ToString(), StringComparer.Ordinal),
        ];
    }

    private static ResourceDifference? Between(ResourceId id, PolicyResource? before, PolicyResource? after)
    {
        if (before is null || after is null)
        {
            return new(id, before is null ? DifferenceKind.Added : DifferenceKind.Removed, []);
        }

        var fields = new List<string>();
        Compare(Json(before), Json(after), "", fields);
        return fields.Count == 0 ? null : new(id, DifferenceKind.Changed, fields);
    }

    // Resources hold lists, which records compare by reference; as JSON they compare by what they hold.
    private static JsonElement Json(PolicyResource resource) =>
        JsonSerializer.SerializeToElement(resource, resource.GetType(), AsWritten);

    private static void Compare(JsonElement before, JsonElement after, string path, List<string> fields)
    {
        if (before.ValueKind == JsonValueKind.Object && after.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in NamesOf(before).Union(NamesOf(after)))
            {
                Compare(Member(before, name), Member(after, name), path.Length == 0 ? FieldOf(name) : $"{path}.{name}", fields);
            }
        }
        else if (IsListOfObjects(before) && IsListOfObjects(after))
        {
            for (var i = 0; i < Math.Max(before.GetArrayLength(), after.GetArrayLength()); i++)
            {
                Compare(Item(before, i), Item(after, i), string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), fields);
            }
        }
        else if (before.ValueKind != after.ValueKind || !JsonElement.DeepEquals(before, after))
        {
            fields.Add(path);
        }
    }

    private static bool IsListOfObjects(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array
        && json.EnumerateArray().All(item => item.ValueKind is JsonValueKind.Object or JsonValueKind.Null);

    private static IEnumerable<string> NamesOf(JsonElement json) => json.EnumerateObject().Select(member => member.Name);

    private static JsonElement Member(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value : default;

    private static JsonElement Item(JsonElement json, int index) => index < json.GetArrayLength() ? json[index] : default;

    private static string FieldOf(string member) => member switch
    {
        "labels" or "annotations" or "creationTimestamp" => $"metadata.{member}",
        "mode" => "spec.mtls.mode",
        "portLevelModes" => "spec.portLevelMtls",
        _ => $"spec.{member}",
    };
}
