using SpiffeIdentity.Bundles;
using SpiffeIdentity.Federation;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Federation;

/// <summary>Federation §5.1, Trust_Domain_and_Bundle §4.1.2: which document takes the place of which.</summary>
public sealed class BundleUpdateTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("other.org");

    private readonly TestAuthority _one = TestAuthority.CreateRoot();
    private readonly TestAuthority _two = TestAuthority.CreateRoot();

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    // sequence held, sequence fetched, other authorities?, outcome
    public static TheoryData<long?, long?, bool, string> Sequences() =>
    [
        new(4, 5, true, "Accepted") { Label = "greater" },
        new(4, 5, false, "Accepted") { Label = "greater, the same authorities: the sequence must be known for the next" },
        new(4, 4, false, "Unchanged") { Label = "equal" },
        new(4, 4, true, "SequenceStoodStill") { Label = "equal, other authorities" },
        new(4, 3, true, "SequenceWentBack") { Label = "lesser" },
        new(4, 3, false, "SequenceWentBack") { Label = "lesser, the same authorities" },
        new(4, null, true, "SequenceMissing") { Label = "lost" },
        new(4, null, false, "SequenceMissing") { Label = "lost, the same authorities" },
        new(null, 1, true, "Accepted") { Label = "first one" },
        new(null, null, true, "Accepted") { Label = "never one, other authorities" },
        new(null, null, false, "Unchanged") { Label = "never one, the same authorities" },
        new(0, long.MaxValue, true, "Accepted") { Label = "far ahead" },
    ];

    [Theory, MemberData(nameof(Sequences))]
    public void S4_1_2_only_a_greater_sequence_is_taken(long? held, long? fetched, bool differs, string expected)
    {
        var outcome = BundleUpdate.Judge(Bundle(held, _one), Bundle(fetched, differs ? _two : _one));
        Assert.Equal(expected, NameOf(outcome));
    }

    [Theory, MemberData(nameof(Sequences))]
    public void An_administrator_may_take_what_would_be_refused(long? held, long? fetched, bool differs, string expected)
    {
        var outcome = BundleUpdate.Judge(Bundle(held, _one), Bundle(fetched, differs ? _two : _one), acceptsRollback: true);
        Assert.Equal(expected == "Unchanged" ? "Unchanged" : "Accepted", NameOf(outcome));
    }

    [Fact]
    public void The_first_bundle_is_taken_whatever_its_sequence()
    {
        var fetched = Bundle(null, _one);
        Assert.Same(fetched, Assert.IsType<BundleUpdate.Accepted>(BundleUpdate.Judge(null, fetched)).Bundle);
    }

    [Fact]
    public void An_empty_bundle_is_a_bundle_since_that_is_how_a_whole_domain_is_revoked()
    {
        var outcome = BundleUpdate.Judge(Bundle(4, _one), Bundle(5));
        Assert.Empty(Assert.IsType<BundleUpdate.Accepted>(outcome).Bundle.X509.Authorities);
    }

    [Fact]
    public void The_order_of_authorities_and_the_hint_are_no_change()
    {
        var held = Bundle(4, _one, _two);
        Assert.IsType<BundleUpdate.Unchanged>(BundleUpdate.Judge(held, Bundle(4, _two, _one) with { RefreshHint = TimeSpan.FromSeconds(7) }));
    }

    [Fact]
    public void A_jwt_authority_that_comes_or_goes_is_a_change()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        Assert.True(JwtBundle.TryCreate(Domain, [new JwtAuthority("k1", key.ExportSubjectPublicKeyInfo())], out var jwt, out _));
        var with = Bundle(4, _one) with { Jwt = jwt };
        Assert.Equal("SequenceStoodStill", NameOf(BundleUpdate.Judge(Bundle(4, _one), with)));
        Assert.Equal("Unchanged", NameOf(BundleUpdate.Judge(with, with with { RefreshHint = TimeSpan.FromSeconds(1) })));
        Assert.Equal("Accepted", NameOf(BundleUpdate.Judge(with, Bundle(5, _one))));
    }

    [Fact]
    public void S3_what_is_taken_is_the_fetched_bundle_alone_and_never_a_union()
    {
        var outcome = BundleUpdate.Judge(Bundle(4, _one), Bundle(5, _two));
        var authority = Assert.Single(Assert.IsType<BundleUpdate.Accepted>(outcome).Bundle.X509.Authorities);
        Assert.True(authority.Span.SequenceEqual(_two.Certificate));
    }

    [Fact]
    public void S5_bundles_of_two_trust_domains_never_meet()
    {
        Assert.True(X509Bundle.TryCreate(TrustDomain.Parse("third.org"), [], out var third, out _));
        Assert.Throws<ArgumentException>(() => BundleUpdate.Judge(Bundle(4, _one), new TrustBundle(third, 5)));
    }

    [Fact]
    public void A_bundle_is_good_until_its_last_authority_ends()
    {
        using var late = TestAuthority.CreateRoot(shape => shape with { NotAfter = shape.NotAfter.AddDays(9) });
        var last = BundleHorizon.LastEnd(Bundle(1, late, _one).X509);
        Assert.Equal(BundleHorizon.LastEnd(Bundle(1, _one).X509)!.Value.AddDays(9), last);
        Assert.Equal(last, BundleHorizon.LastEnd(Bundle(1, _one, late).X509));
        Assert.Null(BundleHorizon.LastEnd(Bundle(1).X509));
    }

    private static TrustBundle Bundle(long? sequence, params TestAuthority[] authorities)
    {
        Assert.True(X509Bundle.TryCreate(Domain, [.. authorities.Select(a => (ReadOnlyMemory<byte>)a.Certificate)], out var x509, out _));
        return new TrustBundle(x509, (ulong?)sequence);
    }

    private static string NameOf(BundleUpdate outcome) => outcome is BundleUpdate.Refused(var reason) ? reason.ToString() : outcome.GetType().Name;
}
