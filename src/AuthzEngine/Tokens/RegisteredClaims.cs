using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>The registered claims of RFC 7519 §4.1 that rules look at, of the right types but not judged.</summary>
public sealed class RegisteredClaims
{
    // 9999-12-31, the last second that there is.
    private const double MaxSeconds = 253_402_300_799;

    private RegisteredClaims(string issuer, IReadOnlyList<string> audiences, DateTimeOffset? expiresAt, DateTimeOffset? notBefore)
    {
        Issuer = issuer;
        Audiences = audiences;
        ExpiresAt = expiresAt;
        NotBefore = notBefore;
    }

    /// <summary><c>iss</c>; empty if missing.</summary>
    public string Issuer { get; }

    /// <summary><c>aud</c>, whether a text or a list.</summary>
    public IReadOnlyList<string> Audiences { get; }

    /// <summary><c>exp</c> in whole seconds; null if missing: such a token does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary><c>nbf</c> in whole seconds; null if missing.</summary>
    public DateTimeOffset? NotBefore { get; }

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">The payload; untrusted.</param>
    /// <param name="claims">The claims, or null.</param>
    /// <returns>Whether each claim that is there has its type: otherwise the token is malformed.</returns>
    public static bool TryRead(ClaimValue.Struct payload, [NotNullWhen(true)] out RegisteredClaims? claims)
    {
        ArgumentNullException.ThrowIfNull(payload);
        claims = TryText(payload, "iss", out var issuer) && TryText(payload, "sub", out _)
            && TryAudiences(payload, out var audiences)
            && TryTime(payload, "exp", out var expiresAt)
            && TryTime(payload, "nbf", out var notBefore)
            && TryTime(payload, "iat", out _)
            ? new(issuer, audiences, expiresAt, notBefore)
            : null;
        return claims is not null;
    }

    private static bool TryText(ClaimValue.Struct payload, string name, out string text)
    {
        var present = payload.Members.TryGetValue(name, out var value);
        text = value is ClaimValue.Text(var read) ? read : "";
        return !present || value is ClaimValue.Text;
    }

    // RFC 7519 §4.1.3: a list of texts, or one text alone.
    private static bool TryAudiences(ClaimValue.Struct payload, out IReadOnlyList<string> audiences)
    {
        audiences = [];
        switch (payload.Members.GetValueOrDefault("aud"))
        {
            case null:
                return true;
            case ClaimValue.Text(var text):
                audiences = [text];
                return true;
            case ClaimValue.List(var items) when items.All(item => item is ClaimValue.Text):
                audiences = [.. items.Cast<ClaimValue.Text>().Select(item => item.Value)];
                return true;
            default:
                return false;
        }
    }

    // RFC 7519 §2, NumericDate: seconds since 1970, fractions allowed; saturating would move a limit, so refuse.
    private static bool TryTime(ClaimValue.Struct payload, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!payload.Members.TryGetValue(name, out var value))
        {
            return true;
        }

        if (value is not ClaimValue.Number(var text)
            || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || !(seconds >= 0 && seconds < MaxSeconds + 1))
        {
            return false;
        }

        time = DateTimeOffset.UnixEpoch.AddSeconds(Math.Floor(seconds));
        return true;
    }
}
