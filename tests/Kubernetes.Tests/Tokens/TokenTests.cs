using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace Kubernetes.Tests.Tokens;

/// <summary>TokenRequest, CSR, certificate; and who is refused (istio-ca appendix B item 5).</summary>
[Trait("Category", "Long")]
public sealed class TokenTests(TokenService fixture) : IClassFixture<TokenService>
{
    private readonly KubernetesCluster _cluster = fixture.Cluster;
    private readonly MeshService _service = fixture.Service;

    [Fact]
    public async Task A_token_of_a_token_request_gets_the_certificate_of_its_account()
    {
        var workload = await fixture.NewWorkloadAsync();
        Assert.Equal(workload.Identity, await _service.IdentityAsync(Answers.Of(await workload.TokenAsync())));
        Assert.Equal(workload.Identity, await _service.IdentityAsync(Answers.Of(await _cluster.TokenAsync(workload.Pod.Namespace, "web", "istio-ca"))));
    }

    [Fact]
    public async Task The_api_server_is_asked_about_a_token_once()
    {
        var workload = await fixture.NewWorkloadAsync();
        var token = await workload.TokenAsync();
        var before = Reviews();
        using var client = _service.Connect();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Answers.AskAsync(client, Answers.Of(token))));
        await Answers.AskAsync(client, Answers.Of(token));
        Assert.Equal(1, Reviews() - before);
    }

    [Theory]
    [InlineData("Kubernetes")]
    [InlineData("primary")]
    [InlineData("")]
    public async Task A_cluster_is_known_by_its_id_and_its_alias_and_home_by_no_name(string cluster)
    {
        var workload = await fixture.NewWorkloadAsync();
        Assert.Equal(workload.Identity, await _service.IdentityAsync(Answers.Of(await workload.TokenAsync()) with { Cluster = cluster }));
    }

    [Fact]
    public async Task An_unknown_cluster_is_refused()
    {
        var workload = await fixture.NewWorkloadAsync();
        await _service.RefusesAsync(Answers.Of(await workload.TokenAsync()) with { Cluster = "elsewhere" }, "UnknownCluster");
    }

    [Fact]
    public async Task A_token_for_another_audience_is_refused()
    {
        var workload = await fixture.NewWorkloadAsync();
        await _service.RefusesAsync(Answers.Of(await workload.TokenAsync("vault")), "WrongAudience");
        await _service.RefusesAsync(Answers.Of(await _cluster.TokenAsync(workload.Pod.Namespace, "web")), "WrongAudience");
    }

    [Fact]
    public async Task A_call_without_a_token_or_with_another_scheme_is_refused()
    {
        var workload = await fixture.NewWorkloadAsync();
        await _service.RefusesAsync(new Ask(), "NoCredentials");
        await _service.RefusesAsync(new Ask { Headers = new Metadata { { "authorization", $"bearer {await workload.TokenAsync()}" } } }, "NoCredentials");
    }

    [Fact]
    public async Task An_expired_token_that_the_cluster_signed_is_refused()
    {
        var workload = await fixture.NewWorkloadAsync();
        await _service.RefusesAsync(Answers.Of(Resign(await workload.TokenAsync(), claims => claims["exp"] = Seconds(TimeSpan.FromMinutes(-10)))), "Expired");
    }

    [Fact]
    public async Task A_token_that_the_cluster_signed_for_what_is_no_account_is_refused()
    {
        var token = await (await fixture.NewWorkloadAsync()).TokenAsync();
        foreach (var subject in (string[])["alice", "system:node:node-a", "system:serviceaccount:shop", "system:serviceaccount:shop:web:x", "admin:serviceaccount:shop:web"])
        {
            await _service.RefusesAsync(Answers.Of(Resign(token, claims => claims["sub"] = subject)), "NotServiceAccount");
        }
    }

    [Fact]
    public async Task A_token_whose_account_never_was_is_refused_though_the_cluster_signed_it()
    {
        var token = await (await fixture.NewWorkloadAsync()).TokenAsync();
        var never = Resign(token, claims =>
        {
            claims["sub"] = "system:serviceaccount:nowhere:web";
            claims["kubernetes.io"]!["namespace"] = "nowhere";
        });
        await _service.RefusesAsync(Answers.Of(never), "ReviewRefused");
    }

    [Fact]
    public async Task A_token_of_another_key_is_refused_without_asking_the_api_server()
    {
        var token = await (await fixture.NewWorkloadAsync()).TokenAsync();
        var before = Reviews();
        using var key = RSA.Create(2048);
        await _service.RefusesAsync(Answers.Of(Sign(token, key, _ => { })), "BadSignature");
        Assert.Equal(0, Reviews() - before);
    }

    [Fact]
    public async Task The_token_counts_where_a_certificate_is_shown_too()
    {
        var workload = await fixture.NewWorkloadAsync();
        using var key = WorkloadKey.P256();
        using var first = _service.Connect();
        var answer = await first.AskAsync(key.Csr(), Answers.Of(await workload.TokenAsync()));
        using var second = new MeshClient(new ClientSetUp
        {
            Address = _service.Process.Address,
            Roots = _service.Process.Bundle,
            Certificate = key.Join(answer.Leaf),
            Intermediates = answer.Middle,
        });
        Assert.Equal(workload.Identity, Answers.IdentityOf(await Answers.AskAsync(second, Answers.Of(await workload.TokenAsync()))));
        var other = await fixture.NewWorkloadAsync("other");
        Assert.Equal(StatusCode.Unauthenticated, (await second.RefusalOfAsync(Answers.Of(await other.TokenAsync()))).StatusCode);
        await Answers.AuditAsync(_service, "IdentitiesDiffer");
    }

    [Fact]
    public async Task A_token_ends_with_its_pod()
    {
        var workload = await fixture.NewWorkloadAsync();
        var ask = Answers.Of(await workload.TokenAsync());
        await _service.IdentityAsync(ask);
        await _cluster.DeletePodAsync(workload.Pod);
        await RefusedSoonAsync(ask);
        await Answers.AuditAsync(_service, "PodGone");

        // A pod of the same name is another one.
        await _cluster.CreatePodAsync(workload.Pod);
        await _service.RefusesAsync(ask, "PodGone");
    }

    [Theory]
    [InlineData("Succeeded")]
    [InlineData("Failed")]
    public async Task A_token_of_a_pod_that_ended_is_refused(string phase)
    {
        var workload = await fixture.NewWorkloadAsync();
        var ask = Answers.Of(await workload.TokenAsync());
        await _service.IdentityAsync(ask);
        await _cluster.SetPhaseAsync(workload.Pod, phase);
        await RefusedSoonAsync(ask);
        await Answers.AuditAsync(_service, "PodFinished");
    }

    [Fact]
    public async Task A_token_ends_with_its_account_though_one_of_the_same_name_comes_after_it()
    {
        var workload = await fixture.NewWorkloadAsync();
        var ns = workload.Pod.Namespace;
        var ask = Answers.Of(await _cluster.TokenAsync(ns, "web", "istio-ca"));
        await _service.IdentityAsync(ask);
        await _cluster.Admin.DeleteAsync($"/api/v1/namespaces/{ns}/serviceaccounts/web");
        await RefusedSoonAsync(ask);
        await Answers.AuditAsync(_service, "AccountGone");
        await _cluster.CreateAccountAsync(ns, "web");
        await _service.RefusesAsync(ask, "AccountGone");
        Assert.Equal(workload.Identity, await _service.IdentityAsync(Answers.Of(await _cluster.TokenAsync(ns, "web", "istio-ca"))));
    }

    [Fact]
    public async Task A_pod_made_just_now_gets_its_certificate_at_once()
    {
        // The watch may be behind the token: then the API server is asked, not the caller sent away.
        for (var i = 0; i < 20; i++)
        {
            var workload = await fixture.NewWorkloadAsync();
            Assert.Equal(workload.Identity, await _service.IdentityAsync(Answers.Of(await workload.TokenAsync())));
        }
    }

    private static long Seconds(TimeSpan fromNow) => (TimeProvider.System.GetUtcNow() + fromNow).ToUnixTimeSeconds();

    // A watch brings what changed; until it does the token is good.
    private async Task RefusedSoonAsync(Ask ask)
    {
        using var client = _service.Connect();
        using var key = WorkloadKey.P256();
        var csr = key.Csr();
        await Eventually.TrueAsync(
            async () => await client.CodeOfAsync(csr, ask) switch
            {
                StatusCode.OK => false,
                var code => code == StatusCode.Unauthenticated ? true : throw new InvalidOperationException($"{code}"),
            },
            "a refusal");
    }

    private int Reviews() =>
        _cluster.Audit.Read(Installation.User).Count(entry => entry.Resource == "tokenreviews");

    private string Resign(string token, Action<JsonObject> change)
    {
        using var key = RSA.Create();
        key.ImportFromPem(File.ReadAllText(_cluster.Keys.TokenKeyFile));
        return Sign(token, key, change);
    }

    private static string Sign(string token, RSA key, Action<JsonObject> change)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        change(claims);
        var signed = $"{parts[0]}.{TestTokenSigner.Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{TestTokenSigner.Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }
}
