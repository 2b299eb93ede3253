using System.Security.Cryptography;
using MeshCA.Authentication.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MeshCA.Authentication.Tokens;

/// <summary>Checks a token's signature with the token library, every parameter spelled out.</summary>
internal static class TokenSignature
{
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = CompactToken.MaxLength };

    /// <summary>Verifies a token with the one key that its header names.</summary>
    /// <param name="token">The token, read strictly before.</param>
    /// <param name="issuer">Its issuer.</param>
    /// <param name="key">The issuer's key for it.</param>
    /// <returns>
    /// Whether the signature holds and the library reads the same issuer, audience and expiry as we did. Times are
    /// judged by <see cref="ClaimRules"/>: the library would take the present from the system's clock.
    /// </returns>
    public static bool Verify(CompactToken token, TokenIssuer issuer, VerificationKey key)
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
            ValidIssuer = issuer.Url,
            ValidateAudience = true,
            ValidAudiences = issuer.Audiences,
            RequireExpirationTime = true,
            ValidateLifetime = true,
            LifetimeValidator = (_, expires, _, _) => expires == token.Claims.ExpiresAt?.UtcDateTime,
            ValidateActor = false,
            ValidateTokenReplay = false,
        };
        return IsValid(token.Text, parameters);
    }

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
