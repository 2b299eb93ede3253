using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Identities;

public sealed class TrustDomainPointerLintTests
{
    [Theory]
    [InlineData("cluster.local/ns/a/sa/b", true)]
    [InlineData("cluster.local/*", true)]
    [InlineData("mesh.example/ns/a/sa/b", false)]
    [InlineData("*", false)]
    [InlineData("cluster.localhost/ns/a/sa/b", false)]
    public void The_pointer_is_pointed_out_in_a_mesh_of_another_name(string value, bool said) =>
        Assert.Equal(said, Linted.SaysInMesh(LintCodes.TrustDomainPointer, Written.Allow(Written.From(new Source { Principals = [value] }))));

    [Theory]
    [InlineData("cluster.local", true)]
    [InlineData("mesh.example", false)]
    public void In_trust_domains_the_pointer_is_itself(string value, bool said) =>
        Assert.Equal(said, Linted.SaysInMesh(LintCodes.TrustDomainPointer, Written.Allow(Written.From(new Source { TrustDomains = [value] }))));

    [Fact]
    public void Nothing_is_said_where_the_meshs_settings_are_not_known() =>
        Assert.False(Linted.Says(LintCodes.TrustDomainPointer, Written.Allow(Written.From(new Source { Principals = ["cluster.local/*"] }))));
}
