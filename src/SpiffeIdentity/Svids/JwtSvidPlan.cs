using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Svids;

/// <summary>What a JWT-SVID to be minted says, checked. Immutable.</summary>
public sealed class JwtSvidPlan
{
    /// <summary>Most audiences of one token; one is recommended (JWT-SVID §3.2).</summary>
    public const int MaxAudiences = 16;

    /// <summary>Most bytes of all audiences together, in UTF-8: the token must stay below <see cref="JwtSvid.MaxLength"/>.</summary>
    public const int MaxAudienceLength = 4096;

    /// <summary>Longest audience, issuer or token ID in characters.</summary>
    public const int MaxTextLength = 2048;

    private JwtSvidPlan(SpiffeId subject, IReadOnlyList<string> audience, DateTimeOffset issuedAt, DateTimeOffset expiresAt)
    {
        Subject = subject;
        Audience = audience;
        IssuedAt = issuedAt;
        ExpiresAt = expiresAt;
    }

    /// <summary>Whose token it is.</summary>
    public SpiffeId Subject { get; }

    /// <summary>Whom it is for.</summary>
    public IReadOnlyList<string> Audience { get; }

    /// <summary>When it is minted, whole seconds.</summary>
    public DateTimeOffset IssuedAt { get; }

    /// <summary>When it ends, whole seconds.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>The <c>iss</c> for verifiers that know OpenID Connect; null for none.</summary>
    public string? Issuer { get; private init; }

    /// <summary>The <c>jti</c>; null for none.</summary>
    public string? TokenId { get; private init; }

    /// <summary>Checks what a token is to say.</summary>
    /// <param name="subject">Whose token it is.</param>
    /// <param name="audience">Whom it is for; untrusted.</param>
    /// <param name="issuedAt">When it is minted.</param>
    /// <param name="expiresAt">When it ends; a part of a second is cut off.</param>
    /// <param name="plan">The plan, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="JwtSvidError.None"/>.</param>
    /// <returns>Whether validators would take the token.</returns>
    public static bool TryCreate(
        SpiffeId subject,
        IReadOnlyList<string> audience,
        DateTimeOffset issuedAt,
        DateTimeOffset expiresAt,
        [NotNullWhen(true)] out JwtSvidPlan? plan,
        out JwtSvidError error)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(audience);
        var (from, to) = (WholeSeconds(issuedAt), WholeSeconds(expiresAt));
        error = 0 switch
        {
            _ when subject.IsTrustDomainId => JwtSvidError.NoPath,
            _ when audience.Count is 0 or > MaxAudiences || !audience.All(IsText) => JwtSvidError.BadAudience,
            _ when audience.Sum(name => System.Text.Encoding.UTF8.GetByteCount(name)) > MaxAudienceLength => JwtSvidError.BadAudience,
            _ when to <= from => JwtSvidError.Expired,
            _ => JwtSvidError.None,
        };
        plan = error == JwtSvidError.None ? new JwtSvidPlan(subject, [.. audience.Distinct(StringComparer.Ordinal)], from, to) : null;
        return plan is not null;
    }

    /// <summary>The same plan with an issuer.</summary>
    /// <param name="issuer">The URL of the issuer, of 1 to <see cref="MaxTextLength"/> characters.</param>
    /// <returns>Another plan.</returns>
    public JwtSvidPlan WithIssuer(string issuer) => new(Subject, Audience, IssuedAt, ExpiresAt) { Issuer = Text(issuer), TokenId = TokenId };

    /// <summary>The same plan with an ID for the token.</summary>
    /// <param name="tokenId">Unique among the issuer's tokens; 1 to <see cref="MaxTextLength"/> characters.</param>
    /// <returns>Another plan.</returns>
    public JwtSvidPlan WithTokenId(string tokenId) => new(Subject, Audience, IssuedAt, ExpiresAt) { Issuer = Issuer, TokenId = Text(tokenId) };

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    // Half of a surrogate pair cannot be written in UTF-8.
    private static bool IsText(string? text) => text is { Length: > 0 and <= MaxTextLength } && IsUnicode(text);

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private static string Text(string text) =>
        IsText(text) ? text : throw new ArgumentException("the text is empty, too long or no Unicode", nameof(text));
}
