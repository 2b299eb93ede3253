using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.Tokens;

/// <summary>A three-part JWS, RFC 7515 §7.1, taken apart but not verified; its payload may be anything.</summary>
/// <remarks>
/// Only what passes here reaches the token library: its parser is lenient about repeated members and depth, and
/// would decrypt five-part tokens. Reading strictly first makes both see the same header.
/// </remarks>
internal sealed class CompactJws
{
    /// <summary>Longest token in characters; a projected token has about a thousand.</summary>
    public const int MaxLength = 16 * 1024;

    private const int MaxKeyIdLength = 2048;

    private CompactJws(string text, Header header, TokenAlgorithm algorithm, ReadOnlyMemory<byte> payload)
    {
        Text = text;
        Algorithm = algorithm;
        KeyId = header.KeyId;
        IsPlain = header.IsPlain;
        Payload = payload;
    }

    /// <summary>The whole token. Secret.</summary>
    public string Text { get; }

    /// <summary>The algorithm its header names.</summary>
    public TokenAlgorithm Algorithm { get; }

    /// <summary>The key its header names; null for none.</summary>
    public string? KeyId { get; }

    /// <summary>Whether the header calls it a JWT or nothing at all, RFC 7519 §5.1, and the payload no token within, §5.2.</summary>
    public bool IsPlain { get; }

    /// <summary>The decoded payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Takes a token apart.</summary>
    /// <param name="text">The token; untrusted.</param>
    /// <param name="jws">The token's parts, or null.</param>
    /// <param name="error">The first rule broken.</param>
    public static bool TryParse(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out CompactJws? jws, out AuthenticationError error)
    {
        jws = null;
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

        // RFC 7515 §4.1.11: extensions named critical MUST be understood; none is.
        error = !TokenAlgorithm.TryParse(read.Algorithm, out var algorithm) ? AuthenticationError.AlgorithmNotAllowed
            : read.IsCritical ? AuthenticationError.CriticalHeader
            : AuthenticationError.None;
        jws = error == AuthenticationError.None ? new CompactJws(text.ToString(), read, algorithm!, payload) : null;
        return jws is not null;
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

    private sealed record Header(string Algorithm, string? KeyId, bool IsCritical, bool IsPlain)
    {
        public static Header? Read(JsonElement root)
        {
            if (!root.TryGetString("alg", out var algorithm) || algorithm is null
                || !root.TryGetString("kid", out var keyId) || keyId?.Length > MaxKeyIdLength
                || !root.TryGetString("typ", out var type))
            {
                return null;
            }

            var plain = type is null || type.Equals("JWT", StringComparison.OrdinalIgnoreCase) || type == "JOSE";
            return new(algorithm, keyId, root.TryGetProperty("crit", out _), plain && !root.TryGetProperty("cty", out _));
        }
    }
}
