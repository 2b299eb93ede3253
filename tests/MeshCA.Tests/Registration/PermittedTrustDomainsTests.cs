using MeshCA.Registration;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Registration;

/// <summary>Which cluster may speak for which trust domain (ADR 0010, spiffe §4.1).</summary>
public sealed class PermittedTrustDomainsTests
{
    private static readonly TrustDomain Own = TrustDomain.Parse("cluster.local");
    private static readonly TrustDomain West = TrustDomain.Parse("west.example");

    private static readonly PermittedTrustDomains Domains = PermittedTrustDomains.Of(
        Own,
        [new("home", Own), new("west", West), new("west-2", West), new("both", Own), new("both", TrustDomain.Parse("north.example"))]);

    // cluster, identity
    public static TheoryData<string, string, bool> Callers() =>
    [
        new("home", "spiffe://cluster.local/ns/a/sa/b", true) { Label = "the mesh's own" },
        new("west", "spiffe://west.example/ns/a/sa/b", true) { Label = "a cluster's own" },
        new("west-2", "spiffe://west.example/ns/a/sa/b", true) { Label = "two clusters of one trust domain" },
        new("west", "spiffe://cluster.local/ns/a/sa/b", false) { Label = "the mesh's own by another cluster" },
        new("home", "spiffe://west.example/ns/a/sa/b", false) { Label = "another cluster's by home" },
        new("west", "spiffe://north.example/ns/a/sa/b", false) { Label = "a third one's" },
        new("both", "spiffe://north.example/ns/a/sa/b", true) { Label = "a cluster with an issuer beside it" },
        new("both", "spiffe://cluster.local/ns/a/sa/b", true) { Label = "and its own" },
        new("", "spiffe://cluster.local/ns/a/sa/b", true) { Label = "nobody's cluster, the mesh's own" },
        new("gone", "spiffe://cluster.local/ns/a/sa/b", true) { Label = "a cluster that is not configured any more" },
        new("gone", "spiffe://west.example/ns/a/sa/b", false) { Label = "which speaks for nothing else" },
        new("west", "spiffe://elsewhere/ns/a/sa/b", false) { Label = "nobody's trust domain" },
        new("West", "spiffe://west.example/ns/a/sa/b", false) { Label = "names are compared octet by octet" },
    ];

    [Theory, MemberData(nameof(Callers))]
    public void A_cluster_speaks_for_its_own_trust_domain_and_for_no_other(string cluster, string id, bool isPermitted)
    {
        var caller = MeshAuthority.Caller(id, DateTimeOffset.UnixEpoch);
        Assert.Equal(isPermitted, Domains.Permit(caller with { Evidence = caller.Evidence with { Cluster = cluster } }));
    }

    [Fact]
    public void Each_trust_domain_is_there_once_and_found_by_its_exact_name()
    {
        Assert.Equal(["west.example", "north.example"], Domains.Others.Select(domain => domain.Name));
        Assert.True(Domains.Contains(Own));
        Assert.True(Domains.TryFind("west.example", out var found));
        Assert.Equal(West, found);
        Assert.False(Domains.TryFind("WEST.example", out _));
        Assert.False(Domains.TryFind("", out _));
        Assert.False(Domains.Contains(TrustDomain.Parse("elsewhere")));
    }

    // Opt-in: whoever verifies by SPIFFE's rules accepts no other of our trust domains unless the service is told so.
    [Theory]
    [InlineData("cluster.local", "west.example,north.example")]
    [InlineData("west.example", "cluster.local,north.example")]
    [InlineData("elsewhere", "")]
    public void Each_is_told_of_the_others_where_they_are_shared_and_of_none_where_not(string domain, string expected)
    {
        var of = TrustDomain.Parse(domain);
        var shared = PermittedTrustDomains.Of(Own, [new("west", West), new("north", TrustDomain.Parse("north.example")), new("home", Own)], areShared: true);
        Assert.Equal(expected, string.Join(',', shared.SharedWith(of)));
        Assert.Empty(Domains.SharedWith(of));
    }

    [Fact]
    public void Without_others_there_is_the_mesh_s_own_alone()
    {
        var only = PermittedTrustDomains.Only(Own);
        Assert.Empty(only.Others);
        Assert.False(only.Contains(West));
    }
}
