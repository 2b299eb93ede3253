using System.Collections.Frozen;
using AuthzEngine.Policies;

namespace AuthzEngine.Tokens;

/// <summary>One rule, ready to judge tokens.</summary>
internal sealed class TokenRule
{
    // What Envoy's jwt_authn allows clocks to differ, authorization-policy §7.2.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    private readonly FrozenSet<string> _audiences;

    public TokenRule(JwtRule rule)
    {
        Rule = rule;
        Locations = TokenLocation.Of(rule).ToFrozenSet();
        _audiences = rule.Audiences.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The rule as written.</summary>
    public JwtRule Rule { get; }

    /// <summary>Where it looks.</summary>
    public FrozenSet<TokenLocation> Locations { get; }

    /// <summary>Judges what a token claims; the signature is for others.</summary>
    /// <returns>The first rule broken, in Envoy's order.</returns>
    public TokenFault Check(RegisteredClaims claims, DateTimeOffset now) => claims switch
    {
        _ when Rule.Issuer.Length > 0 && claims.Issuer != Rule.Issuer => TokenFault.UnknownIssuer,
        { NotBefore: { } start } when now + ClockSkew < start => TokenFault.NotYetValid,
        { ExpiresAt: { } end } when now - ClockSkew > end => TokenFault.Expired,
        _ when _audiences.Count > 0 && !claims.Audiences.Any(_audiences.Contains) => TokenFault.AudienceRefused,
        _ => TokenFault.None,
    };
}
