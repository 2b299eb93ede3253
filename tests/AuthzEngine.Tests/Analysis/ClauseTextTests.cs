using AuthzEngine.Analysis;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis;

public sealed class ClauseTextTests
{
    public static TheoryData<Rule, string> Rules() =>
    [
        new(Written.From(new Source { Principals = ["td/ns/a/sa/b", "*/sa/c", "td/*", "*"] }), "source.principal is `spiffe://td/ns/a/sa/b` or `spiffe://*/sa/c` or `spiffe://td/*` or `*`"),
        new(Written.From(new Source { NotNamespaces = ["a", "b*"] }), "source.principal is not `*/ns/a/*` nor `*/ns/b*/*`"),
        new(Written.From(new Source { ServiceAccounts = ["web"] }), "source.principal is `spiffe://*/ns/shop/sa/web`"),
        new(Written.From(new Source { TrustDomains = ["*.td"] }), "source.principal is `spiffe://*.td/*`"),
        new(Written.From(new Source { IpBlocks = ["10.0.0.1"] }), "source.ip is `10.0.0.1/32`"),
        new(Written.From(new Source { RemoteIpBlocks = ["10.0.0.0/8"] }), "remote.ip is `10.0.0.0/8`"),
        new(Written.From(new Source { RequestPrincipals = ["iss/*", "*"] }), "request.auth.principal is `iss/*` or `*/*`"),
        new(Written.To(new Operation { Hosts = ["*.example"] }), "host is `*.example`"),
        new(Written.To(new Operation { Methods = ["GET"] }), "method is `GET`"),
        new(Written.To(new Operation { NotPaths = ["/a*", "/b/{*}"] }), "path is not `/a*` nor `/b/{*}`"),
        new(Written.To(new Operation { Ports = ["80", "443"] }), "destination.port is `80` or `443`"),
        new(Written.When("destination.ip", "::1"), "destination.ip is `::1/128`"),
        new(Written.When("connection.sni", "a"), "connection.sni is `a`"),
        new(Written.When("request.headers[X-Team]", "a"), "request.headers[x-team] is `a`"),
        new(Written.When("request.headers[:path]", "/a?b"), "request.headers[:path] is `/a?b`"),
        new(Written.WhenNot("request.auth.claims[a][b]", "c"), "request.auth.claims[a][b] is not `c`"),
        new(Written.When("experimental.envoy.filters.f[k]", "[v]", "w"), "experimental.envoy.filters.f[k] is `[v]` or `w`"),
    ];

    [Theory, MemberData(nameof(Rules))]
    public void A_clause_reads_as_the_policy_means_it(Rule rule, string words)
    {
        var model = Assert.Single(PolicyTranslator.Translate(Written.Allow(rule), new()).HttpRules);

        Assert.Equal(words, ClauseText.Of(Assert.Single(model.From.Concat(model.To).Append(model.When).SelectMany(clauses => clauses))).ToString());
    }

    [Fact]
    public void Aliases_of_the_trust_domain_are_named()
    {
        var mesh = new MeshSettings { TrustDomain = "td", TrustDomainAliases = ["old"] };
        var model = Assert.Single(PolicyTranslator.Translate(Written.Allow(Written.From(new Source { Principals = ["td/ns/a/sa/b"] })), mesh).HttpRules);

        Assert.Equal(["spiffe://td/ns/a/sa/b", "spiffe://old/ns/a/sa/b"], ClauseText.Of(model.From[0][0]).Patterns);
    }
}
