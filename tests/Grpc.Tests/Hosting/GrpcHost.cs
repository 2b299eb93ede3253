using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Grpc.Tests.Hosting;

/// <summary>How a client reaches a host.</summary>
public enum Transport
{
    /// <summary>HTTP/2 over TCP without TLS.</summary>
    H2c,

    /// <summary>HTTP/2 over TLS.</summary>
    Tls,

    /// <summary>HTTP/2 over a Unix socket.</summary>
    UnixSocket,
}

/// <summary>A real server on Kestrel, on loopback or a Unix socket.</summary>
public sealed class GrpcHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string? _socketPath;
    private readonly List<IDisposable> _clients = [];

    private GrpcHost(WebApplication app, Transport transport, string? socketPath, LogCollector logs)
    {
        _app = app;
        _socketPath = socketPath;
        Transport = transport;
        Logs = logs;
        var port = socketPath is null ? new Uri(app.Urls.First()).Port : 80;
        Address = new Uri($"{(transport == Transport.Tls ? "https" : "http")}://localhost:{port}");
    }

    public Transport Transport { get; }

    public Uri Address { get; }

    public LogCollector Logs { get; }

    public CallJournal Journal => _app.Services.GetRequiredService<CallJournal>();

    /// <summary>The address as C-core and grpc-js write it.</summary>
    public string Target => _socketPath is null ? $"localhost:{Address.Port}" : $"unix:{_socketPath}";

    public static async Task<GrpcHost> StartAsync(
        Transport transport = Transport.H2c,
        Action<GrpcServiceOptions>? grpc = null,
        Action<KestrelServerOptions>? kestrel = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null)
    {
        var logs = new LogCollector();
        var socketPath = transport == Transport.UnixSocket
            ? Path.Combine(Path.GetTempPath(), $"grpc-{Guid.NewGuid():N}.sock")
            : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<CallJournal>();
        builder.Services.AddGrpc(grpc ?? (_ => { }));
        services?.Invoke(builder.Services);
        builder.WebHost.ConfigureKestrel(options =>
        {
            Listen(options, transport, socketPath);
            kestrel?.Invoke(options);
        });

        var app = builder.Build();
        app.MapGrpcService<InteropTestService>();
        app.MapGrpcService<ProberService>();
        map?.Invoke(app);
        await app.StartAsync();
        return new GrpcHost(app, transport, socketPath, logs);
    }

    /// <summary>A channel of our client to this host.</summary>
    public GrpcChannel Channel(Action<GrpcChannelOptions>? configure = null, SocketsHttpHandler? handler = null)
    {
        var options = new GrpcChannelOptions { HttpHandler = handler ?? Handler(), DisposeHttpClient = true };
        configure?.Invoke(options);
        var channel = GrpcChannel.ForAddress(Address, options);
        _clients.Add(channel);
        return channel;
    }

    /// <summary>A plain HTTP client to this host.</summary>
    public HttpMessageInvoker Http()
    {
        var http = new HttpMessageInvoker(Handler());
        _clients.Add(http);
        return http;
    }

    /// <summary>Connects to this host.</summary>
    public SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true };
        handler.SslOptions.RemoteCertificateValidationCallback = IsServer;
        if (_socketPath is not null)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return handler;
    }

    /// <summary>A plain HTTP client that says <c>:scheme http</c> on a TLS connection, as Envoy does.</summary>
    public HttpMessageInvoker HttpWithWrongScheme()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
                await tls.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        TargetHost = "localhost",
                        ApplicationProtocols = [SslApplicationProtocol.Http2],
                        RemoteCertificateValidationCallback = IsServer,
                    },
                    cancellationToken);
                return tls;
            },
        };
        var http = new HttpMessageInvoker(handler);
        _clients.Add(http);
        return http;
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await _app.DisposeAsync();
        if (_socketPath is not null)
        {
            File.Delete(_socketPath);
        }
    }

    private static bool IsServer(
        object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate?.GetCertHashString() == TestCertificates.Server.GetCertHashString();

    private static void Listen(KestrelServerOptions options, Transport transport, string? socketPath)
    {
        switch (transport)
        {
            case Transport.UnixSocket:
                options.ListenUnixSocket(socketPath!, listen => listen.Protocols = HttpProtocols.Http2);
                break;
            case Transport.Tls:
                options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
                {
                    https.ServerCertificate = TestCertificates.Server;
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.ClientCertificateValidation = (_, _, _) => true;
                }));
                break;
            default:
                options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
                break;
        }
    }
}
