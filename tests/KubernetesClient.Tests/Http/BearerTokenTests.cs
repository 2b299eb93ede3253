using System.IO;
using System.Text;
using KubernetesClient.Configuration;
using KubernetesClient.Http;
using TestSupport;
using Xunit;

namespace KubernetesClient.Tests.Http;

public sealed class BearerTokenTests
{
    [Fact]
    public void A_file_is_read_again_once_a_minute_and_at_once_when_its_token_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "token");
        File.WriteAllText(path, "one\n");
        var clock = new ManualTimeProvider();
        var token = new BearerToken(CredentialContent.In(path), clock);
        Assert.Equal("one", token.Read());
        File.WriteAllText(path, "two");
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("one", token.Read());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", token.Read());
        File.WriteAllText(path, "three");
        Assert.Equal("two", token.Read(refused: "one"));
        Assert.Equal("three", token.Read(refused: "two"));
    }

    [Fact]
    public void While_the_file_is_gone_the_token_before_stays()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "token");
        File.WriteAllText(path, "one");
        var clock = new ManualTimeProvider();
        var token = new BearerToken(CredentialContent.In(path), clock);
        Assert.Equal("one", token.Read());
        File.Delete(path);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("one", token.Read());
    }

    [Theory]
    [InlineData("a.b.c", "a.b.c")]
    [InlineData(" a.b.c\r\n", "a.b.c")]
    [InlineData("", null)]
    [InlineData("  \n", null)]
    [InlineData("a b", null)]
    [InlineData("a\r\nX-Header: b", null)]
    [InlineData("ä", null)]
    public void Only_what_can_stand_in_a_header_is_a_token(string content, string? token) =>
        Assert.Equal(token, BearerToken.Parse(Encoding.UTF8.GetBytes(content)));

    [Fact]
    public void A_huge_one_is_none() => Assert.Null(BearerToken.Parse(Encoding.UTF8.GetBytes(new string('a', (64 * 1024) + 1))));
}
