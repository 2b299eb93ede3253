using AuthzEngine.Diagnostics;

namespace AuthzEngine.Validation;

/// <summary>Trust domains, authorization-policy §6.3.</summary>
internal static class TrustDomainValidator
{
    /// <summary>Checks a value of <c>trustDomains</c> or <c>notTrustDomains</c>.</summary>
    public static Problem? CheckField(string value) => value.Contains('/', StringComparison.Ordinal)
        ? new(ValidationCodes.TrustDomainSlash, $"{Excerpt.Of(value)} holds a slash: a trust domain is a name only")
        : CheckCondition(value);

    /// <summary>Checks a value of the condition <c>source.trustDomain</c>, where Istio does not mind a slash.</summary>
    public static Problem? CheckCondition(string value)
    {
        var star = value.IndexOf('*', StringComparison.Ordinal);
        return star < 0 || (star == value.LastIndexOf('*') && (star == 0 || star == value.Length - 1))
            ? null
            : new(ValidationCodes.TrustDomainWildcard, $"{Excerpt.Of(value)} may hold one star, at its start or end");
    }
}
