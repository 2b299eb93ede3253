using AuthzEngine.Policies;
using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>Where the keys of a rule are fetched, authorization-policy §7.2. Rules with the same address share the keys.</summary>
/// <param name="Url">The JWK Set, or the issuer whose discovery document names it.</param>
/// <param name="IsDiscovered">Whether it is the issuer.</param>
/// <param name="Timeout">Longest time of one fetch; null for the default.</param>
internal sealed record RuleKeyAddress(string Url, bool IsDiscovered, TimeSpan? Timeout)
{
    /// <summary>Finds the address of a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <returns>The address; null where the rule holds its keys itself.</returns>
    public static RuleKeyAddress? Of(JwtRule rule) => rule switch
    {
        { Jwks.Length: > 0 } => null,
        { JwksUri.Length: > 0 } => new(rule.JwksUri, IsDiscovered: false, rule.Timeout),
        _ => new(rule.Issuer, IsDiscovered: true, rule.Timeout),
    };

    /// <summary>Makes the source.</summary>
    /// <param name="policy">What may be fetched.</param>
    /// <returns>The source; null where the URL may not be fetched.</returns>
    public IKeySource? Open(FetchPolicy policy) => !policy.Accepts(Url) ? null
        : KeySources.Open(IsDiscovered ? new KeyLocation.Discovered(Url, policy) : new KeyLocation.Remote(new Uri(Url), policy));
}
