using System.Text;
using AuthzEngine.Policies;
using MeshCA.Authentication.Keys;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>The keys of one rule: its own, or those of the ring that its address has.</summary>
/// <remarks>Its own are read when the rule is first used, once: they wait for nothing, so a new policy holds at once.</remarks>
internal sealed class RuleKeys
{
    private readonly RuleKeyAddress? _address;
    private readonly VerificationKeySet? _inline;
    private readonly RuleKeyRings _rings;

    public RuleKeys(JwtRule rule, RuleKeyRings rings, ILogger logger)
    {
        _rings = rings;
        _address = RuleKeyAddress.Of(rule);
        if (_address is null && !JsonWebKeySetParser.TryParse(Encoding.UTF8.GetBytes(rule.Jwks), out _inline, out var error))
        {
            Log.RuleKeysUnusable(logger, rule.Issuer, error.ToString());
        }
    }

    /// <summary>The keys that serve at a moment; null for none: then no token is valid.</summary>
    /// <param name="now">The present.</param>
    public VerificationKeySet? At(DateTimeOffset now) =>
        _address is null ? _inline
        : Ring is { } ring && ring.TryGetKeys(now, out var keys, out _) ? keys
        : null;

    /// <summary>Asks for the keys to be read anew in the background, since a token's is not among them.</summary>
    /// <param name="lacking">The keys at hand.</param>
    /// <param name="now">The present.</param>
    public void RequestRefresh(VerificationKeySet lacking, DateTimeOffset now) => Ring?.RequestRefresh(lacking, now);

    // Sought anew each time: one whose policies are gone is read no more, and another takes its place when they come back.
    private KeyRing? Ring => _address is null ? null : _rings.Find(_address);
}
