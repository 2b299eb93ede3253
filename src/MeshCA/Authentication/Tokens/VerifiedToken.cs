using MeshCA.Authentication.Keys;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Authentication.Tokens;

/// <summary>A token whose signature and audience hold; its times are judged anew at each use.</summary>
internal sealed class VerifiedToken(
    IssuerKeyRing ring, VerificationKey key, TokenClaims claims, SpiffeId id, AuthenticationEvidence evidence)
{
    private readonly KeyInForce _key = new(ring, key);

    /// <summary>Its issuer and that one's keys.</summary>
    public IssuerKeyRing Ring { get; } = ring;

    /// <summary>What it claims.</summary>
    public TokenClaims Claims { get; } = claims;

    /// <summary>Whether the issuer still publishes the key: one that was withdrawn vouches for nothing.</summary>
    public bool KeyStillPublished => _key.IsPublished;

    /// <summary>The caller, authenticated by the token at a moment.</summary>
    public CallerIdentity ToCaller(DateTimeOffset now) => new(id, evidence with { TokenTime = now });
}
