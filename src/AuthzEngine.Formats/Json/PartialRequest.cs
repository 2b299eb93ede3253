using System.Text.Json;
using AuthzEngine.Evaluation;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>A request of which the decision log kept what rules read then. What other rules read now may be missing, and that is not absent.</summary>
internal static class PartialRequest
{
    /// <summary>Finds what policies read that is not there.</summary>
    /// <param name="request">The request as logged; untrusted.</param>
    /// <param name="partial">Attributes of which only a part is there.</param>
    /// <param name="reads">What the policies read.</param>
    /// <returns>The attributes that are unknown to the policies.</returns>
    public static AttributeKinds Unknown(JsonElement request, AttributeKinds partial, Lazy<AttributesRead> reads)
    {
        var unknown = AttributeKinds.None;
        if (partial == AttributeKinds.None)
        {
            return unknown;
        }

        unknown |= reads.Value.Query ? AttributeKinds.Path : AttributeKinds.None;
        unknown |= reads.Value.Headers.All(name => IsKnown(request, ["http", "headers", name]))
            ? AttributeKinds.None
            : AttributeKinds.Headers;
        unknown |= AreKnown(request, ["jwt", "claims"], reads.Value.Claims) ? AttributeKinds.None : AttributeKinds.Claims;
        unknown |= AreKnown(request, ["envoy_metadata"], reads.Value.Metadata) ? AttributeKinds.None : AttributeKinds.FilterMetadata;
        return unknown & partial;
    }

    private static bool AreKnown(JsonElement request, string[] to, IEnumerable<ClaimPath> paths) =>
        paths.All(path => IsKnown(request, [.. to, .. path.Names]));

    // Null is absent, and so is what would be below something that is no object; only a missing member says nothing.
    private static bool IsKnown(JsonElement at, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (at.ValueKind != JsonValueKind.Object)
            {
                return true;
            }

            if (!at.TryGetProperty(name, out at))
            {
                return false;
            }
        }

        return true;
    }
}
