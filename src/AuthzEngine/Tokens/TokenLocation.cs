using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Tokens;

/// <summary>A place in a request where a rule looks for a token, authorization-policy §7.2.</summary>
public abstract record TokenLocation
{
    private static readonly Header Authorization = new("authorization", "Bearer ");
    private static readonly Parameter AccessToken = new("access_token");

    private TokenLocation()
    {
    }

    /// <summary>A header that holds a token after a prefix.</summary>
    /// <param name="Name">Its name in lower case.</param>
    /// <param name="Prefix">What comes before the token; may be empty.</param>
    public sealed record Header(string Name, string Prefix) : TokenLocation
    {
        /// <inheritdoc />
        public override string ToString() => $"header `{Name}`";
    }

    /// <summary>A query parameter.</summary>
    /// <param name="Name">Its name, decoded.</param>
    public sealed record Parameter(string Name) : TokenLocation
    {
        /// <inheritdoc />
        public override string ToString() => $"parameter `{Name}`";
    }

    /// <summary>A cookie.</summary>
    /// <param name="Name">Its name.</param>
    public sealed record Cookie(string Name) : TokenLocation
    {
        /// <inheritdoc />
        public override string ToString() => $"cookie `{Name}`";
    }

    /// <summary>Lists where a rule looks, in the order in which Envoy does: headers, parameters, cookies, each by name.</summary>
    /// <param name="rule">The rule.</param>
    /// <returns>The places it names; the default ones where it names none.</returns>
    public static IReadOnlyList<TokenLocation> Of(JwtRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        TokenLocation[] named =
        [
            .. rule.FromHeaders.OfType<JwtHeader>()
                .Select(header => new Header(AsciiFolding.Lower(header.Name), header.Prefix))
                .OrderBy(header => header.Name + header.Prefix, StringComparer.Ordinal),
            .. rule.FromParams.Order(StringComparer.Ordinal).Select(name => new Parameter(name)),
            .. rule.FromCookies.Order(StringComparer.Ordinal).Select(name => new Cookie(name)),
        ];
        return named.Length == 0 ? [Authorization, AccessToken] : [.. named.Distinct()];
    }
}
