using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi;
using SpiffeIdentity.WorkloadApi.Tls;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>A server that sends back what comes, behind Kestrel with our library's mutual TLS.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private EchoServer(WebApplication application) => _application = application;

    /// <summary>Host and port.</summary>
    public string Address => new Uri(_application.Urls.Single()).Authority;

    /// <summary>Starts one.</summary>
    /// <param name="identity">What it shows, and verifies by.</param>
    /// <param name="clients">Whom it lets in.</param>
    public static async Task<EchoServer> StartAsync(X509Source identity, SpiffeIdMatcher clients)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.UseSpiffeMtls(identity, clients).Run(EchoAsync)));
        var server = new EchoServer(builder.Build());
        await server._application.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static Task EchoAsync(ConnectionContext connection) =>
        connection.Transport.Input.CopyToAsync(connection.Transport.Output, connection.ConnectionClosed);
}
