using System.IO;
using System.Net;
using MeshCA.Authentication.Keys;
using MeshCA.Configuration;
using Microsoft.AspNetCore.Http;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class KeySourcesTests : IAsyncLifetime
{
    private readonly TestTokenSigner _signer = new("ES256", "k");
    private readonly string _directory = Directory.CreateTempSubdirectory("meshca-keys").FullName;
    private TestKeyServer _server = null!;

    private string CaFile => Path.Combine(_directory, "ca.pem");

    private string Issuer => _server.Url.ToString().TrimEnd('/');

    public async ValueTask InitializeAsync()
    {
        _server = await TestKeyServer.StartAsync(TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(CaFile, _server.CertificatePem, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _signer.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_file_is_read_anew_each_time()
    {
        var path = Path.Combine(_directory, "jwks.json");
        var options = new TokenIssuerOptions { JwksFile = path };
        Assert.Equal(KeySourceError.Unreachable, await ErrorAsync(options));
        await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
        Assert.Equal(KeySourceError.BadKeySet, await ErrorAsync(options));
        await File.WriteAllTextAsync(path, TestTokenSigner.KeySet(_signer), TestContext.Current.CancellationToken);
        Assert.Null(await ErrorAsync(options));
        await File.WriteAllTextAsync(path, new string(' ', JsonWebKeySetParser.MaxLength + 1), TestContext.Current.CancellationToken);
        Assert.Equal(KeySourceError.TooLarge, await ErrorAsync(options));
    }

    [Fact]
    public async Task A_directory_is_no_file() =>
        Assert.Equal(KeySourceError.Unreachable, await ErrorAsync(new TokenIssuerOptions { JwksFile = _directory }));

    [Fact]
    public async Task A_url_is_fetched_over_https_from_the_trusted_server()
    {
        _server.Serve("/keys", TestTokenSigner.KeySet(_signer));
        Assert.Null(await ErrorAsync(Url("/keys")));
    }

    [Fact]
    public async Task A_server_that_no_named_authority_vouches_for_is_not_read()
    {
        _server.Serve("/keys", TestTokenSigner.KeySet(_signer));
        var options = Url("/keys");
        options.CaFile = null;
        Assert.Equal(KeySourceError.Unreachable, await ErrorAsync(options));
        await using var other = await TestKeyServer.StartAsync(TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(CaFile, other.CertificatePem, TestContext.Current.CancellationToken);
        Assert.Equal(KeySourceError.Unreachable, await ErrorAsync(Url("/keys")));
        Assert.Equal(0, _server.Requests);
    }

    [Theory]
    [InlineData("", (int)KeySourceError.BadCaFile), InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", (int)KeySourceError.BadCaFile)]
    public async Task An_authority_file_without_certificates_is_an_error(string content, int expected)
    {
        await File.WriteAllTextAsync(CaFile, content, TestContext.Current.CancellationToken);
        Assert.Equal((KeySourceError)expected, await ErrorAsync(Url("/keys")));
        File.Delete(CaFile);
        Assert.Equal(KeySourceError.BadCaFile, await ErrorAsync(Url("/keys")));
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        _server.Serve("/elsewhere", TestTokenSigner.KeySet(_signer));
        _server.Answers["/keys"] = context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        };
        Assert.Equal(KeySourceError.BadStatus, await ErrorAsync(Url("/keys")));
        Assert.Equal(1, _server.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound), InlineData(HttpStatusCode.InternalServerError), InlineData(HttpStatusCode.Unauthorized)]
    public async Task Only_200_is_success(HttpStatusCode status)
    {
        _server.Answers["/keys"] = context =>
        {
            context.Response.StatusCode = (int)status;
            return context.Response.WriteAsync(TestTokenSigner.KeySet(_signer));
        };
        Assert.Equal(KeySourceError.BadStatus, await ErrorAsync(Url("/keys")));
    }

    [Fact]
    public async Task An_endless_answer_is_cut_off()
    {
        _server.Answers["/keys"] = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[1 << 16], context.RequestAborted);
            }
        };
        Assert.Equal(KeySourceError.TooLarge, await ErrorAsync(Url("/keys")));
    }

    [Fact]
    public async Task Discovery_follows_the_document_of_this_very_issuer()
    {
        _server.Serve("/keys", TestTokenSigner.KeySet(_signer));
        ServeDiscovery(Issuer, Issuer + "/keys");
        Assert.Null(await ErrorAsync(Discovery()));
    }

    [Theory]
    [InlineData("https://other.example", "/keys"), InlineData(null, "http://keys.example/"), InlineData(null, "file:///etc/passwd"), InlineData(null, "keys")]
    public async Task Discovery_refuses_another_issuer_and_unsafe_urls(string? issuer, string keys)
    {
        _server.Serve("/keys", TestTokenSigner.KeySet(_signer));
        ServeDiscovery(issuer ?? Issuer, keys[0] == '/' ? Issuer + keys : keys);
        Assert.Equal(KeySourceError.BadDiscovery, await ErrorAsync(Discovery()));
        Assert.Equal(1, _server.Requests);
    }

    private void ServeDiscovery(string issuer, string keys) =>
        _server.Serve("/.well-known/openid-configuration", $$"""{"issuer":"{{issuer}}","jwks_uri":"{{keys}}"}""");

    private TokenIssuerOptions Url(string path) => new() { JwksUrl = Issuer + path, CaFile = CaFile };

    private TokenIssuerOptions Discovery() => new() { Discovery = true, Issuer = Issuer, CaFile = CaFile };

    private static async Task<KeySourceError?> ErrorAsync(TokenIssuerOptions options)
    {
        var reading = await KeySources.Open(KeyLocation.From(options)).ReadAsync(TestContext.Current.CancellationToken);
        return (reading as KeyReading.Failed)?.Error;
    }
}
