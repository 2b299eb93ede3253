using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.Tests.Net.Client;

/// <summary>An HTTP/2 server that answers every request as a test says: right or wrong.</summary>
public sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeServer(WebApplication app)
    {
        _app = app;
        Channel = GrpcChannel.ForAddress(app.Urls.First());
    }

    public GrpcChannel Channel { get; }

    public static async Task<FakeServer> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new FakeServer(app);
    }

    /// <summary>A server that answers with gRPC headers, a body in hex, and trailers as <c>name: value</c>.</summary>
    public static Task<FakeServer> StartAsync(string bodyHex, params string[] trailers) => StartAsync(async http =>
    {
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(Convert.FromHexString(bodyHex));
        foreach (var trailer in trailers)
        {
            var parts = trailer.Split(": ", 2);
            http.Response.AppendTrailer(parts[0], parts[1]);
        }
    });

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
    }
}
