using MeshCA.Authentication.Keys;
using MeshCA.Telemetry;

namespace MeshCA.Authentication.Tokens;

/// <summary>Authenticates a call by the service-account token it carries.</summary>
/// <remarks>
/// Callers that use one token for the first time at once each verify it; none waits for another. A verification never
/// leaves its core, so there are about as many as cores, however many callers come: on two cores 2 for a burst of 300
/// (measured, 43 us each with RS256, 87 us with ES256), once per token and life of its cache entry. To share one would
/// block a thread for that time, or make every call a task, and add 0.2 us and 144 bytes to each first use that has no
/// company, which is nearly all: a pod's token is used by one agent. And no caller's fate hangs on another's call.
/// </remarks>
internal sealed class TokenAuthenticator(
    IssuerDirectory issuers, TokenCache cache, TimeSpan leeway, TimeProvider clock, CertificateMetrics metrics)
    : IAuthenticator
{
    public ValueTask<AuthenticationOutcome?> AuthenticateAsync(
        CallCredentials credentials, CancellationToken cancellationToken) => new(Authenticate(credentials));

    /// <summary>Judges a call's token; never waits, since keys are read in the background.</summary>
    /// <param name="credentials">What the call carries; untrusted.</param>
    /// <param name="notOf">A cluster whose issuers do not count; null: all count.</param>
    /// <returns>The verdict; null where the call carries no token.</returns>
    public AuthenticationOutcome? Authenticate(CallCredentials credentials, string? notOf = null) =>
        credentials.Token is { } token ? Authenticate(token.Span, credentials.ClusterId, notOf) : null;

    /// <summary>Whether an issuer serves a cluster.</summary>
    /// <param name="clusterId">Its name; empty for any; untrusted.</param>
    public bool Knows(string clusterId) => issuers.TryFind(clusterId, out _);

    private AuthenticationOutcome Authenticate(ReadOnlySpan<char> text, string clusterId, string? notOf)
    {
        if (text.Length > CompactJws.MaxLength)
        {
            return Refuse(AuthenticationError.TokenTooLong);
        }

        if (!issuers.TryFind(clusterId, out var cluster))
        {
            return Refuse(AuthenticationError.UnknownCluster, Printable.Of(clusterId));
        }

        if (!TokenHash.TryCompute(text, out var hash))
        {
            return Refuse(AuthenticationError.BadTokenEncoding);
        }

        var now = clock.GetUtcNow();
        if (cache.TryFind(hash, cluster, now, out var known) && known.Ring.Issuer.ClusterId != notOf)
        {
            metrics.TokenCacheLookup(hit: true);
            return Reuse(known, now);
        }

        metrics.TokenCacheLookup(hit: false);
        return CompactToken.TryParse(text, out var token, out var error)
            ? Verify(token, hash, cluster.WithUrl(token.Claims.Issuer).Where(ring => ring.Issuer.ClusterId != notOf), cluster, now)
            : Refuse(error);
    }

    // Time goes on and keys grow old between two uses, so both are judged again; the signature is not.
    private AuthenticationOutcome Reuse(VerifiedToken token, DateTimeOffset now)
    {
        var name = token.Ring.Issuer.Name;
        if (!token.Ring.TryGetKeys(now, out _, out var missing))
        {
            return new AuthenticationOutcome.Unavailable(missing, name);
        }

        return ClaimRules.CheckTimes(token.Claims, now, leeway) is var error and not AuthenticationError.None
            ? Refuse(error, name)
            : new AuthenticationOutcome.Authenticated(token.ToCaller(now));
    }

    private AuthenticationOutcome Verify(
        CompactToken token, TokenHash hash, IEnumerable<IssuerKeyRing> rings, IssuerSet cluster, DateTimeOffset now)
    {
        AuthenticationOutcome? worst = null;
        foreach (var ring in rings)
        {
            var outcome = Verify(token, hash, ring, now, out var verified);
            if (verified is not null)
            {
                cache.Add(hash, cluster, verified, now);
                return outcome;
            }

            worst = worst is null || outcome is AuthenticationOutcome.Unavailable ? outcome : worst;
        }

        return worst ?? Refuse(AuthenticationError.UnknownIssuer, Printable.Of(token.Claims.Issuer));
    }

    private AuthenticationOutcome Verify(
        CompactToken token, TokenHash hash, IssuerKeyRing ring, DateTimeOffset now, out VerifiedToken? verified)
    {
        verified = null;
        if (!ring.TryGetKeys(now, out var keys, out var missing))
        {
            return new AuthenticationOutcome.Unavailable(missing, ring.Issuer.Name);
        }

        var error = CheckWithKeys(token, ring, keys, now, out var key);
        if (error != AuthenticationError.None)
        {
            return error == AuthenticationError.KeyAwaited
                ? new AuthenticationOutcome.Unavailable(error, ring.Issuer.Name)
                : Refuse(error, ring.Issuer.Name);
        }

        error = ClaimRules.FindIdentity(token.Claims, ring.Issuer.TrustDomain, out var id);
        if (error != AuthenticationError.None)
        {
            return Refuse(error, $"{ring.Issuer.Name}: {Printable.Of(token.Claims.Subject)}");
        }

        var evidence = ClaimRules.Evidence(token.Claims, ring.Issuer, token.Claims.TokenId ?? hash.ToShortText(), now);
        verified = new VerifiedToken(ring, key!, token.Claims, id!, evidence);
        return new AuthenticationOutcome.Authenticated(verified.ToCaller(now));
    }

    // The signature last: it is what costs, and agents with an expired token come back again and again.
    private AuthenticationError CheckWithKeys(
        CompactToken token, IssuerKeyRing ring, VerificationKeySet keys, DateTimeOffset now, out VerificationKey? key)
    {
        key = null;
        if (!ring.Issuer.Algorithms.Contains(token.Jws.Algorithm))
        {
            return AuthenticationError.AlgorithmNotAllowed;
        }

        if (ClaimRules.Check(token.Claims, ring.Issuer.Audiences, now, leeway) is var broken and not AuthenticationError.None)
        {
            return broken;
        }

        if (!keys.TryFind(token.Jws.KeyId, token.Jws.Algorithm, out key, out var error))
        {
            // Right after a rotation the keys at hand lack the new one, and agents do not repeat what is UNAUTHENTICATED.
            return error == AuthenticationError.UnknownKey && ring.RequestRefresh(keys, now)
                ? AuthenticationError.KeyAwaited
                : error;
        }

        return TokenSignature.Verify(token.Jws, token.Claims.Signed, key) ? AuthenticationError.None : AuthenticationError.BadSignature;
    }

    private static AuthenticationOutcome.Refused Refuse(AuthenticationError reason, string detail = "") => new(reason, detail);
}
