using AuthzEngine.Matching;
using MeshCA.Wire.Envoy.Matchers.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes patterns as metadata matchers: claims, which a filter leaves there, and what others leave.</summary>
internal static class MetadataMatchers
{
    private const string TokenFilter = "envoy.filters.http.jwt_authn";
    private const string Payload = "payload";

    /// <summary>A claim that is a string or a list with one, authorization-policy §3.7.</summary>
    public static MetadataMatcher OfClaim(ClaimPath claim, TextPattern pattern)
    {
        var text = new ValueMatcher { StringMatch = StringMatchers.Of(pattern) };
        var either = new OrMatcher { ValueMatchers = { InList(text), text } };
        return Of(TokenFilter, [Payload, .. claim.Names], new ValueMatcher { OrMatch = either });
    }

    /// <summary>A claim of the principal, which must be a string.</summary>
    public static MetadataMatcher OfPrincipalClaim(string name, TextPattern pattern) =>
        Of(TokenFilter, [Payload, name], new ValueMatcher { StringMatch = StringMatchers.Of(pattern) });

    /// <summary>The text <c>issuer/subject</c> as proxies before Istio 1.22 have it.</summary>
    public static MetadataMatcher OfJoinedPrincipal(TextPattern pattern) =>
        Of("istio_authn", ["request.auth.principal"], new ValueMatcher { StringMatch = StringMatchers.Of(pattern) });

    /// <summary>A key of a filter, authorization-policy §3.9.</summary>
    public static MetadataMatcher OfKey(string filter, string key, MetadataPattern pattern)
    {
        var text = new ValueMatcher { StringMatch = StringMatchers.Of(pattern.Pattern) };
        return Of(filter, [key], pattern.InList ? InList(text) : text);
    }

    private static ValueMatcher InList(ValueMatcher element) => new() { ListMatch = new ListMatcher { OneOf = element } };

    private static MetadataMatcher Of(string filter, IEnumerable<string> path, ValueMatcher value) => new()
    {
        Filter = filter,
        Path = { path.Select(key => new MetadataMatcher.Types.PathSegment { Key = key }) },
        Value = value,
    };
}
