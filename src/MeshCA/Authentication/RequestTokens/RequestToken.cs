using AuthzEngine.Requests;
using AuthzEngine.Tokens;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>A token of a request, taken apart; it lives as long as the request.</summary>
/// <param name="text">The token; secret.</param>
/// <param name="hash">Its hash.</param>
/// <param name="payload">Its payload.</param>
/// <param name="claims">The payload's registered claims.</param>
/// <param name="knownKey">The key that it was verified with a short while ago; null if it was not.</param>
internal sealed class RequestToken(
    string text, TokenHash hash, ClaimValue.Struct payload, RegisteredClaims claims, VerificationKey? knownKey)
    : ReadToken(payload, claims)
{
    /// <summary>The token. Secret.</summary>
    public string Text { get; } = text;

    /// <summary>Its hash.</summary>
    public TokenHash Hash { get; } = hash;

    /// <summary>The key that it was verified with a short while ago.</summary>
    public VerificationKey? KnownKey { get; } = knownKey;

    /// <summary>What the token library has to read alike.</summary>
    public SignedClaims Signed => new(Claims.Issuer, Claims.Audiences, Claims.ExpiresAt);
}
