using System.IO;
using System.Net;
using System.Net.Http;
using Google.Protobuf;
using MeshCA.Rpc;
using MeshCA.Wire.Istio;
using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>A call for a certificate, made by hand, whose message stops half-way until it is told to go on.</summary>
internal sealed class HeldCall : IDisposable
{
    private readonly CancellationTokenSource _reset = new();
    private readonly HttpRequestMessage _request;
    private readonly HeldUpload _upload;

    private HeldCall(TestMesh mesh, HttpMessageInvoker http, IstioCertificateRequest message)
    {
        _upload = new HeldUpload(message.ToByteArray(), _reset.Token);
        _request = RawRequest.To(mesh, CertificateService.Path, _upload);
        _request.Headers.TryAddWithoutValidation("authorization", $"Bearer {mesh.Home.Token()}");
        Answer = http.SendAsync(_request, _reset.Token);
    }

    /// <summary>The answer; faulted where the call was cut off.</summary>
    public Task<HttpResponseMessage> Answer { get; }

    /// <summary>Begins a call; when it returns, the server has its headers and half of its message.</summary>
    public static async Task<HeldCall> BeginAsync(TestMesh mesh, HttpMessageInvoker http, IstioCertificateRequest message)
    {
        var call = new HeldCall(mesh, http, message);
        await call._upload.Begun;

        // A connection's frames are read in their order: once this call is answered, the held one is known to the server too.
        using var content = RawRequest.Content(new byte[5]);
        using var request = RawRequest.To(mesh, "/grpc.health.v1.Health/Check", content);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return call;
    }

    /// <summary>Sends the rest.</summary>
    public void Finish() => _upload.Finish();

    /// <summary>Resets the stream, as a caller does that no longer waits.</summary>
    public Task ResetAsync() => _reset.CancelAsync();

    public void Dispose()
    {
        _upload.Finish();
        _request.Dispose();
        _reset.Dispose();
    }

    private sealed class HeldUpload : HttpContent
    {
        private readonly byte[] _message;
        private readonly CancellationToken _gone;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldUpload(byte[] message, CancellationToken gone)
        {
            _message = message;
            _gone = gone;
            Headers.ContentType = new("application/grpc");
        }

        public Task Begun => _begun.Task;

        public void Finish() => _finish.TrySetResult();

        // Ends when the caller gives up, or its reset would wait for the rest of the message. When the server ends the call,
        // it does not: the client would report its upload then, and not what the server did.
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] header = [0, 0, (byte)(_message.Length >> 16), (byte)(_message.Length >> 8 & 0xFF), (byte)(_message.Length & 0xFF)];
            await stream.WriteAsync(header, _gone);
            await stream.WriteAsync(_message.AsMemory(0, _message.Length / 2), _gone);
            await stream.FlushAsync(_gone);
            _begun.SetResult();
            await _finish.Task.WaitAsync(_gone);
            await stream.WriteAsync(_message.AsMemory(_message.Length / 2), _gone);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>gRPC requests made by hand.</summary>
internal static class RawRequest
{
    public static ByteArrayContent Content(byte[] frame) => new(frame) { Headers = { ContentType = new("application/grpc") } };

    public static HttpRequestMessage To(TestMesh mesh, string path, HttpContent content) =>
        new(HttpMethod.Post, new Uri(MeshClient.ByName(mesh.Address), path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
            Headers = { { "te", "trailers" } },
        };
}
