using System.Diagnostics.CodeAnalysis;
using System.Text;
using SpiffeIdentity.Json;

namespace SpiffeIdentity.Svids;

/// <summary>A token that claims one SPIFFE ID towards its audience (JWT-SVID §2, §3).</summary>
/// <remarks>
/// Immutable. Parsing checks its form only, for those who hold a token of their own and want to know when to renew it;
/// what it claims is proved by <see cref="JwtSvidValidator"/> alone. The token is a secret: whoever sees it can use it.
/// </remarks>
public sealed class JwtSvid
{
    /// <summary>Longest token in characters.</summary>
    public const int MaxLength = 16 * 1024;

    private readonly JwtSvidHeader _header;
    private readonly JwtSvidClaims _claims;

    private JwtSvid(string token, JwtSvidHeader header, JwtSvidClaims claims, byte[] payload, byte[] signature)
    {
        Token = token;
        _header = header;
        _claims = claims;
        Payload = payload;
        Signature = signature;
    }

    /// <summary>The SPIFFE ID that the token claims; it has a path.</summary>
    public SpiffeId Id => _claims.Subject;

    /// <summary>Whom the token is for; at least one.</summary>
    public IReadOnlyList<string> Audience => _claims.Audience;

    /// <summary>From this moment on the token is worth nothing.</summary>
    public DateTimeOffset ExpiresAt => _claims.ExpiresAt;

    /// <summary>Before this moment the token is worth nothing; null where it does not say.</summary>
    public DateTimeOffset? NotBefore => _claims.NotBefore;

    /// <summary>When it was minted; null where it does not say.</summary>
    public DateTimeOffset? IssuedAt => _claims.IssuedAt;

    /// <summary>The name of the key it is signed with.</summary>
    public string KeyId => _header.KeyId;

    /// <summary>How it is signed.</summary>
    public JwtAlgorithm Algorithm => _header.Algorithm;

    /// <summary>All claims: a JSON object in UTF-8 that names no member twice.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The token in compact form. Secret.</summary>
    public string Token { get; }

    /// <summary>The decoded third part.</summary>
    internal byte[] Signature { get; }

    /// <summary>The first two parts with the dot between them: what is signed (RFC 7515 §5.1).</summary>
    internal byte[] SignedContent => Encoding.ASCII.GetBytes(Token[..Token.LastIndexOf('.')]);

    /// <summary>Reads a token; nothing is proved by that.</summary>
    /// <param name="token">The token; untrusted.</param>
    /// <param name="svid">The SVID, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="JwtSvidError.None"/>.</param>
    /// <returns>Whether the token has the form of a JWT-SVID.</returns>
    public static bool TryParse(ReadOnlySpan<char> token, [NotNullWhen(true)] out JwtSvid? svid, out JwtSvidError error)
    {
        svid = null;
        error = Read(token, out svid);
        return svid is not null;
    }

    /// <summary>Says whose token it is, and not the token.</summary>
    /// <returns>The SPIFFE ID.</returns>
    public override string ToString() => Id.ToString();

    private static JwtSvidError Read(ReadOnlySpan<char> token, out JwtSvid? svid)
    {
        svid = null;
        if (token.Length > MaxLength)
        {
            return JwtSvidError.TooLarge;
        }

        Span<Range> parts = stackalloc Range[4];
        if (token.Split(parts, '.') != 3 || token[parts[0]].IsEmpty || token[parts[1]].IsEmpty || token[parts[2]].IsEmpty)
        {
            return JwtSvidError.NotCompact;
        }

        if (!CanonicalBase64Url.TryDecode(token[parts[0]], out var head)
            || !CanonicalBase64Url.TryDecode(token[parts[1]], out var payload)
            || !CanonicalBase64Url.TryDecode(token[parts[2]], out var signature))
        {
            return JwtSvidError.BadEncoding;
        }

        var error = JwtSvidHeader.Read(head, out var header);
        if (header is null)
        {
            return error;
        }

        error = JwtSvidClaims.Read(payload, out var claims);
        svid = claims is null ? null : new JwtSvid(token.ToString(), header, claims, payload, signature);
        return error;
    }
}
