using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Envoy.Auth.V3;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Deciding;

/// <summary>Peers of another trust domain that this service issues for (ADR 0010): decided by their own names, authorization-policy §4.</summary>
public sealed class OtherTrustDomainTests
{
    private const string Policy = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: web-of-west, namespace: shop}
        spec: {rules: [{from: [{source: {principals: ["west.example/ns/shop/sa/web"]}}]}]}
        """;

    [Theory]
    [InlineData("spiffe://west.example/ns/shop/sa/web", 0)]
    [InlineData("spiffe://cluster.local/ns/shop/sa/web", (int)StatusCode.PermissionDenied)]
    [InlineData("spiffe://west.example/ns/shop/sa/other", (int)StatusCode.PermissionDenied)]
    public async Task A_principal_is_matched_by_its_own_trust_domain_and_never_by_another(string principal, int expected)
    {
        await using var mesh = await StartAsync();
        using var proxy = (await mesh.EnrolAsync("cart")).Client;
        var question = Question.Http("shop/cart");
        question.Attributes.Source.Principal = principal;
        Assert.Equal(expected, (await CheckAsync(proxy, question)).Status.Code);
    }

    [Fact]
    public async Task A_proxy_of_another_trust_domain_may_not_ask_about_a_namesake()
    {
        await using var mesh = await StartAsync();
        using var key = WorkloadKey.P256();
        using var first = mesh.Connect();
        var answer = await first.AskAsync(key.Csr(), new Ask { Token = mesh.Home.Token("cart", claims => claims["iss"] = "https://west.example"), Cluster = "west" });
        using var namesake = mesh.Connect(key.Join(answer.Leaf), answer.Middle);

        var refused = await Assert.ThrowsAsync<RpcException>(() => CheckAsync(namesake, Question.Http("shop/cart")));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);

        // Asking about itself it is known by nobody: an error, never a workload without policies.
        refused = await Assert.ThrowsAsync<RpcException>(() => CheckAsync(namesake, Question.Http(null)));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
    }

    private static async Task<TestMesh> StartAsync()
    {
        var home = new MeshHome { Policies = TestPolicies.Of(Policy, "shop/cart") };
        home.Set(
            ("Authentication:Issuers:1:Name", "west"),
            ("Authentication:Issuers:1:Issuer", "https://west.example"),
            ("Authentication:Issuers:1:ClusterId", "west"),
            ("Authentication:Issuers:1:TrustDomain", "west.example"),
            ("Authentication:Issuers:1:JwksFile", home.File("jwks.json")));
        return await home.StartAsync();
    }

    private static async Task<CheckResponse> CheckAsync(MeshClient client, CheckRequest question) =>
        await client.Authorization.CheckAsync(question, cancellationToken: TestContext.Current.CancellationToken);
}
