using System.Collections.Concurrent;
using System.IO;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Spiffe.Wire.Workload;
using TestSupport;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>A Workload API on a Unix socket that says what a test wants, be it wrong.</summary>
internal sealed class FakeWorkloadApi : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private WebApplication? _server;
    private int _connections;

    private FakeWorkloadApi()
    {
    }

    /// <summary>Hears which bundle is in use; null: the server has no such service.</summary>
    public FakeAcknowledgements? Acknowledgements { get; private init; }

    public string SocketFile => _directory.File("api.sock");

    public string Address => $"unix://{SocketFile}";

    /// <summary>What the streams send.</summary>
    public Published<X509SVIDResponse> X509Svids { get; } = new();

    public Published<X509BundlesResponse> X509Bundles { get; } = new();

    public Published<JWTBundlesResponse> JwtBundles { get; } = new();

    public Func<JWTSVIDRequest, Task<JWTSVIDResponse>> FetchJwt { get; set; } =
        _ => throw new RpcException(new Status(StatusCode.Unimplemented, "no tokens"));

    public Func<ValidateJWTSVIDRequest, ValidateJWTSVIDResponse> ValidateJwt { get; set; } =
        _ => throw new RpcException(new Status(StatusCode.Unimplemented, "no tokens"));

    /// <summary>Asked before each call: a status refuses it.</summary>
    public Func<string, Status?> Refuse { get; set; } = _ => null;

    /// <summary>Ends each X.509 stream after this many messages, with OK.</summary>
    public int? EndAfter { get; set; }

    /// <summary>How many connections are open.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The calls so far, by method.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public static async Task<FakeWorkloadApi> StartAsync(FakeAcknowledgements? acknowledgements = null)
    {
        var api = new FakeWorkloadApi { Acknowledgements = acknowledgements };
        await api.RestartAsync();
        return api;
    }

    /// <summary>Ends all calls at once and serves again.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new FakeWorkloadService(this));
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(SocketFile, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => connection => CountedAsync(next, connection));
            }));
        if (Acknowledgements is { } acknowledgements)
        {
            builder.Services.AddSingleton(acknowledgements);
        }

        _server = builder.Build();
        _server.MapGrpcService<FakeWorkloadService>();
        if (Acknowledgements is not null)
        {
            _server.MapGrpcService<FakeAcknowledgements>();
        }

        await _server.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await server.StopAsync(now.Token);
            await server.DisposeAsync();
        }

        File.Delete(SocketFile);
    }

    private async Task CountedAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        Interlocked.Increment(ref _connections);
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    public int CallsOf(string method) => Calls.Count(call => call == method);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }
}
