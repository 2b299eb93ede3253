using Xunit;

namespace SpiffeIdentity.Tests;

public sealed class SpiffeIdMatcherTests
{
    private static readonly SpiffeId A = SpiffeId.Parse("spiffe://td/a");
    private static readonly SpiffeId B = SpiffeId.Parse("spiffe://td/b");
    private static readonly SpiffeId Elsewhere = SpiffeId.Parse("spiffe://td2/a");

    public static TheoryData<SpiffeIdMatcher, string> Matchers() =>
    [
        new(SpiffeIdMatcher.Any, "ABE") { Label = "any" },
        new(SpiffeIdMatcher.Exactly(A), "A") { Label = "exactly" },
        new(SpiffeIdMatcher.OneOf(A, B), "AB") { Label = "one of two" },
        new(SpiffeIdMatcher.OneOf(), "") { Label = "one of none" },
        new(SpiffeIdMatcher.MemberOf(TrustDomain.Parse("td")), "AB") { Label = "member" },
        new(SpiffeIdMatcher.MemberOf(TrustDomain.Parse("t")), "") { Label = "member of the beginning of a name" },
    ];

    [Theory, MemberData(nameof(Matchers))]
    public void A_matcher_lets_through_what_it_names(SpiffeIdMatcher matcher, string expected) =>
        Assert.Equal(expected, string.Concat(new[] { (A, "A"), (B, "B"), (Elsewhere, "E") }.Where(id => matcher.Matches(id.Item1)).Select(id => id.Item2)));

    [Fact]
    public void A_matcher_says_what_it_lets_through()
    {
        Assert.Equal("any", SpiffeIdMatcher.Any.ToString());
        Assert.Equal("one of spiffe://td/a, spiffe://td/b", SpiffeIdMatcher.OneOf(B, A).ToString());
        Assert.Equal("member of td", SpiffeIdMatcher.MemberOf(A.TrustDomain).ToString());
    }
}
