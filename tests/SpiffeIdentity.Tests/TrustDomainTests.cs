using Xunit;

namespace SpiffeIdentity.Tests;

public sealed class TrustDomainTests
{
    [Theory]
    [InlineData("td", "td")]
    [InlineData("spiffe://td", "td")]
    [InlineData("spiffe://td/a/b", "td")]
    public void A_name_or_a_whole_id_gives_its_trust_domain(string text, string name)
    {
        Assert.True(TrustDomain.TryParseNameOrId(text, out var trustDomain, out _));
        Assert.Equal(name, trustDomain.Name);
        Assert.Equal("spiffe://" + name, trustDomain.Id.ToString());
    }

    [Theory]
    [InlineData("", SpiffeIdError.MissingTrustDomain)]
    [InlineData("TD", SpiffeIdError.BadTrustDomainChar)]
    [InlineData("td:80", SpiffeIdError.BadTrustDomainChar)]
    [InlineData("http://td", SpiffeIdError.WrongScheme)]
    [InlineData("spiffe:/td", SpiffeIdError.WrongScheme)]
    [InlineData("spiffe://td/", SpiffeIdError.TrailingSlash)]
    public void Anything_else_is_refused_with_the_rule(string text, SpiffeIdError expected)
    {
        Assert.False(TrustDomain.TryParseNameOrId(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(254, SpiffeIdError.None)]
    [InlineData(255, SpiffeIdError.None)]
    [InlineData(256, SpiffeIdError.TooLong)]
    public void A_name_has_at_most_255_bytes(int length, SpiffeIdError expected)
    {
        Assert.Equal(expected == SpiffeIdError.None, TrustDomain.TryParse(new string('a', length), out _, out var error));
        Assert.Equal(expected, error);
    }
}
