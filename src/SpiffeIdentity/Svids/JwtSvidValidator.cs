using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.Svids;

/// <summary>Validates JWT-SVIDs, JWT-SVID §4. Pure; safe for concurrent use.</summary>
public static class JwtSvidValidator
{
    /// <summary>How far the clocks of who minted a token and who validates it may differ: 60 seconds, as in go-spiffe. A token is
    /// taken that much after its <c>exp</c>, and that much before its <c>nbf</c> and <c>iat</c>.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    /// <summary>Validates a token.</summary>
    /// <param name="token">The token in compact form; untrusted.</param>
    /// <param name="audience">Who the token was shown to: the caller's own name, which the token must hold exactly.</param>
    /// <param name="bundles">The bundles; only that of the subject's trust domain counts.</param>
    /// <param name="now">The present.</param>
    /// <returns>Whose token it is and all it says, or the first rule broken and nothing it says.</returns>
    /// <exception cref="ArgumentException">The audience is empty: then every token would be everybody's.</exception>
    public static JwtSvidValidation Validate(ReadOnlySpan<char> token, string audience, BundleSet bundles, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrEmpty(audience);
        ArgumentNullException.ThrowIfNull(bundles);
        if (!JwtSvid.TryParse(token, out var svid, out var error))
        {
            return new JwtSvidValidation.Refused(error);
        }

        error = CheckClaims(svid, audience, now);
        if (error == JwtSvidError.None)
        {
            error = CheckSignature(svid, bundles);
        }

        return error == JwtSvidError.None ? new JwtSvidValidation.Accepted(svid) : new JwtSvidValidation.Refused(error);
    }

    private static JwtSvidError CheckClaims(JwtSvid svid, string audience, DateTimeOffset now) => svid switch
    {
        _ when !svid.Audience.Contains(audience, StringComparer.Ordinal) => JwtSvidError.OtherAudience,

        // RFC 7519 §4.1.4: on or after the moment. As differences, so that no sum overflows.
        _ when now - svid.ExpiresAt >= Leeway => JwtSvidError.Expired,
        _ when svid.NotBefore - now > Leeway || svid.IssuedAt - now > Leeway => JwtSvidError.NotYetValid,
        _ => JwtSvidError.None,
    };

    private static JwtSvidError CheckSignature(JwtSvid svid, BundleSet bundles)
    {
        if (!bundles.TryGet(svid.Id.TrustDomain, out var bundle))
        {
            return JwtSvidError.NoBundle;
        }

        if (!bundle.Jwt.TryFindKey(svid.KeyId, out var key))
        {
            return JwtSvidError.UnknownKey;
        }

        // The token says only by its kid which key it means; what the key may verify, the key says.
        if (key.Family != JwtSignature.FamilyOf(svid.Algorithm))
        {
            return JwtSvidError.KeyOfOtherAlgorithm;
        }

        return JwtSignature.Verify(key, svid.Algorithm, svid.SignedContent, svid.Signature)
            ? JwtSvidError.None
            : JwtSvidError.BadSignature;
    }
}

/// <summary>What became of a token.</summary>
public abstract record JwtSvidValidation
{
    private JwtSvidValidation()
    {
    }

    /// <summary>The token is good.</summary>
    /// <param name="Svid">Whose it is, and what it says.</param>
    public sealed record Accepted(JwtSvid Svid) : JwtSvidValidation;

    /// <summary>The token is not good; what it claims is not told.</summary>
    /// <param name="Error">The first rule broken.</param>
    public sealed record Refused(JwtSvidError Error) : JwtSvidValidation;
}
