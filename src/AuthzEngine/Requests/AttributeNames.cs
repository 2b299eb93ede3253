using System.Collections.Frozen;

namespace AuthzEngine.Requests;

/// <summary>Names of attributes: those of requests in JSON, of redactions in the decision log, and of reasons.</summary>
public static class AttributeNames
{
    private static readonly FrozenDictionary<string, AttributeKinds> ByName = new Dictionary<string, AttributeKinds>
    {
        ["source_principal"] = AttributeKinds.SourcePrincipal,
        ["source_ip"] = AttributeKinds.SourceIp,
        ["remote_ip"] = AttributeKinds.RemoteIp,
        ["dest_ip"] = AttributeKinds.DestinationIp,
        ["dest_port"] = AttributeKinds.DestinationPort,
        ["sni"] = AttributeKinds.Sni,
        ["http.method"] = AttributeKinds.Method,
        ["http.path"] = AttributeKinds.Path,
        ["http.host"] = AttributeKinds.Host,
        ["http.headers"] = AttributeKinds.Headers,
        ["jwt"] = AttributeKinds.Claims,
        ["envoy_metadata"] = AttributeKinds.FilterMetadata,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names attributes.</summary>
    /// <param name="kinds">The attributes.</param>
    /// <returns>Their names, in the order of their bits.</returns>
    public static IReadOnlyList<string> Of(AttributeKinds kinds) =>
        [.. ByName.Where(pair => (kinds & pair.Value) != 0).OrderBy(pair => pair.Value).Select(pair => pair.Key)];

    /// <summary>Finds the attribute of a name, or of a part of it: <c>http.headers.x-team</c> and <c>jwt.claims[a]</c> too.</summary>
    /// <param name="name">The name; untrusted.</param>
    /// <param name="kind">The attribute.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse(string name, out AttributeKinds kind)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var (known, value) in ByName)
        {
            if (name.StartsWith(known, StringComparison.Ordinal)
                && (name.Length == known.Length || name[known.Length] is '.' or '['))
            {
                kind = value;
                return true;
            }
        }

        kind = AttributeKinds.None;
        return false;
    }
}
