using System.IO;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.WorkloadApi.Tls;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>A Kestrel server with SPIFFE mTLS on loopback; it answers who the client is, and on which connection.</summary>
internal sealed class SpiffeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SpiffeServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single().Replace("http://", "https://", StringComparison.Ordinal));

    public static async Task<SpiffeServer> StartAsync(
        X509Source source,
        SpiffeIdMatcher clients,
        SpiffeMtlsOptions? options = null,
        HttpProtocols protocols = HttpProtocols.Http1AndHttp2,
        FakeWorkloadApi? grpc = null,
        bool endpointOnly = false,
        ILoggerFactory? log = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
        {
            builder.Services.AddSingleton(log);
        }

        if (endpointOnly)
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                listen.UseSpiffeMtls(source, clients, options);
            }));
        }
        else
        {
            builder.WebHost.UseSpiffeMtls(source, clients, options);
            builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        }

        builder.Services.AddGrpc();
        if (grpc is not null)
        {
            builder.Services.AddSingleton(new FakeWorkloadService(grpc));
        }

        var app = builder.Build();
        if (grpc is not null)
        {
            app.MapGrpcService<FakeWorkloadService>();
        }

        app.MapGet("/", (HttpContext context) => $"{context.GetSpiffePeer()?.Id} {context.Connection.Id} {context.Request.Protocol}");
        app.MapPost("/", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            return $"{context.GetSpiffePeer()?.Id} {(await reader.ReadToEndAsync()).Length}";
        });
        await app.StartAsync();
        return new SpiffeServer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
