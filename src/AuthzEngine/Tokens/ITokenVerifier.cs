using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>Takes tokens apart and checks their signatures: what needs cryptography and keys.</summary>
public interface ITokenVerifier
{
    /// <summary>Takes a token apart.</summary>
    /// <param name="text">The token; untrusted, of any length.</param>
    /// <returns>Its parts, not verified; null where it is malformed.</returns>
    ReadToken? Read(string text);

    /// <summary>Checks a token's signature with the keys of a rule; it waits for nothing.</summary>
    /// <param name="token">A token that <see cref="Read"/> returned.</param>
    /// <param name="rule">The rule.</param>
    /// <returns>The fault; none where the signature holds.</returns>
    TokenFault CheckSignature(ReadToken token, JwtRule rule);
}

/// <summary>A token taken apart. Whoever verifies signatures keeps what it needs for that in a type of its own.</summary>
/// <param name="payload">Its payload.</param>
/// <param name="claims">The payload's registered claims.</param>
public abstract class ReadToken(ClaimValue.Struct payload, RegisteredClaims claims)
{
    /// <summary>Its payload; true only once the signature is verified.</summary>
    public ClaimValue.Struct Payload { get; } = payload;

    /// <summary>The payload's registered claims.</summary>
    public RegisteredClaims Claims { get; } = claims;
}
