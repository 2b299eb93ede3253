using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Authentication.Tokens;

/// <summary>A service-account token, taken apart but not verified.</summary>
internal sealed class CompactToken
{
    private CompactToken(CompactJws jws, TokenClaims claims)
    {
        Jws = jws;
        Claims = claims;
    }

    /// <summary>The signed envelope.</summary>
    public CompactJws Jws { get; }

    /// <summary>What it claims; true only once the signature is verified.</summary>
    public TokenClaims Claims { get; }

    /// <summary>Takes a token apart.</summary>
    /// <param name="text">The token; untrusted.</param>
    /// <param name="token">The token's parts, or null.</param>
    /// <param name="error">The first rule broken.</param>
    public static bool TryParse(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out CompactToken? token, out AuthenticationError error)
    {
        token = null;
        if (!CompactJws.TryParse(text, out var jws, out error))
        {
            return false;
        }

        if (!jws.IsPlain)
        {
            error = AuthenticationError.WrongTokenType;
            return false;
        }

        if (TokenClaims.TryParse(jws.Payload, out var claims, out error))
        {
            token = new CompactToken(jws, claims);
        }

        return token is not null;
    }
}
