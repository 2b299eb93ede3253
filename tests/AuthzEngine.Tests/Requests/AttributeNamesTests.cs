using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Requests;

public sealed class AttributeNamesTests
{
    [Fact]
    public void Every_attribute_has_a_name_that_reads_back()
    {
        var kinds = Enum.GetValues<AttributeKinds>().Where(kind => kind != AttributeKinds.None).ToList();

        Assert.All(kinds, kind => Assert.True(AttributeNames.TryParse(Assert.Single(AttributeNames.Of(kind)), out var read) && read == kind));
        Assert.Equal(kinds.Count, AttributeNames.Of(kinds.Aggregate((all, kind) => all | kind)).Count);
    }

    [Theory]
    [InlineData("http.headers.authorization", AttributeKinds.Headers)]
    [InlineData("http.headers[cookie]", AttributeKinds.Headers)]
    [InlineData("jwt.claims[email]", AttributeKinds.Claims)]
    [InlineData("envoy_metadata.f", AttributeKinds.FilterMetadata)]
    public void A_part_of_an_attribute_is_the_attribute(string name, AttributeKinds kind)
    {
        Assert.True(AttributeNames.TryParse(name, out var read));
        Assert.Equal(kind, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http")]
    [InlineData("http.headersx")]
    [InlineData("SNI")]
    public void Other_texts_are_no_attribute(string name) => Assert.False(AttributeNames.TryParse(name, out _));
}
