using SpiffeIdentity.Federation;
using Xunit;

namespace SpiffeIdentity.Tests.Federation;

/// <summary>Federation §5.1 and §5.2: the parameters of a relationship.</summary>
public sealed class FederationRelationshipTests
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("other.org");

    public static TheoryData<string?, EndpointProfile, string?, RelationshipError> Parameters() =>
    [
        new("https://bundles.other.org", EndpointProfile.HttpsWeb, null, RelationshipError.None) { Label = "web" },
        new("https://10.0.0.1:8443/a/b?c=d", EndpointProfile.HttpsSpiffe, "spiffe://other.org/bundles", RelationshipError.None) { Label = "self-serving" },
        new("https://[::1]:8443/", EndpointProfile.HttpsSpiffe, "spiffe://third.org/x", RelationshipError.None) { Label = "served by another domain" },
        new(null, EndpointProfile.HttpsWeb, null, RelationshipError.MalformedUrl) { Label = "no URL" },
        new("", EndpointProfile.HttpsWeb, null, RelationshipError.MalformedUrl) { Label = "empty" },
        new("bundles.other.org", EndpointProfile.HttpsWeb, null, RelationshipError.MalformedUrl) { Label = "no scheme" },
        new("https://", EndpointProfile.HttpsWeb, null, RelationshipError.MalformedUrl) { Label = "no host" },
        new(" https://other.org", EndpointProfile.HttpsWeb, null, RelationshipError.MalformedUrl) { Label = "space" },
        new("https://öther.org", EndpointProfile.HttpsWeb, null, RelationshipError.MalformedUrl) { Label = "beyond ASCII" },
        new("http://other.org", EndpointProfile.HttpsWeb, null, RelationshipError.NotHttps) { Label = "§5.2.1.1 MUST be https" },
        new("file:///etc/passwd", EndpointProfile.HttpsWeb, null, RelationshipError.NotHttps) { Label = "file" },
        new("https://u@other.org", EndpointProfile.HttpsWeb, null, RelationshipError.UrlHasUserInformation) { Label = "§5.2.1.1 MUST NOT have userinfo" },
        new("https://u:p@other.org", EndpointProfile.HttpsSpiffe, "spiffe://other.org/x", RelationshipError.UrlHasUserInformation) { Label = "§5.2.2.1 neither" },
        new("https://@other.org", EndpointProfile.HttpsWeb, null, RelationshipError.UrlHasUserInformation) { Label = "empty userinfo" },
        new("https://other.org/#a", EndpointProfile.HttpsWeb, null, RelationshipError.UrlHasFragment) { Label = "fragment" },
        new("https://other.org", EndpointProfile.HttpsSpiffe, null, RelationshipError.MissingEndpointId) { Label = "§5.2.2 needs the ID" },
        new("https://other.org", EndpointProfile.HttpsWeb, "spiffe://other.org/x", RelationshipError.NeedlessEndpointId) { Label = "nobody verifies it" },
        new("https://other.org", EndpointProfile.HttpsSpiffe, "spiffe://other.org", RelationshipError.EndpointIdWithoutPath) { Label = "root ID" },
        new("https://other.org", (EndpointProfile)3, null, RelationshipError.UnknownProfile) { Label = "unknown profile" },
    ];

    [Theory, MemberData(nameof(Parameters))]
    public void Each_parameter_is_given_and_none_is_guessed(string? url, EndpointProfile profile, string? endpoint, RelationshipError expected)
    {
        var id = endpoint is null ? null : SpiffeId.Parse(endpoint);
        var found = FederationRelationship.TryCreate(Domain, url, profile, id, out var relationship, out var error);
        Assert.Equal((expected == RelationshipError.None, expected), (found, error));
        Assert.Equal(found, relationship is not null);
        Assert.Equal(found ? new Uri(url!) : null, relationship?.Url);
    }

    [Fact]
    public void Urls_have_a_limit()
    {
        var longest = "https://other.org/".PadRight(EndpointUrl.MaxLength, 'a');
        Assert.True(EndpointUrl.TryParse(longest, out _, out _));
        Assert.False(EndpointUrl.TryParse(longest + 'a', out _, out var error));
        Assert.Equal(RelationshipError.UrlTooLong, error);
    }

    [Theory]
    [InlineData(EndpointProfile.HttpsWeb, null, null, false)]
    [InlineData(EndpointProfile.HttpsSpiffe, "spiffe://other.org/x", "other.org", true)]
    [InlineData(EndpointProfile.HttpsSpiffe, "spiffe://third.org/x", "third.org", false)]
    public void S5_2_2_2_an_endpoint_is_verified_by_the_bundle_of_its_own_trust_domain(
        EndpointProfile profile, string? endpoint, string? verifier, bool isSelfServing)
    {
        Assert.True(FederationRelationship.TryCreate(
            Domain, "https://x", profile, endpoint is null ? null : SpiffeId.Parse(endpoint), out var relationship, out _));
        Assert.Equal((verifier, isSelfServing), (relationship.Verifier?.Name, relationship.IsSelfServing));
    }

    [Theory]
    [InlineData("https://elsewhere.org/b", "https://elsewhere.org/b")]
    [InlineData("/b", "https://other.org:8443/b")]
    [InlineData("c#frag", "https://other.org:8443/a/c")]
    [InlineData("//third.org", "https://third.org/")]
    [InlineData("http://other.org/b", null)]
    [InlineData("ftp://other.org/b", null)]
    [InlineData("https://u:p@other.org/b", null)]
    [InlineData("https:// other.org", null)]
    [InlineData("https://other.org/\u00e9", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_redirect_leads_to_https_only(string? location, string? expected)
    {
        Assert.Equal(expected is not null, EndpointUrl.TryRedirect(new Uri("https://other.org:8443/a/b"), location, out var target));
        Assert.Equal(expected, target?.AbsoluteUri);
    }

    [Fact]
    public void No_location_throws()
    {
        var from = new Uri("https://other.org/");
        for (var first = 0; first < 0x180; first++)
        {
            foreach (var text in (string[])[$"{(char)first}", $"https://{(char)first}", $"https://a{(char)first}b", $"//{(char)first}:1"])
            {
                Assert.True(!EndpointUrl.TryRedirect(from, text, out var target) || target.Scheme == Uri.UriSchemeHttps);
            }
        }
    }
}
