using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Kubernetes.Tests.Running;

/// <summary>An answer of the API server.</summary>
internal sealed record KubeAnswer(HttpStatusCode Status, string Text)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public JsonNode Body => JsonNode.Parse(Text)!;

    public override string ToString() => $"{(int)Status} {Text}";
}

/// <summary>The API server as its administrator asks it: plain HTTP and JSON, so that the client under test is not its own witness.</summary>
internal sealed class KubeApi : IDisposable
{
    private readonly HttpClient _http;

    public KubeApi(Uri address, ClusterKeys keys)
    {
        using var admin = X509Certificate2.CreateFromPemFile(keys.AdminFile, keys.AdminKeyFile);
        var roots = X509Certificate2.CreateFromPem(File.ReadAllText(keys.AuthorityFile));
        _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = SslStreamCertificateContext.Create(
                    X509CertificateLoader.LoadPkcs12(admin.Export(X509ContentType.Pfx), null), null, offline: true),
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { roots },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        })
        { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Sends a request.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">Its body; null for none.</param>
    /// <param name="type">Type of the body.</param>
    public async Task<KubeAnswer> SendAsync(HttpMethod method, string path, JsonNode? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, type);
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new KubeAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public Task<JsonNode> GetAsync(string path) => MustAsync(HttpMethod.Get, path);

    public Task<JsonNode> PostAsync(string path, JsonNode body) => MustAsync(HttpMethod.Post, path, body);

    public Task<JsonNode> PutAsync(string path, JsonNode body) => MustAsync(HttpMethod.Put, path, body);

    /// <summary>Changes the named fields of an object.</summary>
    public Task<JsonNode> MergeAsync(string path, JsonNode patch) => MustAsync(HttpMethod.Patch, path, patch, "application/merge-patch+json");

    public Task<JsonNode> DeleteAsync(string path) => MustAsync(HttpMethod.Delete, path);

    /// <summary>Reads an object that may not be there.</summary>
    public async Task<JsonNode?> FindAsync(string path)
    {
        var answer = await SendAsync(HttpMethod.Get, path);
        Assert.True(answer.IsSuccess || answer.Status == HttpStatusCode.NotFound, $"GET {path}: {answer}");
        return answer.IsSuccess ? answer.Body : null;
    }

    /// <summary>Whether the API server is ready for all work.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await SendAsync(HttpMethod.Get, "/readyz")).IsSuccess;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> MustAsync(HttpMethod method, string path, JsonNode? body = null, string type = "application/json")
    {
        var answer = await SendAsync(method, path, body, type);
        Assert.True(answer.IsSuccess, $"{method} {path}: {answer}");
        return answer.Body;
    }
}
