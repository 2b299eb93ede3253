using System.Collections.Frozen;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Authentication.Tokens;

/// <summary>Judges the claims of a token whose signature holds; pure.</summary>
internal static class ClaimRules
{
    /// <summary>Checks times and audience.</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="audiences">One of these must be named.</param>
    /// <param name="now">The present.</param>
    /// <param name="leeway">How far the issuer's clock may be off.</param>
    /// <returns>The first rule broken.</returns>
    public static AuthenticationError Check(
        TokenClaims claims, FrozenSet<string> audiences, DateTimeOffset now, TimeSpan leeway) =>
        claims switch
        {
            _ when CheckTimes(claims, now, leeway) is var error and not AuthenticationError.None => error,
            _ when !claims.Audiences.Any(audiences.Contains) => AuthenticationError.WrongAudience,
            _ => AuthenticationError.None,
        };

    /// <summary>Checks <c>exp</c>, which must be there, <c>nbf</c> and <c>iat</c>, RFC 7519 §4.1.4 to §4.1.6.</summary>
    public static AuthenticationError CheckTimes(TokenClaims claims, DateTimeOffset now, TimeSpan leeway) => claims switch
    {
        { ExpiresAt: null } => AuthenticationError.NoExpiry,
        { ExpiresAt: { } expiry } when now - leeway >= expiry => AuthenticationError.Expired,
        { NotBefore: { } start } when now + leeway < start => AuthenticationError.NotYetValid,
        { IssuedAt: { } issued } when now + leeway < issued => AuthenticationError.IssuedInFuture,
        _ => AuthenticationError.None,
    };

    /// <summary>Finds the identity that the claims prove.</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="trustDomain">The issuer's trust domain.</param>
    /// <param name="id">The identity, or null.</param>
    /// <returns>The first rule broken.</returns>
    public static AuthenticationError FindIdentity(TokenClaims claims, TrustDomain trustDomain, out SpiffeId? id)
    {
        id = null;
        if (!ServiceAccount.TryParse(claims.Subject, out var account))
        {
            return AuthenticationError.NotServiceAccount;
        }

        var kubernetes = claims.Kubernetes;
        if ((kubernetes.Namespace ?? account.Namespace) != account.Namespace
            || (kubernetes.ServiceAccount ?? account.Name) != account.Name)
        {
            return AuthenticationError.ClaimsDisagree;
        }

        return account.TryGetId(trustDomain, out id) ? AuthenticationError.None : AuthenticationError.NotServiceAccount;
    }

    /// <summary>What the journal keeps of the token.</summary>
    public static AuthenticationEvidence Evidence(
        TokenClaims claims, TokenIssuer issuer, string tokenId, DateTimeOffset now) => new()
        {
            Authenticator = issuer.Authenticator,
            TokenTime = now,
            TokenId = tokenId,
            Cluster = issuer.ClusterId,
            PodName = claims.Kubernetes.PodName,
            PodUid = claims.Kubernetes.PodUid,
            NodeName = claims.Kubernetes.NodeName,
        };
}
