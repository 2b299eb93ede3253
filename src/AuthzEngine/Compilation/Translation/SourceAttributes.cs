using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation.Translation;

/// <summary>Attributes of the peer and of its token.</summary>
internal static class SourceAttributes
{
    public static AttributeTranslation Principals { get; } = new(HttpOnly: false, static (site, values) =>
        Peer(site, TrustDomainExpansion.OfPrincipals(values, site.Settings), PeerPattern.OfPrincipal));

    public static AttributeTranslation TrustDomains { get; } = new(HttpOnly: false, static (site, values) =>
        Peer(site, TrustDomainExpansion.OfTrustDomains(values, site.Settings), PeerPattern.OfTrustDomain));

    public static AttributeTranslation Namespaces { get; } = new(HttpOnly: false, static (site, values) =>
        Peer(site, values, PeerPattern.OfNamespace));

    public static AttributeTranslation ServiceAccounts { get; } = new(HttpOnly: false, static (site, values) =>
        Peer(site, values, value => PeerPattern.OfServiceAccount(value, site.PolicyNamespace)));

    public static AttributeTranslation SourceIp { get; } = Address(AddressAttribute.Source);

    public static AttributeTranslation RemoteIp { get; } = Address(AddressAttribute.Remote);

    public static AttributeTranslation DestinationIp { get; } = Address(AddressAttribute.Destination);

    public static AttributeTranslation RequestPrincipals { get; } = AttributeTranslation.Of(
        httpOnly: true,
        static (site, value) => site.Settings.RequestPrincipals == RequestPrincipalMatching.Joined
            ? RequestPrincipalPattern.OfJoined(value)
            : RequestPrincipalPattern.Of(value),
        static (site, patterns) => new Clause.RequestPrincipal(site.Field, site.Negated, patterns));

    public static AttributeTranslation Audiences { get; } = Claim(new ClaimPath(["aud"]));

    public static AttributeTranslation Presenter { get; } = Claim(new ClaimPath(["azp"]));

    public static AttributeTranslation Claim(ClaimPath path) => AttributeTranslation.Of(
        httpOnly: true,
        static (_, value) => TextPattern.Of(value),
        (site, patterns) => new Clause.Claims(site.Field, site.Negated, path, patterns));

    private static TranslatedField Peer(FieldSite site, IReadOnlyList<string> values, Func<string, PeerPattern> pattern) =>
        new(new Clause.Peer(site.Field, site.Negated, [.. values.Select(pattern)]), Complete: true, HttpOnly: false);

    private static AttributeTranslation Address(AddressAttribute attribute) => AttributeTranslation.Parsed<CidrBlock>(
        httpOnly: false,
        static (string text, [NotNullWhen(true)] out CidrBlock? block) => CidrBlock.TryParse(text, out block),
        (site, blocks) => new Clause.Address(site.Field, site.Negated, attribute, blocks));
}
