using System.Diagnostics;
using System.IO;
using MeshCA.Agent.Connecting;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Connecting;

public sealed class TokenFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData("a.b.c", "a.b.c")]
    [InlineData(" a.b.c \r\n", "a.b.c")]
    [InlineData("", null)]
    [InlineData("\n", null)]
    [InlineData("two words", null)]
    [InlineData("two\nlines", null)]
    [InlineData("naïve", null)]
    public void A_token_is_one_word_that_can_travel(string content, string? token)
    {
        File.WriteAllText(_directory.File("token"), content);

        Assert.Equal(token is not null, TokenFile.TryRead(_directory.File("token"), out var read, out var fault));
        Assert.Equal(token, read);
        Assert.Equal(token is null, fault is not null);
    }

    [Theory]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    public void A_token_has_at_most_64_KiB(int length, bool isRead)
    {
        File.WriteAllText(_directory.File("token"), new string('a', length));

        Assert.Equal(isRead, TokenFile.TryRead(_directory.File("token"), out _, out _));
    }

    [Fact]
    public async Task A_pipe_in_its_place_is_not_waited_for()
    {
        using var made = Process.Start("mkfifo", [_directory.File("token")]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.False(TokenFile.TryRead(_directory.File("token"), out _, out var fault));
        Assert.Contains("no file", fault, StringComparison.Ordinal);
        Assert.False(TokenFile.TryRead(_directory.File("none"), out _, out fault));
        Assert.Contains("not there", fault, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();
}
