using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using MeshCA.IntegrationTests.Running;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace MeshCA.IntegrationTests.JwtSvids;

/// <summary>JWT-SVIDs for those who know OpenID Connect: verified by Microsoft's library from the discovery document on.</summary>
public sealed class OpenIdTests
{
    private const string Issuer = "https://oidc.example.org/mesh";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("EcdsaP256", "ES256")]
    [InlineData("EcdsaP384", "ES384")]
    [InlineData("Rsa", "RS256")]
    public async Task Another_library_verifies_a_token_from_the_discovery_document_on(string key, string algorithm)
    {
        await using var mesh = await TestMesh.StartAsync(("JwtSvids:Issuer", Issuer), ("JwtSvids:Key", key));
        using var client = mesh.Connect();
        var minted = await MintTests.MintAsync(client, mesh.Home.Token(), "sts.example.org");

        var discovery = JsonNode.Parse(await mesh.GetAsync("/.well-known/openid-configuration"))!.AsObject();
        Assert.Equal(Issuer, (string?)discovery["issuer"]);
        Assert.Equal(Issuer + "/keys", (string?)discovery["jwks_uri"]);
        Assert.Equal([algorithm], discovery["id_token_signing_alg_values_supported"]!.AsArray().Select(value => (string?)value));

        // OpenID Connect Discovery §3: what must be there.
        Assert.NotEmpty(discovery["response_types_supported"]!.AsArray());
        Assert.NotEmpty(discovery["subject_types_supported"]!.AsArray());

        var keys = new JsonWebKeySet(await mesh.GetAsync("/keys"));
        Assert.All(keys.Keys, found => Assert.Equal("sig", found.Use));
        Assert.All(keys.Keys, found => Assert.False(found.HasPrivateKey));
        var parameters = new TokenValidationParameters
        {
            ValidIssuer = (string?)discovery["issuer"],
            ValidAudience = "sts.example.org",
            IssuerSigningKeys = keys.GetSigningKeys(),
            ValidAlgorithms = [algorithm],
        };
        var result = new JsonWebTokenHandler().ValidateToken(minted.Token, parameters);
        Assert.True(result.IsValid, result.Exception?.Message);
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", result.Claims["sub"]);

        parameters.ValidAudience = "somebody.else";
        Assert.False(new JsonWebTokenHandler().ValidateToken(minted.Token, parameters).IsValid);
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration", "application/json")]
    [InlineData("/keys", "application/jwk-set+json")]
    public async Task A_known_document_is_not_sent_again_and_may_be_kept_for_a_while(string path, string type)
    {
        await using var mesh = await TestMesh.StartAsync(("JwtSvids:Issuer", Issuer));
        using var first = await mesh.Http.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(type, first.Content.Headers.ContentType!.MediaType);
        Assert.Equal((true, TimeSpan.FromMinutes(5)), (first.Headers.CacheControl!.Public, first.Headers.CacheControl.MaxAge));
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(first.Headers.ETag!.Tag));
        using var second = await mesh.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task Without_an_issuer_there_is_neither_document_nor_claim()
    {
        await using var mesh = await TestMesh.StartAsync();
        foreach (var path in new[] { "/.well-known/openid-configuration", "/keys" })
        {
            using var response = await mesh.Http.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        using var client = mesh.Connect();
        var minted = await MintTests.MintAsync(client, mesh.Home.Token(), "api");
        Assert.Empty(new JsonWebToken(minted.Token).Issuer ?? "");
    }

    [Theory]
    [InlineData("http://oidc.example.org")]
    [InlineData("https://oidc.example.org/")]
    [InlineData("https://oidc.example.org?x=1")]
    [InlineData("https://user@oidc.example.org")]
    [InlineData("https://oidc.example.org#x")]
    [InlineData("oidc.example.org")]
    public async Task An_issuer_that_is_none_keeps_the_service_from_starting(string issuer)
    {
        using var home = new MeshHome(("JwtSvids:Issuer", issuer));
        Assert.Contains((await home.RefusalAsync()).Faults, fault => fault.Contains("Issuer", StringComparison.Ordinal));
    }
}
