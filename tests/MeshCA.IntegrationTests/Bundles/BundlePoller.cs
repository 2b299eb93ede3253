using System.Net;
using System.Net.Http;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Bundles;

/// <summary>A program that polls the bundle over TLS, with a certificate or without.</summary>
internal sealed class BundlePoller(TestMesh mesh, HttpMessageInvoker http) : IDisposable
{
    public void Dispose() => http.Dispose();

    public static BundlePoller Anonymous(TestMesh mesh) => new(mesh, mesh.ConnectRaw());

    /// <summary>One that got a certificate before.</summary>
    public static async Task<BundlePoller> EnrolAsync(TestMesh mesh, string account, string? pod = null)
    {
        using var key = WorkloadKey.P256();
        using var client = mesh.Connect();
        var token = mesh.Home.Token(account, claims =>
        {
            if (claims["kubernetes.io"]!["pod"] is { } bound)
            {
                bound["uid"] = pod ?? "0b0b";
            }
        });
        var answer = await client.AskAsync(key.Csr(), new Ask { Token = token });
        return new(mesh, mesh.ConnectRaw(key.Join(answer.Leaf), answer.Middle));
    }

    /// <summary>Polls.</summary>
    public async Task<HttpResponseMessage> PollAsync(
        string? tag = null, string path = "/bundle.json", Version? version = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(MeshClient.ByName(mesh.Address), path))
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Polls, and comes back with the tag it got.</summary>
    public async Task PutToUseAsync(string path = "/bundle.json")
    {
        using var first = await PollAsync(path: path);
        using var second = await PollAsync(first.Headers.ETag!.ToString(), path);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }
}
