using MeshCA.Rpc.Bundles;
using Microsoft.Net.Http.Headers;
using Xunit;

namespace MeshCA.Tests.Rpc.Bundles;

public sealed class BundleDocumentTests
{
    [Fact]
    public void A_tag_tells_its_sequence_and_differs_with_the_content()
    {
        var (one, other) = (new BundleDocument("text/plain", [1], 7), new BundleDocument("text/plain", [2], 7));

        Assert.NotEqual(one.Tag, other.Tag);
        Assert.True(BundleDocument.TryReadSequence(one.Tag, out var sequence));
        Assert.Equal(7, sequence);
    }

    [Theory]
    [InlineData("\"18446744073709551615-0123456789abcdef\"")]
    [InlineData("\"+7-0123456789abcdef\"")]
    [InlineData("\" 7-0123456789abcdef\"")]
    [InlineData("\"7-0123456789abcde\"")]
    [InlineData("\"7-0123456789abcdef0\"")]
    [InlineData("\"70123456789abcdef\"")]
    [InlineData("\"\"")]
    [InlineData("*")]
    public void What_is_no_tag_of_ours_tells_none(string tag) =>
        Assert.False(BundleDocument.TryReadSequence(EntityTagHeaderValue.Parse(tag), out _));
}
