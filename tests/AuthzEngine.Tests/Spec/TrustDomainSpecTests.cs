using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;
using static AuthzEngine.Tests.Written;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §4: trust domain and aliases.</summary>
public sealed class TrustDomainSpecTests
{
    [Theory]
    [InlineData("own name", "new/ns/a/sa/b", "new,old", "new/ns/a/sa/b,old/ns/a/sa/b")]
    [InlineData("an alias", "old/ns/a/sa/b", "new,old", "new/ns/a/sa/b,old/ns/a/sa/b")]
    [InlineData("the pointer", "cluster.local/ns/a/sa/b", "new,old", "new/ns/a/sa/b,old/ns/a/sa/b")]
    [InlineData("the pointer, listed", "cluster.local/ns/a/sa/b", "cluster.local", "cluster.local/ns/a/sa/b")]
    [InlineData("foreign", "other/ns/a/sa/b", "new,old", "other/ns/a/sa/b")]
    [InlineData("star alone", "*", "new,old", "*")]
    [InlineData("star as trust domain", "*/ns/a/sa/b", "new,old", "*/ns/a/sa/b")]
    [InlineData("prefix of four segments", "new/ns/*", "new,old", "new/ns/*")]
    [InlineData("prefix of two segments", "cluster.local/*", "new,old", "cluster.local/*")]
    [InlineData("suffix", "*sa/x", "new,old", "*sa/x")]
    [InlineData("six segments", "new/ns/a/sa/b/c", "new,old", "new/ns/a/sa/b/c")]
    [InlineData("star at the end of five", "new/ns/a/sa/*", "new,old", "new/ns/a/sa/*,old/ns/a/sa/*")]
    [InlineData("five of any words", "new/a/b/c/d", "new,old", "new/a/b/c/d,old/a/b/c/d")]
    [InlineData("suffix of the trust domain", "*-td/ns/a/sa/b", "new-td,old-td", "*-td/ns/a/sa/b")]
    [InlineData("suffix of one of them", "*-td/ns/a/sa/b", "new-td,old", "*-td/ns/a/sa/b,old/ns/a/sa/b")]
    [InlineData("prefix of the trust domain", "td-*/ns/a/sa/b", "td-1,old", "td-1/ns/a/sa/b,old/ns/a/sa/b")]
    [InlineData("a mesh of any trust domain", "x/ns/a/sa/b", "*", "*/ns/a/sa/b")]
    [InlineData("a mesh of a suffix", "x-td/ns/a/sa/b", "*-td,old", "*-td/ns/a/sa/b,old/ns/a/sa/b")]
    [InlineData("a mesh of a prefix", "td-x/ns/a/sa/b", "td-*", "td-*/ns/a/sa/b")]
    [InlineData("an alias twice", "new/ns/a/sa/b", "new,old,new", "new/ns/a/sa/b,old/ns/a/sa/b")]
    [InlineData("no trust domain", "/ns/a/sa/b", "new", "/ns/a/sa/b")]
    public void S4_a_principal_of_the_mesh_stands_for_all_its_trust_domains(string row, string value, string mesh, string expanded)
    {
        Assert.NotEmpty(row);
        Assert.Equal(expanded.Split(','), TrustDomainExpansion.OfPrincipals([value], Mesh(mesh)));
    }

    [Theory]
    [InlineData("new", "new,old", "new,old")]
    [InlineData("old", "new,old", "new,old")]
    [InlineData("old,other,new", "new,old", "new,old,other")]
    [InlineData("cluster.local", "new,old", "cluster.local")]
    [InlineData("ne*", "new,old", "ne*")]
    [InlineData("*", "new,old", "*")]
    public void S4_a_trust_domain_of_the_mesh_stands_for_all_of_them_by_its_exact_name(string values, string mesh, string expanded) =>
        Assert.Equal(expanded.Split(','), TrustDomainExpansion.OfTrustDomains(values.Split(','), Mesh(mesh)));

    [Fact]
    public void S4_principals_are_expanded_in_values_and_in_not_values()
    {
        var request = new RequestAttributes { SourcePrincipal = "spiffe://old/ns/a/sa/b" };
        var settings = Mesh("new,old");
        const string Value = "new/ns/a/sa/b";
        Assert.True(From(new Source { Principals = [Value] }).Matches(request, settings: settings));
        Assert.False(From(new Source { NotPrincipals = [Value] }).Matches(request, settings: settings));
        Assert.True(When("source.principal", Value).Matches(request, settings: settings));
        Assert.False(WhenNot("source.principal", Value).Matches(request, settings: settings));
        Assert.True(From(new Source { TrustDomains = ["new"] }).Matches(request, settings: settings));
        Assert.True(When("source.trustDomain", "new").Matches(request, settings: settings));
    }

    [Fact]
    public void S4_the_literal_cluster_local_is_not_accepted_in_a_mesh_of_another_name() =>
        Assert.False(From(new Source { Principals = ["cluster.local/ns/a/sa/b"] }).Matches(
            new() { SourcePrincipal = "spiffe://cluster.local/ns/a/sa/b" }, settings: Mesh("new")));

    [Fact]
    public void S4_request_principals_are_never_expanded() =>
        Assert.False(From(new Source { RequestPrincipals = ["new/ns/a/sa/b"] }).Matches(
            new() { Claims = TestClaims.Parse("""{"iss":"old/ns/a/sa","sub":"b"}""") }, settings: Mesh("new,old")));

    private static MeshSettings Mesh(string trustDomains) => new()
    {
        TrustDomain = trustDomains.Split(',')[0],
        TrustDomainAliases = trustDomains.Split(',')[1..],
    };
}
