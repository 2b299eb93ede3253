using MeshCA.Storage.Schema;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage.Schema;

public sealed class StoredAuthenticatorTests
{
    [Theory]
    [InlineData("jwt:main", "jwt:main", null)]
    [InlineData("tokenreview:main by spiffe://td/ns/a/sa/b", "tokenreview:main", "spiffe://td/ns/a/sa/b")]
    [InlineData("tokenreview:main by x", "tokenreview:main by x", null)]
    [InlineData(" by spiffe://td/ns/a/sa/b", " by spiffe://td/ns/a/sa/b", null)]
    [InlineData("", "", null)]
    public void What_is_stored_is_taken_apart_and_put_together_again(string text, string name, string? proxy)
    {
        var stored = StoredAuthenticator.Split(text);
        Assert.Equal((name, proxy), (stored.Name, stored.RequestedBy?.ToString()));
        Assert.Equal(text, stored.ToString());
    }

    [Fact]
    public void A_row_gives_back_who_asked()
    {
        var record = StoreSamples.Leaf() with
        {
            Evidence = new()
            {
                Authenticator = "tokenreview:main",
                TokenTime = StoreSamples.Now,
                TokenId = "t",
                RequestedBy = SpiffeId.Parse("spiffe://td/ns/a/sa/b"),
            },
        };
        var read = JournalRow.From(record).ToRecord().Evidence!;
        Assert.Equal((record.Evidence.Authenticator, record.Evidence.RequestedBy), (read.Authenticator, read.RequestedBy));
    }
}
