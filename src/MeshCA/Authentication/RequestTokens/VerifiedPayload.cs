using AuthzEngine.Requests;
using AuthzEngine.Tokens;
using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>What a signed token says; its issuer, audiences and times are judged at each use, and the key by each rule.</summary>
/// <param name="payload">The payload.</param>
/// <param name="claims">Its registered claims.</param>
/// <param name="key">The key with which the signature holds.</param>
internal sealed class VerifiedPayload(ClaimValue.Struct payload, RegisteredClaims claims, VerificationKey key)
{
    /// <summary>The payload.</summary>
    public ClaimValue.Struct Payload { get; } = payload;

    /// <summary>Its registered claims.</summary>
    public RegisteredClaims Claims { get; } = claims;

    /// <summary>The key with which the signature holds.</summary>
    public VerificationKey Key { get; } = key;
}
