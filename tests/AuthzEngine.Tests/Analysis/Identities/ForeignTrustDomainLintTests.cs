using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Identities;

public sealed class ForeignTrustDomainLintTests
{
    [Theory]
    [InlineData("other.example/ns/a/sa/b", true)]
    [InlineData("mesh.example/ns/a/sa/b", false)]
    [InlineData("old.example/ns/a/sa/b", false)]
    [InlineData("cluster.local/ns/a/sa/b", false)]
    [InlineData("oth*", false)]
    [InlineData("*/ns/a/sa/b", false)]
    [InlineData("*.example/ns/a/sa/b", false)]
    public void Trust_domains_of_others_are_pointed_out(string value, bool said) =>
        Assert.Equal(said, Linted.SaysInMesh(LintCodes.TrustDomainForeign, Written.Allow(Written.From(new Source { Principals = [value] }))));

    [Fact]
    public void Nothing_is_said_where_the_meshs_settings_are_not_known() =>
        Assert.False(Linted.Says(LintCodes.TrustDomainForeign, Written.Allow(Written.From(new Source { TrustDomains = ["other.example"] }))));
}
