using AuthzEngine.Formats.Json;
using AuthzEngine.Requests;
using MeshCA.Wire.Envoy.Core.V3;

namespace MeshCA.Rpc.Authorization;

/// <summary>Takes the dynamic metadata of a CheckRequest over, within bounds.</summary>
internal static class ProxyMetadata
{
    private const string JwtFilter = "envoy.filters.http.jwt_authn";
    private const string PayloadKey = "payload";
    private const int MaxFilters = 64;

    private static readonly ClaimLimits Limits = new();

    /// <summary>Finds the payload of a token that the proxy verified.</summary>
    /// <param name="metadata">The metadata; null for none.</param>
    /// <param name="claims">The payload; null where there is none.</param>
    /// <returns>False where there is one that is no object, or more than is taken.</returns>
    public static bool TryFindPayload(Metadata? metadata, out ClaimValue.Struct? claims)
    {
        claims = null;
        return metadata is null
            || !metadata.FilterMetadata.TryGetValue(JwtFilter, out var filter)
            || !filter.Fields.TryGetValue(PayloadKey, out var payload)
            || (payload.StructValue is { } token && ClaimValues.TryConvert(token, Limits, out claims, out _));
    }

    /// <summary>The metadata of all filters; null where it is more than is taken.</summary>
    public static ClaimValue.Struct? Convert(Metadata metadata)
    {
        if (metadata.FilterMetadata.Count > MaxFilters)
        {
            return null;
        }

        var filters = new Dictionary<string, ClaimValue>(metadata.FilterMetadata.Count, StringComparer.Ordinal);
        foreach (var (name, values) in metadata.FilterMetadata)
        {
            if (!ClaimValues.TryConvert(values, Limits, out var members, out _))
            {
                return null;
            }

            filters.Add(name, members);
        }

        return new(filters);
    }
}
