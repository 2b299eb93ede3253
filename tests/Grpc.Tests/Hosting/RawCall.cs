using System.IO;
using System.Net;
using System.Net.Http;

namespace Grpc.Tests.Hosting;

/// <summary>What came back for a request written by hand.</summary>
public sealed record RawAnswer(
    int HttpStatus,
    string? ContentType,
    byte[] Body,
    IReadOnlyDictionary<string, string> Headers,
    IReadOnlyDictionary<string, string> Trailers)
{
    /// <summary>The gRPC status, from trailers or headers; null if there is none.</summary>
    public int? Status =>
        Trailers.TryGetValue("grpc-status", out var status) || Headers.TryGetValue("grpc-status", out status)
            ? int.Parse(status, null)
            : null;

    public string? Message =>
        Trailers.TryGetValue("grpc-message", out var message) || Headers.TryGetValue("grpc-message", out message)
            ? message
            : null;
}

/// <summary>A request of chosen bytes and headers, as no gRPC client would send it.</summary>
public sealed class RawCall
{
    public string Path { get; init; } = "/grpc.testing.Prober/Call";

    public HttpMethod Method { get; init; } = HttpMethod.Post;

    public string? ContentType { get; init; } = "application/grpc";

    public Version Version { get; init; } = HttpVersion.Version20;

    /// <summary>The body in pieces, each flushed.</summary>
    public IReadOnlyList<byte[]> Pieces { get; init; } = [Frame([])];

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [("te", "trailers")];

    /// <summary>When to end the body.</summary>
    public Task End { get; init; } = Task.CompletedTask;

    /// <summary>A message with its frame header.</summary>
    public static byte[] Frame(byte[] message, byte flag = 0, uint? length = null)
    {
        var announced = length ?? (uint)message.Length;
        return
        [
            flag, (byte)(announced >> 24), (byte)((announced >> 16) & 0xFF), (byte)((announced >> 8) & 0xFF), (byte)(announced & 0xFF),
            .. message,
        ];
    }

    public async Task<RawAnswer> SendAsync(HttpMessageInvoker http, Uri address, CancellationToken cancellationToken = default)
    {
        // Not new Uri(address, path): that would normalize what the test wants to send.
        var uri = new Uri(address.GetLeftPart(UriPartial.Authority) + Path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(Method, uri)
        {
            Version = Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = Method == HttpMethod.Get ? null : new PiecewiseContent(Pieces, End),
        };
        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (ContentType is not null)
        {
            request.Content?.Headers.TryAddWithoutValidation("content-type", ContentType);
        }

        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return new((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), body, Flatten(response.Headers), Flatten(response.TrailingHeaders));
    }

    private static Dictionary<string, string> Flatten(System.Net.Http.Headers.HttpHeaders headers) =>
        headers.NonValidated.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    private sealed class PiecewiseContent(IReadOnlyList<byte[]> pieces, Task end) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            throw new NotSupportedException();

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            foreach (var piece in pieces)
            {
                await stream.WriteAsync(piece, cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }

            await end;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
