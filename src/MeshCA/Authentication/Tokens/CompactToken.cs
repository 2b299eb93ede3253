using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.Tokens;

/// <summary>A three-part JWS, RFC 7515 §7.1, taken apart but not verified.</summary>
/// <remarks>
/// Only what passes here reaches the token library: its parser is lenient about repeated members and depth, and
/// would decrypt five-part tokens. Reading strictly first makes both see the same claims.
/// </remarks>
internal sealed class CompactToken
{
    /// <summary>Longest token in characters; a projected token has about a thousand.</summary>
    public const int MaxLength = 16 * 1024;

    private const int MaxKeyIdLength = 2048;

    private CompactToken(string text, TokenAlgorithm algorithm, string? keyId, TokenClaims claims)
    {
        Text = text;
        Algorithm = algorithm;
        KeyId = keyId;
        Claims = claims;
    }

    /// <summary>The whole token. Secret.</summary>
    public string Text { get; }

    /// <summary>The algorithm its header names.</summary>
    public TokenAlgorithm Algorithm { get; }

    /// <summary>The key its header names; null for none.</summary>
    public string? KeyId { get; }

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
        if (!TrySplit(text, out var headerPart, out var payloadPart, out error))
        {
            return false;
        }

        if (!Base64UrlText.TryDecode(headerPart, out var header) || !Base64UrlText.TryDecode(payloadPart, out var payload))
        {
            error = AuthenticationError.BadTokenEncoding;
            return false;
        }

        if (!JsonText.TryRead(header, Header.Read, out var read))
        {
            error = AuthenticationError.BadTokenHeader;
            return false;
        }

        if (!TokenAlgorithm.TryParse(read.Algorithm, out var algorithm))
        {
            error = AuthenticationError.AlgorithmNotAllowed;
            return false;
        }

        error = read.Error;
        if (error == AuthenticationError.None && TokenClaims.TryParse(payload, out var claims, out error))
        {
            token = new CompactToken(text.ToString(), algorithm, read.KeyId, claims);
        }

        return token is not null;
    }

    private static bool TrySplit(
        ReadOnlySpan<char> text, out ReadOnlySpan<char> header, out ReadOnlySpan<char> payload, out AuthenticationError error)
    {
        header = payload = default;
        if (text.Length > MaxLength)
        {
            error = AuthenticationError.TokenTooLong;
            return false;
        }

        Span<Range> parts = stackalloc Range[4];
        error = text.Split(parts, '.') == 3 ? AuthenticationError.None : AuthenticationError.NotCompactJws;
        if (error != AuthenticationError.None)
        {
            return false;
        }

        header = text[parts[0]];
        payload = text[parts[1]];
        var signature = text[parts[2]];
        error = header.IsEmpty || payload.IsEmpty || signature.IsEmpty ? AuthenticationError.NotCompactJws
            : !Base64UrlText.IsCanonical(signature) ? AuthenticationError.BadTokenEncoding
            : AuthenticationError.None;
        return error == AuthenticationError.None;
    }

    private sealed record Header(string Algorithm, string? KeyId, AuthenticationError Error)
    {
        public static Header? Read(JsonElement root)
        {
            if (!root.TryGetString("alg", out var algorithm) || algorithm is null
                || !root.TryGetString("kid", out var keyId) || keyId?.Length > MaxKeyIdLength
                || !root.TryGetString("typ", out var type))
            {
                return null;
            }

            return new Header(algorithm, keyId, Check(root, type));
        }

        private static AuthenticationError Check(JsonElement root, string? type)
        {
            // RFC 7515 §4.1.11: extensions named here MUST be understood; none is.
            if (root.TryGetProperty("crit", out _))
            {
                return AuthenticationError.CriticalHeader;
            }

            // RFC 7519 §5.1; `cty` would mean a token within the token, §5.2.
            var plain = type is null || type.Equals("JWT", StringComparison.OrdinalIgnoreCase) || type == "JOSE";
            return plain && !root.TryGetProperty("cty", out _)
                ? AuthenticationError.None
                : AuthenticationError.WrongTokenType;
        }
    }
}
