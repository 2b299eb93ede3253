using MeshCA.Authentication;
using MeshCA.Authentication.ClusterTokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

/// <summary>Which of several clusters and configured issuers judges a token (istio-ca §2.3).</summary>
public sealed class ServiceAccountAuthenticatorTests : IDisposable
{
    private const string Elsewhere = "https://elsewhere";

    private readonly TokenSetup _issuers;
    private readonly TestTokenSigner _static = new("ES256", "s1");
    private readonly TestCluster _home;
    private readonly TestCluster _remote;
    private readonly ServiceAccountAuthenticator _authenticator;

    public ServiceAccountAuthenticatorTests()
    {
        var beside = TokenSetup.Options("beside", "main");
        beside.Issuer = Elsewhere;
        _issuers = new(beside, TokenSetup.Options("same-url", "vm"), TokenSetup.Options("shadow", "main"));
        for (var issuer = 0; issuer < 3; issuer++)
        {
            _issuers.Publish(issuer, _static);
        }

        _home = new(_issuers.Clock);
        _remote = new(_issuers.Clock, id: "remote");
        var directory = new ClusterTokenDirectory([_home.Authenticator, _remote.Authenticator], name => name switch
        {
            "" or "main" or "primary" => "main",
            "remote" or "r" => "remote",
            _ => null,
        });
        _authenticator = new(directory, _issuers.Authenticator);
    }

    public void Dispose()
    {
        _home.Dispose();
        _remote.Dispose();
        _static.Dispose();
    }

    [Theory]
    [InlineData("", "tokenreview:main")]
    [InlineData("main", "tokenreview:main")]
    [InlineData("primary", "tokenreview:main")]
    [InlineData("remote", "BadSignature")]
    [InlineData("r", "BadSignature")]
    [InlineData("nowhere", "UnknownCluster")]
    [InlineData("MAIN", "UnknownCluster")]
    public async Task A_token_of_home_is_home_s_alone(string cluster, string expected) =>
        Assert.Equal(expected, await JudgeAsync(_home.Token(), cluster));

    [Theory]
    [InlineData("remote", "tokenreview:remote")]
    [InlineData("r", "tokenreview:remote")]
    [InlineData("main", "BadSignature")]
    public async Task A_token_of_another_cluster_is_that_one_s(string cluster, string expected) =>
        Assert.Equal(expected, await JudgeAsync(_remote.Token(), cluster));

    [Theory]
    [InlineData("main"), InlineData("")]
    public async Task Another_issuer_of_a_cluster_goes_on_working_beside(string cluster)
    {
        var claims = TestClaims.Of(_issuers.Now);
        claims["iss"] = Elsewhere;
        Assert.Equal("jwt:beside", await JudgeAsync(_static.Sign(claims), cluster));
    }

    [Fact]
    public async Task An_issuer_of_another_cluster_may_share_the_url() =>
        Assert.Equal("jwt:same-url", await JudgeAsync(_static.Sign(TestClaims.Of(_issuers.Now)), ""));

    [Fact]
    public async Task An_issuer_of_the_same_cluster_and_url_never_stands_in_for_the_cluster() =>
        Assert.Equal("UnknownKey", await JudgeAsync(_static.Sign(TestClaims.Of(_issuers.Now)), "main"));

    [Fact]
    public async Task What_the_cluster_refuses_as_its_own_no_issuer_is_asked_about()
    {
        _home.RemovePod();
        Assert.Equal("PodGone", await JudgeAsync(_home.Token(), ""));
    }

    [Fact]
    public async Task A_cluster_known_to_issuers_alone_is_theirs() =>
        Assert.Equal("jwt:same-url", await JudgeAsync(_static.Sign(TestClaims.Of(_issuers.Now)), "vm"));

    [Fact]
    public async Task A_call_without_token_is_nobody_s() =>
        Assert.Null(await _authenticator.AuthenticateAsync(CallCredentials.From([], [], default), CancellationToken.None));

    private async Task<string> JudgeAsync(string token, string cluster)
    {
        var credentials = CallCredentials.From(["Bearer " + token], cluster.Length == 0 ? [] : [cluster], default);
        return await _authenticator.AuthenticateAsync(credentials, TestContext.Current.CancellationToken) switch
        {
            AuthenticationOutcome.Authenticated(var caller) => caller.Evidence.Authenticator,
            { } other => TestCluster.ReasonOf(other),
            null => "null",
        };
    }
}
