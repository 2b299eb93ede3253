using System.Diagnostics;
using AuthzEngine.Matching;
using MeshCA.Wire.Envoy.Matchers.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes patterns as string matchers; the expressions are those of Istio, authorization-policy §3.1.</summary>
internal static class StringMatchers
{
    // Prefix and suffix are never empty: a bare star is presence, which Envoy has no string matcher for but this one.
    private const string NonEmpty = ".+";

    public static StringMatcher Of(TextPattern pattern) => pattern.Kind switch
    {
        TextMatch.Exact => new() { Exact = pattern.Text, IgnoreCase = pattern.IgnoreCase },
        TextMatch.Prefix => new() { Prefix = pattern.Text, IgnoreCase = pattern.IgnoreCase },
        TextMatch.Suffix => new() { Suffix = pattern.Text, IgnoreCase = pattern.IgnoreCase },
        TextMatch.NonEmpty => OfExpression(NonEmpty),
        _ => throw new UnreachableException("presence is a property of headers"),
    };

    public static StringMatcher Of(PeerPattern pattern) => pattern switch
    {
        PeerPattern.Identity(var text) => Of(text),
        PeerPattern.SpiffeSuffix(var suffix) => OfExpression($"spiffe://.*{Re2.Quote(suffix)}"),
        PeerPattern.InOrder(var pieces) => OfExpression($".*{string.Join(".*", pieces.Select(Re2.Quote))}.*"),
        PeerPattern.ServiceAccount(var space, var name) =>
            OfExpression($"spiffe://.+/ns/{Re2.Quote(space)}/(.+/|)sa/{Re2.Quote(name)}(/.+)?"),
        PeerPattern.TrustDomain(var before, var after) =>
            OfExpression($"spiffe://{Re2.Quote(before)}[^/]*{Re2.Quote(after)}/.*"),
        _ => throw new UnreachableException(),
    };

    /// <summary>An expression that must match the whole value.</summary>
    public static StringMatcher OfExpression(string expression) => new() { SafeRegex = new RegexMatcher { Regex = expression } };
}
