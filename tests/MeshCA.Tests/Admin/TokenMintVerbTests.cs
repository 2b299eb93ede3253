using System.Buffers.Text;
using System.Text.Json;
using MeshCA.Admin;
using MeshCA.Authentication.Development;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class TokenMintVerbTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public TokenMintVerbTests() => DevTokenIssuer.OpenOrCreate(_directory.Path, TimeProvider.System).Dispose();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_token_is_one_line_that_nothing_wraps()
    {
        var minted = (await MintAsync("--service-account", "web", "--pod", new string('p', 200))).Ends(ExitCode.Ok);

        var line = Assert.Single(minted.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(line.Length > 400, line);
        Assert.Matches("^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$", line);
        Assert.Empty(minted.Error);
    }

    [Fact]
    public async Task A_token_says_what_was_asked_for()
    {
        var minted = (await MintAsync(
            "-n", "shop", "-a", "web", "--audience", "vault", "--lifetime", "00:10:00", "--pod", "web-0")).Ends(ExitCode.Ok);

        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(minted.Out.Split('.')[1])).RootElement;
        Assert.Equal("system:serviceaccount:shop:web", claims.GetProperty("sub").GetString());
        Assert.Equal("vault", claims.GetProperty("aud")[0].GetString());
        Assert.Equal(600, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        Assert.Equal("web-0", claims.GetProperty("kubernetes.io").GetProperty("pod").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Json_holds_the_token_alone()
    {
        var minted = (await MintAsync("--service-account", "web", "--output", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal(["token"], CliResult.Members(minted));
        Assert.Equal(3, minted.GetProperty("token").GetString()!.Split('.').Length);
    }

    [Theory]
    [InlineData("--service-account", "Web")]
    [InlineData("--service-account", "")]
    [InlineData("--service-account", "web", "--namespace", "a/b")]
    [InlineData("--service-account", "web", "--lifetime", "00:00:00")]
    [InlineData("--service-account", "web", "--lifetime", "-01:00:00")]
    [InlineData("--service-account", "web", "--lifetime", "10675199.00:00:00")]
    [InlineData("--service-account", "web", "--lifetime", "soon")]
    [InlineData("--namespace", "default")]
    public async Task What_no_token_can_say_ends_with_2(params string[] arguments) =>
        (await MintAsync(arguments)).Ends(ExitCode.Usage).Says("");

    [Fact]
    public async Task A_directory_without_an_issuer_ends_with_1_and_says_how_to_make_one()
    {
        var minted = await Cli.CallAsync("token", "mint", "--data", _directory.File("none"), "--service-account", "web");

        minted.Ends(ExitCode.Failure).Says("serve --dev");
    }

    private Task<CliResult> MintAsync(params string[] arguments) => Cli.CallAsync(["token", "mint", "--data", _directory.Path, .. arguments]);
}
