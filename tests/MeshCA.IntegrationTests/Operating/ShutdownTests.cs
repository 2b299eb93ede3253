using System.IO;
using System.Net;
using System.Net.Http;
using Google.Protobuf;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Istio;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>A stop that nobody notices: what is under way finishes, what is new is told to go elsewhere.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_call_under_way_finishes_while_health_says_not_serving()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var http = mesh.ConnectRaw();
        using var key = WorkloadKey.P256();
        var upload = new HeldUpload(new IstioCertificateRequest { Csr = key.Csr() }.ToByteArray());
        using var request = Request(mesh, "/istio.v1.auth.IstioCertificateService/CreateCertificate", upload);
        request.Headers.TryAddWithoutValidation("authorization", $"Bearer {mesh.Home.Token()}");
        var call = http.SendAsync(request, TestContext.Current.CancellationToken);
        await upload.Begun;
        await PassAsync(http, mesh);

        var stop = mesh.StopAsync();
        await Eventually.TrueAsync(async () => await HealthAsync(mesh) == HealthCheckResponse.Types.ServingStatus.NotServing, "NOT_SERVING");
        Assert.False(stop.IsCompleted);
        upload.Finish();
        using var response = await call;
        Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        await stop;
    }

    // A connection's frames are read in their order: once this call is answered, the held one is known to the server too.
    private static async Task PassAsync(HttpMessageInvoker http, TestMesh mesh)
    {
        var content = new ByteArrayContent(new byte[5]) { Headers = { ContentType = new("application/grpc") } };
        using var request = Request(mesh, "/grpc.health.v1.Health/Check", content);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static HttpRequestMessage Request(TestMesh mesh, string path, HttpContent content) =>
        new(HttpMethod.Post, new Uri(MeshClient.ByName(mesh.Address), path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
            Headers = { { "te", "trailers" } },
        };

    private static async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(TestMesh mesh) =>
        (await mesh.Part<HealthServiceImpl>().Check(new HealthCheckRequest(), null!)).Status;

    /// <summary>A request message that stops half-way until it is told to go on.</summary>
    private sealed class HeldUpload : HttpContent
    {
        private readonly byte[] _message;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldUpload(byte[] message)
        {
            _message = message;
            Headers.ContentType = new("application/grpc");
        }

        public Task Begun => _begun.Task;

        public void Finish() => _finish.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] header = [0, 0, 0, (byte)(_message.Length >> 8), (byte)(_message.Length & 0xFF)];
            await stream.WriteAsync(header);
            await stream.FlushAsync();
            _begun.SetResult();
            await _finish.Task;
            await stream.WriteAsync(_message);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
