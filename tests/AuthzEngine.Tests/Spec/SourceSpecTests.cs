using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;
using static AuthzEngine.Tests.Written;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §3.3, §3.5, §3.6 and §3.10: fields of a source, and the conditions that mean the same.</summary>
public sealed class SourceSpecTests
{
    [Theory]
    [InlineData("*", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("*", "dns.example", true)]
    [InlineData("*", "", false)]
    [InlineData("*", null, false)]
    [InlineData("td/ns/a/sa/b", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("td/ns/a/sa/b", "spiffe://td/ns/a/sa/B", false)]
    [InlineData("td/ns/a/sa/b", "spiffe://td/ns/a/sa/bc", false)]
    [InlineData("td/ns/a/sa/b", "td/ns/a/sa/b", false)]
    [InlineData("spiffe://td/ns/a/sa/b", "spiffe://td/ns/a/sa/b", false)]
    [InlineData("td/ns/*", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("td/ns/*", "spiffe://td/ns/", true)]
    [InlineData("td/ns/*", "spiffe://other/ns/a/sa/b", false)]
    [InlineData("*/sa/b", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("*/sa/b", "spiffe:///sa/b", true)]
    [InlineData("*/sa/b", "td/ns/a/sa/b", false)]
    [InlineData("*/sa/b", "spiffe://td/ns/a/sa/b/c", false)]
    [InlineData("*.b", "spiffe://td/ns/a/sa/x.b", true)]
    [InlineData("*.b", "spiffe://td/ns/a/sa/xb", false)]
    public void S3_5_principals(string value, string? identity, bool matches) => Peer(
        matches, identity, new Source { Principals = [value] }, new Source { NotPrincipals = [value] }, "source.principal", value);

    [Theory]
    [InlineData("a", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("a", "spiffe://td/ns/aa/sa/b", false)]
    [InlineData("a", "spiffe://td/ns/A/sa/b", false)]
    [InlineData("a", "spiffe://td/ns/a", false)]
    [InlineData("a", "spiffe://td/ns/a/", true)]
    [InlineData("a", "spiffe://td/ns/x/ns/a/sa/b", true)]
    [InlineData("a*", "spiffe://td/ns/ab/sa/b", true)]
    [InlineData("*a", "spiffe://td/ns/ba/sa/b", true)]
    [InlineData("a*c", "spiffe://td/ns/abc/sa/b", true)]
    [InlineData("a*c", "spiffe://td/ns/ab/sa/c/", true)]
    [InlineData("a*c", "spiffe://td/ns/ab/sa/d", false)]
    [InlineData("*", "spiffe://td/ns//sa/b", true)]
    [InlineData("*", "spiffe://td/sa/b", false)]
    [InlineData("a.c", "spiffe://td/ns/abc/sa/b", false)]
    [InlineData("a.c", "spiffe://td/ns/a.c/sa/b", true)]
    public void S3_5_namespaces(string value, string identity, bool matches) => Peer(
        matches, identity, new Source { Namespaces = [value] }, new Source { NotNamespaces = [value] }, "source.namespace", value);

    [Theory]
    [InlineData("b", "spiffe://td/ns/shop/sa/b", true)]
    [InlineData("b", "spiffe://td/ns/other/sa/b", false)]
    [InlineData("other/b", "spiffe://td/ns/other/sa/b", true)]
    [InlineData("other/b", "spiffe://any.td/ns/other/sa/b", true)]
    [InlineData("other/b", "spiffe://td/x/y/ns/other/sa/b", true)]
    [InlineData("other/b", "spiffe://td/ns/other/x/y/sa/b", true)]
    [InlineData("other/b", "spiffe://td/ns/other/sa/b/z", true)]
    [InlineData("other/b", "spiffe://td/ns/other/sa/b/", false)]
    [InlineData("other/b", "spiffe://td/ns/other/sa/bc", false)]
    [InlineData("other/b", "spiffe://td/ns/other/xsa/b", false)]
    [InlineData("other/b", "spiffe://td/ns/other//sa/b", false)]
    [InlineData("other/b", "spiffe:///ns/other/sa/b", false)]
    [InlineData("other/b", "td/ns/other/sa/b", false)]
    [InlineData("other/b", "spiffe://td/ns/other/sa/B", false)]
    [InlineData("o.er/b", "spiffe://td/ns/oxer/sa/b", false)]
    public void S3_5_service_accounts(string value, string identity, bool matches) => Peer(
        matches, identity, new Source { ServiceAccounts = [value] }, new Source { NotServiceAccounts = [value] }, "source.serviceAccount", value);

    [Theory]
    [InlineData("*", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("*", "spiffe://", true)]
    [InlineData("*", "dns.example", false)]
    [InlineData("td", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("td", "spiffe://td", false)]
    [InlineData("td", "spiffe://td2/ns/a/sa/b", false)]
    [InlineData("td", "spiffe://TD/ns/a/sa/b", false)]
    [InlineData("td*", "spiffe://td2/ns/a/sa/b", true)]
    [InlineData("td*", "spiffe://td/ns/a/sa/b", true)]
    [InlineData("*.corp", "spiffe://a.corp/ns/a/sa/b", true)]
    [InlineData("*.corp", "spiffe://a/x.corp/ns", false)]
    [InlineData("*.corp", "spiffe://acorp/ns/a/sa/b", false)]
    public void S3_5_trust_domains(string value, string identity, bool matches) => Peer(
        matches, identity, new Source { TrustDomains = [value] }, new Source { NotTrustDomains = [value] }, "source.trustDomain", value);

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.9.9.9/8", "10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.1.2.4", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "::1", true)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("1.2.3.4", "::ffff:1.2.3.4", false)]
    [InlineData("::ffff:1.2.3.4", "::ffff:102:304", true)]
    public void S3_10_addresses_and_blocks(string block, string address, bool matches)
    {
        var at = IpAddress.Parse(address);
        Both(matches, new() { SourceIp = at }, From(new Source { IpBlocks = [block] }), From(new Source { NotIpBlocks = [block] }));
        Both(matches, new() { RemoteIp = at }, From(new Source { RemoteIpBlocks = [block] }), From(new Source { NotRemoteIpBlocks = [block] }));
        Both(matches, new() { SourceIp = at }, When("source.ip", block), WhenNot("source.ip", block));
        Both(matches, new() { RemoteIp = at }, When("remote.ip", block), WhenNot("remote.ip", block));
        Both(matches, new() { DestinationIp = at }, When("destination.ip", block), WhenNot("destination.ip", block));
    }

    [Theory]
    [InlineData("*", "i", "s", true)]
    [InlineData("*", "i", "", false)]
    [InlineData("*", "", "s", false)]
    [InlineData("*/s", "i", "s", true)]
    [InlineData("*/s", "", "s", false)]
    [InlineData("*/*", "i", "s", false)]
    [InlineData("*/*", "i", "*", true)]
    [InlineData("*.com/s", "https://a.com", "s", true)]
    [InlineData("*.com/s", "https://a.org", "s", false)]
    [InlineData("*a.com/s", "https://a.com", "s", true)]
    [InlineData("*a.com/s*", "https://a.com", "sx", false)]
    [InlineData("*/x/s", "i/x", "s", true)]
    [InlineData("*tail", "any", "long-tail", true)]
    [InlineData("*tail", "any", "tails", false)]
    [InlineData("https://a.com/*", "https://a.com", "s", true)]
    [InlineData("https://a.com/*", "https://a.com/", "s", false)]
    [InlineData("https://a.com/*", "https://a.com", "", false)]
    [InlineData("https://a.com/s*", "https://a.com", "sub", true)]
    [InlineData("https://a.com/s*", "https://a.com", "x", false)]
    [InlineData("https://a.com*", "https://a.com", "s", false)]
    [InlineData("iss*", "issuer", "s", true)]
    [InlineData("iss*", "issuer", "", false)]
    [InlineData("https://a.com/s", "https://a.com", "s", true)]
    [InlineData("https://a.com/s", "https://a.com", "S", false)]
    [InlineData("iss", "iss", "", true)]
    [InlineData("iss", "iss", "s", false)]
    public void S3_6_request_principals(string value, string issuer, string subject, bool matches)
    {
        var claims = TestClaims.Parse($$"""{"iss":"{{issuer}}","sub":"{{subject}}"}""");
        RequestPrincipal(matches, value, claims, new MeshSettings());
    }

    [Theory]
    [InlineData("""{"iss":"i"}""")]
    [InlineData("""{"sub":"s"}""")]
    [InlineData("""{"iss":"i","sub":1}""")]
    [InlineData("""{"iss":["i"],"sub":"s"}""")]
    public void S3_6_issuer_and_subject_must_be_strings_that_are_there(string claims) =>
        RequestPrincipal(false, "*", TestClaims.Parse(claims), new MeshSettings());

    [Theory]
    [InlineData("*", "i", "s", true)]
    [InlineData("https://a.com*", "https://a.com/x", "s", true)]
    [InlineData("*/*", "i", "s/*", true)]
    [InlineData("*/s", "", "s", true)]
    [InlineData("i/s", "i", "s", true)]
    [InlineData("a/b/s", "a", "b/s", true)]
    [InlineData("i", "i", "", false)]
    public void S3_6_request_principals_as_one_text_by_a_setting(string value, string issuer, string subject, bool matches)
    {
        var claims = TestClaims.Parse($$"""{"iss":"{{issuer}}","sub":"{{subject}}"}""");
        RequestPrincipal(matches, value, claims, new MeshSettings { RequestPrincipals = RequestPrincipalMatching.Joined });
    }

    private static void RequestPrincipal(bool matches, string value, ClaimValue.Struct claims, MeshSettings settings)
    {
        var request = new RequestAttributes { Claims = claims, Token = TokenState.Verified };
        Assert.Equal(matches, From(new Source { RequestPrincipals = [value] }).Matches(request, settings: settings));
        Assert.Equal(!matches, From(new Source { NotRequestPrincipals = [value] }).Matches(request, settings: settings));
        Assert.Equal(matches, When("request.auth.principal", value).Matches(request, settings: settings));
    }

    private static void Peer(bool matches, string? identity, Source positive, Source negative, string key, string value)
    {
        var request = new RequestAttributes { SourcePrincipal = identity };
        Both(matches, request, From(positive), From(negative));
        Both(matches, request, When(key, value), WhenNot(key, value));
    }

    private static void Both(bool matches, RequestAttributes request, Rule positive, Rule negative)
    {
        Assert.Equal(matches, positive.Matches(request));
        Assert.Equal(!matches, negative.Matches(request));
    }
}
