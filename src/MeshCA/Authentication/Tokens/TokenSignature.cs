using System.Security.Cryptography;
using MeshCA.Authentication.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MeshCA.Authentication.Tokens;

/// <summary>Checks a token's signature with the token library, every parameter spelled out.</summary>
internal static class TokenSignature
{
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = CompactJws.MaxLength };

    /// <summary>Verifies a token with one key.</summary>
    /// <param name="token">The token, read strictly before.</param>
    /// <param name="claims">What we read in it, and judged.</param>
    /// <param name="key">The issuer's key for it.</param>
    /// <returns>
    /// Whether the signature holds and the library reads the same issuer, audiences and expiry as we did. Whom they must
    /// name, and when, is judged before: the library would take the present from the system's clock. Empty
    /// audiences, which it may leave out, do not count; a missing expiry it gives as the beginning of time.
    /// </returns>
    public static bool Verify(CompactJws token, SignedClaims claims, VerificationKey key)
    {
        var parameters = new TokenValidationParameters
        {
            RequireSignedTokens = true,
            ValidateIssuerSigningKey = true,
            IssuerSigningKeyResolver = (_, _, _, _) => [key.SecurityKey],
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [token.Algorithm.Name],
            CryptoProviderFactory = key.SecurityKey.CryptoProviderFactory,
            ValidateIssuer = true,
            IssuerValidator = (issuer, _, _) => issuer == claims.Issuer ? issuer : throw new SecurityTokenInvalidIssuerException(),
            ValidateAudience = true,
            RequireAudience = false,
            AudienceValidator = (audiences, _, _) => NonEmpty(audiences ?? []).SequenceEqual(NonEmpty(claims.Audiences)),
            RequireExpirationTime = false,
            ValidateLifetime = true,
            LifetimeValidator = (_, expires, _, _) => expires.GetValueOrDefault() == (claims.ExpiresAt?.UtcDateTime).GetValueOrDefault(),
            ValidateActor = false,
            ValidateTokenReplay = false,
        };
        return IsValid(token.Text, parameters);
    }

    private static IEnumerable<string> NonEmpty(IEnumerable<string> names) => names.Where(name => name.Length > 0);

    private static bool IsValid(string token, TokenValidationParameters parameters)
    {
        try
        {
            return Handler.ValidateToken(token, parameters).IsValid;
        }
        catch (Exception exception) when (exception
            is SecurityTokenException or ArgumentException or FormatException or CryptographicException
            or InvalidOperationException or InvalidCastException or OverflowException or NotSupportedException)
        {
            // What the library throws on a token it cannot take is a token that does not verify.
            return false;
        }
    }
}
