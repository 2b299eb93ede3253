using SpiffeIdentity.Bundles;
using SpiffeIdentity.Federation;
using TestSupport;
using Xunit;
using static SpiffeIdentity.Tests.RawToken;

namespace SpiffeIdentity.Tests.Spec;

/// <summary>SPIFFE_Federation as far as a client decides it without I/O; fetching and serving are the service's.</summary>
public sealed class FederationSpecTests
{
    private const string Url = "https://endpoint.example/bundle";
    private static readonly RefreshLimits Limits = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));

    [Fact]
    public void S4_1_a_client_polls_as_often_as_the_hint_says_and_each_five_minutes_without_one()
    {
        Assert.Equal(TimeSpan.FromSeconds(90), RefreshPlan.IntervalOf(TimeSpan.FromSeconds(90), Limits));
        Assert.Equal(TimeSpan.FromMinutes(5), RefreshPlan.IntervalOf(null, Limits));
    }

    [Fact]
    public void S4_2_the_sequence_number_tells_which_of_two_bundles_is_newer()
    {
        var held = TrustBundle.Empty(Domain) with { Sequence = 2 };
        using var root = TestAuthority.CreateRoot();
        var other = new TrustBundle(X509SvidSpecTests.BundleOf(Domain.Name, root.Certificate));
        Assert.IsType<BundleUpdate.Accepted>(BundleUpdate.Judge(held, other with { Sequence = 3 }));
        Assert.IsType<BundleUpdate.Refused>(BundleUpdate.Judge(held, other with { Sequence = 1 }));
        Assert.IsType<BundleUpdate.Accepted>(BundleUpdate.Judge(held with { Sequence = null }, other with { Sequence = null }));
    }

    [Fact]
    public void S4_2_a_jwt_authority_that_came_or_went_is_a_change()
    {
        var without = TrustBundle.Empty(Domain);
        var with = without with { Jwt = JwtBundleOf(new JwtAuthority(KeyId, Key.ExportSubjectPublicKeyInfo())) };
        Assert.Equal(new BundleUpdate.Accepted(without), BundleUpdate.Judge(with, without));
        Assert.Equal(new BundleUpdate.Accepted(with), BundleUpdate.Judge(without, with));
        Assert.Equal(
            new BundleUpdate.Refused(BundleUpdateRefusal.SequenceStoodStill),
            BundleUpdate.Judge(with with { Sequence = 1 }, without with { Sequence = 1 }));
    }

    [Fact]
    public void S4_2_bundles_of_different_trust_domains_are_never_merged()
    {
        var other = TrustBundle.Empty(TrustDomain.Parse("other.org"));
        Assert.Throws<ArgumentException>(() => BundleUpdate.Judge(TrustBundle.Empty(Domain), other));
        Assert.Throws<ArgumentException>(() => other with { Jwt = JwtBundle.Empty(Domain) });
        Assert.Equal(2, BundleSet.Of(other, TrustBundle.Empty(Domain)).Count);
    }

    [Theory]
    [InlineData(null, EndpointProfile.HttpsWeb)]
    [InlineData(Url, (EndpointProfile)0)]
    public void S5_1_url_profile_and_trust_domain_are_all_given(string? url, EndpointProfile profile) =>
        Assert.False(FederationRelationship.TryCreate(Domain, url, profile, null, out _, out _));

    [Theory]
    [InlineData("http://endpoint.example/bundle")]
    [InlineData("https://user@endpoint.example/bundle")]
    [InlineData("https://user:secret@endpoint.example/bundle")]
    public void S5_2_1_1_a_url_is_https_and_names_no_user(string url) => Assert.False(EndpointUrl.TryParse(url, out _, out _));

    [Fact]
    public void S5_2_1_2_https_web_wants_no_further_parameter() =>
        Assert.True(FederationRelationship.TryCreate(Domain, Url, EndpointProfile.HttpsWeb, null, out _, out _));

    [Theory]
    [InlineData("https://cdn.example/bundle", true)]
    [InlineData("http://cdn.example/bundle", false)]
    public void S5_2_1_4_a_redirect_leads_to_what_is_a_url_of_an_endpoint_too(string location, bool expected) =>
        Assert.Equal(expected, EndpointUrl.TryRedirect(new Uri(Url), location, out _));

    [Theory]
    [InlineData("http://endpoint.example/bundle")]
    [InlineData("https://user@endpoint.example/bundle")]
    public void S5_2_2_1_a_url_is_https_and_names_no_user(string url) => Assert.False(
        FederationRelationship.TryCreate(Domain, url, EndpointProfile.HttpsSpiffe, SpiffeId.Parse("spiffe://example.org/x"), out _, out _));

    [Fact]
    public void S5_2_2_2_https_spiffe_wants_the_id_of_the_endpoint()
    {
        Assert.False(FederationRelationship.TryCreate(Domain, Url, EndpointProfile.HttpsSpiffe, null, out _, out var error));
        Assert.Equal(RelationshipError.MissingEndpointId, error);
    }

    [Theory]
    [InlineData("spiffe://example.org/bundle", "example.org", true)]
    [InlineData("spiffe://other.org/bundle", "other.org", false)]
    public void S5_2_2_4_an_endpoint_is_verified_by_the_bundle_of_its_own_ids_trust_domain(string endpoint, string verifier, bool isSelfServing)
    {
        Assert.True(FederationRelationship.TryCreate(
            Domain, Url, EndpointProfile.HttpsSpiffe, SpiffeId.Parse(endpoint), out var relationship, out _));
        Assert.Equal((verifier, isSelfServing), (relationship.Verifier?.Name, relationship.IsSelfServing));
    }

    [Fact]
    public void S6_2_after_a_failure_nobody_polls_at_once() =>
        Assert.InRange(RefreshPlan.AfterFailure(TimeSpan.FromMinutes(5), Limits, chance: 0.5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5));
}
