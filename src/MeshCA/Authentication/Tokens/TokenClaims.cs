using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace MeshCA.Authentication.Tokens;

/// <summary>The registered claims of RFC 7519 §4.1 and those of Kubernetes, well-formed but not judged.</summary>
internal sealed class TokenClaims
{
    private const int MaxTextLength = 2048;
    private const int MaxTokenIdLength = 256;
    private const int MaxAudiences = 64;

    private TokenClaims()
    {
    }

    /// <summary><c>iss</c>; empty if missing.</summary>
    public string Issuer { get; private set; } = "";

    /// <summary><c>sub</c>; empty if missing.</summary>
    public string Subject { get; private set; } = "";

    /// <summary><c>aud</c>, whether a text or a list.</summary>
    public IReadOnlyList<string> Audiences { get; private set; } = [];

    /// <summary><c>jti</c>; null if missing.</summary>
    public string? TokenId { get; private set; }

    /// <summary><c>exp</c>; null if missing.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>The claims that the token library has to read alike.</summary>
    public SignedClaims Signed => new(Issuer, Audiences, ExpiresAt);

    /// <summary><c>nbf</c>; null if missing.</summary>
    public DateTimeOffset? NotBefore { get; private set; }

    /// <summary><c>iat</c>; null if missing.</summary>
    public DateTimeOffset? IssuedAt { get; private set; }

    /// <summary>The <c>kubernetes.io</c> claims; empty ones if missing.</summary>
    public KubernetesClaims Kubernetes { get; private set; } = KubernetesClaims.None;

    /// <summary>Reads a token's payload.</summary>
    /// <param name="utf8">The decoded payload; untrusted, its length already bounded.</param>
    /// <param name="claims">The claims, or null.</param>
    /// <param name="error">The rule broken.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out TokenClaims? claims, out AuthenticationError error)
    {
        error = JsonText.TryRead(utf8, Read, out claims) ? AuthenticationError.None : AuthenticationError.BadTokenClaims;
        return claims is not null;
    }

    private static TokenClaims? Read(JsonElement root)
    {
        var claims = new TokenClaims();
        return claims.ReadTexts(root) && claims.ReadTimes(root) && claims.ReadAudiences(root) && claims.ReadKubernetes(root)
            ? claims
            : null;
    }

    private bool ReadTexts(JsonElement root)
    {
        if (!root.TryGetString("iss", out var issuer) || issuer?.Length > MaxTextLength
            || !root.TryGetString("sub", out var subject) || subject?.Length > MaxTextLength
            || !root.TryGetString("jti", out var tokenId) || !IsTokenId(tokenId))
        {
            return false;
        }

        Issuer = issuer ?? "";
        Subject = subject ?? "";
        TokenId = tokenId;
        return true;
    }

    // It is written to the journal and shown to people.
    private static bool IsTokenId(string? text) =>
        text is null || (text.Length is > 0 and <= MaxTokenIdLength && !text.AsSpan().ContainsAnyExceptInRange('!', '~'));

    private bool ReadTimes(JsonElement root)
    {
        if (!TryGetTime(root, "exp", out var expiresAt)
            || !TryGetTime(root, "nbf", out var notBefore)
            || !TryGetTime(root, "iat", out var issuedAt))
        {
            return false;
        }

        ExpiresAt = expiresAt;
        NotBefore = notBefore;
        IssuedAt = issuedAt;
        return true;
    }

    private bool ReadAudiences(JsonElement root)
    {
        if (!root.TryGetProperty("aud", out var audience))
        {
            return true;
        }

        // RFC 7519 §4.1.3: a list of texts, or one text alone.
        if (audience.ValueKind == JsonValueKind.String)
        {
            Audiences = [audience.GetString()!];
            return true;
        }

        if (audience.ValueKind != JsonValueKind.Array || audience.GetArrayLength() > MaxAudiences
            || audience.EnumerateArray().Any(element => element.ValueKind != JsonValueKind.String))
        {
            return false;
        }

        Audiences = [.. audience.EnumerateArray().Select(element => element.GetString()!)];
        return true;
    }

    private bool ReadKubernetes(JsonElement root)
    {
        if (!root.TryGetObject("kubernetes.io", out var element))
        {
            return false;
        }

        var kubernetes = element is { } present ? KubernetesClaims.Read(present) : KubernetesClaims.None;
        Kubernetes = kubernetes ?? KubernetesClaims.None;
        return kubernetes is not null;
    }

    // RFC 7519 §2, NumericDate: seconds since 1970, fractions allowed; saturating would move a limit, so refuse.
    private static bool TryGetTime(JsonElement root, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!root.TryGetProperty(name, out var member))
        {
            return true;
        }

        if (member.ValueKind != JsonValueKind.Number || !member.TryGetDouble(out var seconds)
            || !(seconds >= 0 && seconds < 253_402_300_800))
        {
            return false;
        }

        time = DateTimeOffset.UnixEpoch.AddSeconds(Math.Floor(seconds));
        return true;
    }
}
