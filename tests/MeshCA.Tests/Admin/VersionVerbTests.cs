using System.Text.Json;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class VersionVerbTests : IDisposable
{
    private readonly CommandLineFixture _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Versions_are_shown_as_text()
    {
        Assert.Equal(0, await _cli.RunAsync("", "version"));

        Assert.Matches(@"^meshca \d+\.\d+\.\d+.*\n\.NET \d+", _cli.Out);
        Assert.Matches(@"OpenSSL \d+\.\d+\.\d+", _cli.Out);
    }

    [Fact]
    public async Task Versions_are_shown_as_json()
    {
        Assert.Equal(0, await _cli.RunAsync("", "version", "--output", "json"));

        using var json = JsonDocument.Parse(_cli.Out);
        Assert.Equal(["version", "runtime", "openSsl"], json.RootElement.EnumerateObject().Select(property => property.Name));
    }
}
