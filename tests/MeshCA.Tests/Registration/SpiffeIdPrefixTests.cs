using MeshCA.Registration;
using SpiffeIdentity;
using Xunit;

namespace MeshCA.Tests.Registration;

public sealed class SpiffeIdPrefixTests
{
    [Theory]
    [InlineData("spiffe://td", "spiffe://td", true)]
    [InlineData("spiffe://td", "spiffe://td/ns/shop", true)]
    [InlineData("spiffe://td", "spiffe://td.other/ns/shop", false)]
    [InlineData("spiffe://td/ns/shop", "spiffe://td/ns/shop", true)]
    [InlineData("spiffe://td/ns/shop", "spiffe://td/ns/shop/sa/web", true)]
    [InlineData("spiffe://td/ns/shop", "spiffe://td/ns/shopping/sa/web", false)]
    [InlineData("spiffe://td/ns/shop", "spiffe://td/ns", false)]
    [InlineData("spiffe://td/ns/shop", "spiffe://td/ns/Shop/sa/web", false)]
    public void A_prefix_covers_itself_and_what_is_below_by_whole_segments(string prefix, string id, bool covers)
    {
        Assert.Equal(covers, Prefix(prefix).Covers(SpiffeId.Parse(id)));
        Assert.Equal(covers, Prefix(prefix).Covers(Prefix(id)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("td/ns/shop")]
    [InlineData("spiffe://td/ns/shop/")]
    [InlineData("spiffe://td/ns/*")]
    public void What_is_no_spiffe_id_is_no_prefix(string text) => Assert.False(SpiffeIdPrefix.TryParse(text, out _, out _));

    [Fact]
    public void Prefixes_are_compared_and_printed_by_their_text()
    {
        Assert.Equal(Prefix("spiffe://td/a"), Prefix("spiffe://td/a"));
        Assert.NotEqual(Prefix("spiffe://td/a"), Prefix("spiffe://td/b"));
        Assert.Equal("spiffe://td/a", Prefix("spiffe://td/a").ToString());
    }

    private static SpiffeIdPrefix Prefix(string text)
    {
        Assert.True(SpiffeIdPrefix.TryParse(text, out var prefix, out _));
        return prefix;
    }
}
