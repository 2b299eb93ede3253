using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Matching;

namespace AuthzEngine.Compilation.Translation;

/// <summary>The keys of <c>when</c>, authorization-policy §3.3.</summary>
internal static class ConditionKeys
{
    private const string HeaderFamily = "request.headers";
    private const string ClaimFamily = "request.auth.claims";
    private const string MetadataRoot = "experimental.";
    private const string MetadataFamily = MetadataRoot + "envoy.filters.";

    private static readonly FrozenDictionary<string, AttributeTranslation> Exact = new Dictionary<string, AttributeTranslation>
    {
        ["source.ip"] = SourceAttributes.SourceIp,
        ["remote.ip"] = SourceAttributes.RemoteIp,
        ["source.namespace"] = SourceAttributes.Namespaces,
        ["source.serviceAccount"] = SourceAttributes.ServiceAccounts,
        ["source.trustDomain"] = SourceAttributes.TrustDomains,
        ["source.principal"] = SourceAttributes.Principals,
        ["request.auth.principal"] = SourceAttributes.RequestPrincipals,
        ["request.auth.audiences"] = SourceAttributes.Audiences,
        ["request.auth.presenter"] = SourceAttributes.Presenter,
        ["destination.ip"] = SourceAttributes.DestinationIp,
        ["destination.port"] = OperationAttributes.Ports,
        ["connection.sni"] = OperationAttributes.Sni,
    }.ToFrozenDictionary();

    /// <summary>Finds the attribute of a key.</summary>
    /// <param name="key">The key of a condition; untrusted.</param>
    /// <param name="attribute">The attribute; one that translates nothing where only the family of the key is known.</param>
    /// <returns>Whether the key is known. Families are found by their prefix alone, as Istio does.</returns>
    public static bool TryFind(string key, [NotNullWhen(true)] out AttributeTranslation? attribute)
    {
        if (Exact.TryGetValue(key, out attribute))
        {
            return true;
        }

        attribute = key.StartsWith(HeaderFamily, StringComparison.Ordinal) ? Header(key[HeaderFamily.Length..])
            : key.StartsWith(ClaimFamily, StringComparison.Ordinal) ? Claim(key[ClaimFamily.Length..])
            : key.StartsWith(MetadataFamily, StringComparison.Ordinal) ? Metadata(key[MetadataRoot.Length..])
            : null;
        return attribute is not null;
    }

    private static AttributeTranslation Header(string brackets) =>
        brackets is ['[', _, .., ']'] ? OperationAttributes.Header(brackets[1..^1]) : AttributeTranslation.Malformed;

    private static AttributeTranslation Claim(string brackets) =>
        brackets is ['[', _, .., ']'] ? SourceAttributes.Claim(ClaimPath.Of(brackets)) : AttributeTranslation.Malformed;

    // Split at the first bracket; the last one may be missing, as in Istio.
    private static AttributeTranslation Metadata(string path)
    {
        var open = path.IndexOf('[', StringComparison.Ordinal);
        var end = path is [.., ']'] ? path.Length - 1 : path.Length;
        return open < 0 || open + 1 >= end
            ? AttributeTranslation.Malformed
            : OperationAttributes.Metadata(path[..open], path[(open + 1)..end]);
    }
}
