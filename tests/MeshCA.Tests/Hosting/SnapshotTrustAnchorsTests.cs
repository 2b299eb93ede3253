using MeshCA.Authorities;
using MeshCA.Hosting;
using MeshCA.Registration;
using MeshCA.Tests.Rpc.Bundles;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Hosting;

public sealed class SnapshotTrustAnchorsTests : IDisposable
{
    private static readonly TrustDomain West = TrustDomain.Parse("west.example");
    private readonly PublishedRoots _roots = new();
    private readonly SnapshotTrustAnchors _anchors;

    public SnapshotTrustAnchorsTests() =>
        _anchors = new(PermittedTrustDomains.Of(MeshAuthority.TrustDomain, [new("west", West)]), _roots);

    public void Dispose() => _roots.Dispose();

    [Fact]
    public void Each_trust_domain_has_the_roots_of_this_moment_under_its_own_name()
    {
        _roots.Add(1);
        foreach (var domain in (TrustDomain[])[MeshAuthority.TrustDomain, West])
        {
            var bundle = _anchors.BundleOf(domain)!;
            Assert.Equal(domain, bundle.TrustDomain);
            Assert.Equal(Snapshot.Roots.Select(root => root.ToArray()), bundle.Authorities.Select(root => root.ToArray()));
        }

        // istio-ca §9.2 item 12: never frozen at start.
        var before = _anchors.BundleOf(West);
        Assert.Same(before, _anchors.BundleOf(West));
        _roots.Add(2);
        Assert.Equal(2, _anchors.BundleOf(West)!.Authorities.Count);
        Assert.Equal(2, _anchors.BundleOf(MeshAuthority.TrustDomain)!.Authorities.Count);
    }

    [Fact]
    public void Another_trust_domain_has_none() => Assert.Null(_anchors.BundleOf(TrustDomain.Parse("elsewhere")));

    [Fact]
    public void Without_an_authority_nothing_is_trusted()
    {
        Assert.Empty(_anchors.BundleOf(West)!.Authorities);
        Assert.Empty(_anchors.BundleOf(MeshAuthority.TrustDomain)!.Authorities);
    }

    private AuthoritySnapshot Snapshot => _roots.Current!;
}
