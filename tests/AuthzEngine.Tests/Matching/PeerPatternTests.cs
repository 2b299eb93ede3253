using System.Text.RegularExpressions;
using AuthzEngine.Matching;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class PeerPatternTests
{
    private static readonly Arbitrary<string> Values = Texts.Of("td", "a", "b", "ns/", "sa/", "/", "*", ".");

    private static readonly Arbitrary<string> Identities =
        Texts.Of("spiffe://", "td", "a", "b", "/ns/", "/sa/", "sa/", "/", ".", "*", "\n").MapFilter(
            text => text.Length % 3 == 0 ? text : "spiffe://" + text, _ => true);

    [Fact]
    public void Principals_equal_the_expression_of_istio() => Texts.HoldsFor(Values, Identities, (value, identity) =>
        PeerPattern.OfPrincipal(value).Matches(identity) == Texts.IsWholeMatch(Principal(value), identity));

    [Fact]
    public void Namespaces_equal_the_expression_of_istio() => Texts.HoldsFor(Values, Identities, (value, identity) =>
        PeerPattern.OfNamespace(value).Matches(identity)
        == Texts.IsWholeMatch($".*/ns/{string.Join(".*", value.Split('*').Select(Regex.Escape))}/.*", identity));

    [Fact]
    public void Service_accounts_equal_the_expression_of_istio() => Texts.HoldsFor(
        Texts.Of("a", "b", "/", "."), Identities, (value, identity) =>
        {
            var (@namespace, name) = value.Split('/', 2) is [var before, var after] ? (before, after) : ("b", value);
            return PeerPattern.OfServiceAccount(value, "b").Matches(identity)
                == Texts.IsWholeMatch($"spiffe://.+/ns/{Regex.Escape(@namespace)}/(.+/|)sa/{Regex.Escape(name)}(/.+)?", identity);
        });

    [Fact]
    public void Trust_domains_equal_the_expression_of_istio() => Texts.HoldsFor(
        Texts.Of("td", "a", ".", "/"), Identities, (value, identity) =>
            PeerPattern.OfTrustDomain(value).Matches(identity) == identity.StartsWith($"spiffe://{value}/", StringComparison.Ordinal)
            && PeerPattern.OfTrustDomain($"{value}*a").Matches(identity)
                == Texts.IsWholeMatch($"spiffe://{Regex.Escape(value)}[^/]*a/.*", identity)
            && PeerPattern.OfTrustDomain($"*{value}").Matches(identity)
                == (value.Length == 0
                    ? identity.StartsWith("spiffe://", StringComparison.Ordinal)
                    : Texts.IsWholeMatch($"spiffe://[^/]*{Regex.Escape(value)}/.*", identity)));

    [Fact]
    public void Matching_never_throws() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((value, text) =>
        {
            PeerPattern[] patterns =
            [
                PeerPattern.OfPrincipal(value.Get), PeerPattern.OfNamespace(value.Get),
                PeerPattern.OfServiceAccount(value.Get, "shop"), PeerPattern.OfTrustDomain(value.Get),
            ];
            return patterns.All(pattern => !pattern.Matches(text.Get) || pattern.Matches(text.Get));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(20_000)]
    public void A_long_identity_is_one_scan_for_service_accounts(int repeats)
    {
        // Were each `sa/b` tried with each `/ns/a/`, this would take minutes.
        var identity = "spiffe://td" + string.Concat(Enumerable.Repeat("/ns/a/sa/bx", repeats));
        Assert.False(PeerPattern.OfServiceAccount("a/b", "").Matches(identity));
        Assert.True(PeerPattern.OfServiceAccount("a/b", "").Matches(identity + "/sa/b"));
    }

    private static string Principal(string value) => value switch
    {
        "*" => ".+",
        ['*', .. var suffix] => "spiffe://.*" + Regex.Escape(suffix),
        [.. var prefix, '*'] => "spiffe://" + Regex.Escape(prefix) + @"[\s\S]*",
        _ => "spiffe://" + Regex.Escape(value),
    };
}
