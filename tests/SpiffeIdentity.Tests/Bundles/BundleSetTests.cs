using SpiffeIdentity.Bundles;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Bundles;

public sealed class BundleSetTests
{
    private static readonly TrustDomain Other = TrustDomain.Parse("other.org");

    [Fact]
    public void A_set_holds_one_bundle_for_each_trust_domain()
    {
        var set = BundleSet.Of(TrustBundle.Empty(Other), TrustBundle.Empty(Domain), TrustBundle.Empty(Domain) with { Sequence = 2 });
        Assert.Equal(2, set.Count);
        Assert.Equal(["example.org", "other.org"], set.Select(bundle => bundle.TrustDomain.Name));
        Assert.True(set.TryGet(TrustDomain.Parse("example.org"), out var found));
        Assert.Equal(2UL, found.Sequence);
        Assert.False(set.TryGet(TrustDomain.Parse("example.com"), out _));
    }

    [Fact]
    public void A_set_does_not_change()
    {
        var set = BundleSet.Empty.With(TrustBundle.Empty(Domain));
        Assert.Empty(BundleSet.Empty);
        Assert.Equal(2, set.With(TrustBundle.Empty(Other)).Count);
        Assert.Single(set);
        Assert.Empty(set.Without(Domain));
        Assert.Same(set, set.Without(Other));
    }

    [Fact]
    public void A_bundle_takes_no_keys_of_another_trust_domain() =>
        Assert.Throws<ArgumentException>(() => TrustBundle.Empty(Domain) with { Jwt = JwtBundle.Empty(Other) });

    [Fact]
    public void A_bundle_that_becomes_another_trust_domains_keeps_no_keys_of_the_first()
    {
        var own = TrustBundle.Empty(Domain) with { Jwt = JwtBundleOf(new JwtAuthority(KeyId, Key.ExportSubjectPublicKeyInfo())) };
        Assert.Single((own with { X509 = X509Bundle.Empty(Domain) }).Jwt.Authorities);
        Assert.Equal(TrustBundle.Empty(Other), own with { X509 = X509Bundle.Empty(Other) });
    }
}
