using System.Diagnostics;

namespace AuthzEngine.Matching;

/// <summary>A pattern on issuer and subject of a token, authorization-policy §3.6.</summary>
public abstract record RequestPrincipalPattern
{
    private RequestPrincipalPattern()
    {
    }

    /// <summary>Whether a token's issuer and subject match. Both must be strings that the payload has.</summary>
    /// <param name="issuer">Claim <c>iss</c>.</param>
    /// <param name="subject">Claim <c>sub</c>.</param>
    /// <returns>Whether they do.</returns>
    public abstract bool Matches(string issuer, string subject);

    /// <summary>A value of <c>requestPrincipals</c>, matched on issuer and subject apart.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The pattern: the first line of the table of §3.6 that applies.</returns>
    public static RequestPrincipalPattern Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var slash = value.LastIndexOf('/');
        var (issuer, subject) = slash < 0 ? (value, "") : (value[..slash], value[(slash + 1)..]);
        return value switch
        {
            "*" => new Apart(Any, Any),
            ['*', ..] when slash >= 0 => new Apart(issuer == "*" ? Any : Suffix(issuer[1..]), Exact(subject)),
            ['*', .. var rest] => new Apart(Any, Suffix(rest)),
            [.., '*'] when slash >= 0 => new Apart(Exact(issuer), subject == "*" ? Any : Prefix(subject[..^1])),
            [.. var rest, '*'] => new Apart(Prefix(rest), Any),
            _ => new Apart(Exact(issuer), Exact(subject)),
        };
    }

    /// <summary>A value of <c>requestPrincipals</c>, matched on <c>issuer/subject</c> as before Istio 1.22.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The pattern.</returns>
    public static RequestPrincipalPattern OfJoined(string value) => new Joined(TextPattern.Of(value));

    private static TextPattern Any => new(TextMatch.NonEmpty, "");

    private static TextPattern Exact(string text) => new(TextMatch.Exact, text);

    private static TextPattern Prefix(string text) => new(TextMatch.Prefix, text);

    private static TextPattern Suffix(string text) => new(TextMatch.Suffix, text);

    /// <summary>Issuer and subject each on its own.</summary>
    /// <param name="Issuer">What the issuer must match.</param>
    /// <param name="Subject">What the subject must match.</param>
    public sealed record Apart(TextPattern Issuer, TextPattern Subject) : RequestPrincipalPattern
    {
        /// <inheritdoc/>
        public override bool Matches(string issuer, string subject) => Issuer.Matches(issuer) && Subject.Matches(subject);
    }

    /// <summary>The text <c>issuer/subject</c>.</summary>
    /// <param name="Pattern">What it must match.</param>
    public sealed record Joined(TextPattern Pattern) : RequestPrincipalPattern
    {
        /// <inheritdoc/>
        public override bool Matches(string issuer, string subject)
        {
            ArgumentNullException.ThrowIfNull(issuer);
            ArgumentNullException.ThrowIfNull(subject);
            return Pattern.Kind switch
            {
                TextMatch.NonEmpty => !issuer.Contains('\n', StringComparison.Ordinal) && !subject.Contains('\n', StringComparison.Ordinal),
                TextMatch.Exact or TextMatch.Prefix or TextMatch.Suffix => Pattern.Matches($"{issuer}/{subject}"),
                _ => throw new UnreachableException(),
            };
        }
    }
}
