using System.Text.Json;
using SpiffeIdentity.Json;

namespace SpiffeIdentity.Svids;

/// <summary>The claims that JWT-SVID has rules for, JWT-SVID §3.</summary>
internal sealed record JwtSvidClaims(
    SpiffeId Subject,
    IReadOnlyList<string> Audience,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? NotBefore,
    DateTimeOffset? IssuedAt)
{
    private const int MaxAudiences = 64;

    // The last second that DateTimeOffset holds.
    private const long MaxSeconds = 253_402_300_799;

    /// <summary>Reads a payload.</summary>
    /// <param name="utf8">The payload; untrusted, its length already bounded.</param>
    /// <param name="claims">The claims, or null.</param>
    /// <returns>The rule broken, or <see cref="JwtSvidError.None"/>.</returns>
    public static JwtSvidError Read(ReadOnlyMemory<byte> utf8, out JwtSvidClaims? claims)
    {
        JwtSvidClaims? found = null;
        var error = StrictJson.TryRead(utf8, root => Read(root, out found), out var verdict) ? verdict : JwtSvidError.MalformedClaims;
        claims = found;
        return error;
    }

    private static JwtSvidError Read(JsonElement root, out JwtSvidClaims? claims)
    {
        claims = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return JwtSvidError.MalformedClaims;
        }

        if (!root.TryGetText("sub", out var text) || !SpiffeId.TryParse(text, out var subject, out _))
        {
            return JwtSvidError.BadSubject;
        }

        if (subject.IsTrustDomainId)
        {
            return JwtSvidError.NoPath;
        }

        if (ReadAudience(root) is not { } audience)
        {
            return JwtSvidError.BadAudience;
        }

        if (!TryReadTime(root, "exp", out var expiresAt)
            || !TryReadTime(root, "nbf", out var notBefore)
            || !TryReadTime(root, "iat", out var issuedAt))
        {
            return JwtSvidError.MalformedClaims;
        }

        claims = expiresAt is { } end ? new JwtSvidClaims(subject, audience, end, notBefore, issuedAt) : null;
        return claims is null ? JwtSvidError.NoExpiry : JwtSvidError.None;
    }

    private static IReadOnlyList<string>? ReadAudience(JsonElement root)
    {
        if (!root.TryGetProperty("aud", out var member))
        {
            return null;
        }

        if (member.ValueKind == JsonValueKind.String)
        {
            return member.GetString() is { Length: > 0 } only ? [only] : null;
        }

        var isList = member.ValueKind == JsonValueKind.Array && member.GetArrayLength() is > 0 and <= MaxAudiences;
        return isList && member.EnumerateArray().All(value => value.ValueKind == JsonValueKind.String && !value.ValueEquals(""))
            ? [.. member.EnumerateArray().Select(value => value.GetString()!)] // each is a text, as was just seen
            : null;
    }

    /// <summary>Reads a NumericDate that is an integer, JWT-SVID §3.3; a fraction, an exponent or a number beyond the year 9999 is none.</summary>
    private static bool TryReadTime(JsonElement root, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!root.TryGetProperty(name, out var member))
        {
            return true;
        }

        if (member.ValueKind != JsonValueKind.Number || !member.TryGetInt64(out var seconds) || seconds is < 0 or > MaxSeconds)
        {
            return false;
        }

        time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }
}
