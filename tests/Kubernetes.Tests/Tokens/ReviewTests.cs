using System.Text;
using Kubernetes.Tests.Running;
using TestSupport;
using Xunit;

namespace Kubernetes.Tests.Tokens;

/// <summary>Where the API server alone judges, its answer is read to the last word (istio-ca §2.3, §9.2 item 5).</summary>
[Trait("Category", "Long")]
public sealed class ReviewTests : IAsyncLifetime
{
    private const string Group = "\"system:serviceaccounts,system:authenticated\"";
    private static readonly string[] Users =
    [
        $"alice,1,{Group}", "system:node:node-a,2,\"system:nodes\"", $"system:serviceaccount:shop,3,{Group}", $"system:serviceaccount:shop:web:x,4,{Group}",
        $"admin:serviceaccount:shop:web,5,{Group}", "system:serviceaccount:shop:web,6,\"system:authenticated\"", $"system:serviceaccount:shop:other,7,{Group}",
    ];

    private KubernetesCluster _cluster = null!; // set before each test

    // The API server itself answers to istio-ca here, so that tokens of its list are good for that audience.
    public async ValueTask InitializeAsync() => _cluster = await KubernetesCluster.StartAsync(new()
    {
        Audiences = ["https://kubernetes.default.svc.cluster.local", "istio-ca"],
        StaticTokens = [.. Users.Select((user, i) => $"{TokenOf(i)},{user}")],
    });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task The_api_servers_word_counts_only_for_the_account_that_the_token_names()
    {
        await _cluster.CreateNamespaceAsync("shop");
        await _cluster.CreateAccountAsync("shop", "web");
        await using var service = await MeshService.StartAsync(_cluster, ("Kubernetes:Clusters:0:Tokens:Mode", "Review"));
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/web", await service.IdentityAsync(Answers.Of(await _cluster.TokenAsync("shop", "web", "istio-ca"))));
        for (var i = 0; i < Users.Length; i++)
        {
            using var client = service.Connect();
            var status = await client.RefusalOfAsync(Answers.Of(TokenOf(i)));
            Assert.True(status is { StatusCode: Grpc.Core.StatusCode.Unauthenticated, Detail: "request authenticate failure" }, $"{Users[i]}: {status}");
        }

        await Answers.AuditAsync(service, "NotServiceAccount");
        await Answers.AuditAsync(service, "ClaimsDisagree");
        await service.RefusesAsync(Answers.Of(await _cluster.TokenAsync("shop", "web", "vault")), "WrongAudience");
    }

    // In the form of a token for shop/web, so that nothing is wrong with it but what the API server says.
    private static string TokenOf(int number)
    {
        var claims = TestClaims.Of(TimeProvider.System.GetUtcNow());
        claims["sub"] = "system:serviceaccount:shop:web";
        claims.Remove("kubernetes.io");
        claims["jti"] = $"{number}";
        claims["exp"] = 4_000_000_000;
        claims["iat"] = 1_700_000_000;
        claims["nbf"] = 1_700_000_000;
        return $"{TestTokenSigner.Encode("""{"alg":"RS256","kid":"k"}"""u8)}.{TestTokenSigner.Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}.{TestTokenSigner.Encode(new byte[256])}";
    }
}
