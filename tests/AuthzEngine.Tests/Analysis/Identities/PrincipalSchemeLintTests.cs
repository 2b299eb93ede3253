using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Identities;

public sealed class PrincipalSchemeLintTests
{
    [Theory]
    [InlineData("spiffe://cluster.local/ns/a/sa/b", true)]
    [InlineData("SPIFFE://cluster.local/ns/a/sa/b", true)]
    [InlineData("spiffe://*", true)]
    [InlineData("cluster.local/ns/a/sa/b", false)]
    [InlineData("*", false)]
    public void The_scheme_never_belongs_into_a_principal(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PrincipalScheme, Written.Allow(Written.From(new Source { Principals = [value] }))));
}
