using System.Text.Json.Nodes;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Envoy.Auth.V3;
using TestSupport;
using Xunit;
using HttpCode = MeshCA.Wire.Envoy.Types.V3.StatusCode;

namespace MeshCA.IntegrationTests.Deciding;

/// <summary>RequestAuthentication through Envoy's Check, against the real service.</summary>
public sealed class RequestTokenTests : IDisposable
{
    private readonly TestTokenSigner _signer = new("ES256", "k1");

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task A_token_opens_what_asks_for_one_and_does_not_reach_the_workload()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policies(), "shop/cart"));
        using var proxy = (await mesh.EnrolAsync("cart")).Client;

        var allowed = await CheckAsync(proxy, "Bearer " + Token("shop"));
        Assert.Equal(0, allowed.Status.Code);
        Assert.Equal(["authorization"], allowed.OkResponse.HeadersToRemove);
        Assert.Equal(("x-user", "me"), (Assert.Single(allowed.OkResponse.Headers).Header.Key, allowed.OkResponse.Headers[0].Header.Value));

        var inQuery = await CheckAsync(proxy, null, "/?access_token=" + Token("shop"));
        Assert.Equal(0, inQuery.Status.Code);
        Assert.Equal(["access_token"], inQuery.OkResponse.QueryParametersToRemove);
    }

    [Fact]
    public async Task Without_a_token_with_a_bad_one_and_with_one_for_others_it_stays_shut()
    {
        await using var mesh = await TestMesh.StartAsync(TestPolicies.Of(Policies(), "shop/cart"));
        using var proxy = (await mesh.EnrolAsync("cart")).Client;

        var missing = await CheckAsync(proxy, null);
        Assert.Equal(((int)StatusCode.PermissionDenied, HttpCode.Forbidden), (missing.Status.Code, missing.DeniedResponse.Status.Code));
        using var impostor = new TestTokenSigner("ES256", "k1");
        var forged = await CheckAsync(proxy, "Bearer " + Token("shop", impostor));
        Assert.Equal(((int)StatusCode.Unauthenticated, HttpCode.Unauthorized), (forged.Status.Code, forged.DeniedResponse.Status.Code));
        var elsewhere = await CheckAsync(proxy, "Bearer " + Token("elsewhere"));
        Assert.Equal((HttpCode.Forbidden, "Audiences in Jwt are not allowed"), (elsewhere.DeniedResponse.Status.Code, elsewhere.DeniedResponse.Body));
    }

    private static async Task<CheckResponse> CheckAsync(MeshClient proxy, string? authorization, string path = "/")
    {
        var question = Question.Http("shop/cart", path: path);
        if (authorization is not null)
        {
            question.Attributes.Request.Http.Headers.Add("authorization", authorization);
        }

        return await proxy.Authorization.CheckAsync(question, cancellationToken: TestContext.Current.CancellationToken);
    }

    // Its times are judged by the service's clock, so it claims none.
    private string Token(string audience, TestTokenSigner? signer = null) =>
        (signer ?? _signer).Sign(new JsonObject { ["iss"] = "https://issuer.example", ["sub"] = "me", ["aud"] = audience });

    private string Policies() => $$"""
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: shop}
        spec:
          jwtRules:
          - issuer: https://issuer.example
            audiences: [shop]
            jwks: '{{TestTokenSigner.KeySet(_signer)}}'
            outputClaimToHeaders: [{header: x-user, claim: sub}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: known-users, namespace: shop}
        spec:
          rules:
          - from:
            - source: {requestPrincipals: ["https://issuer.example/me"]}
            when: [{key: "request.headers[x-user]", values: [me]}]
        """;
}
