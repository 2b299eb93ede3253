using System.IO;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.Administration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Administration;

/// <summary>One service on a socket of its own, whose every caller is a security officer.</summary>
internal sealed class AdministrationHost : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private WebApplication? _app;

    /// <summary>The socket.</summary>
    public string Socket => Path.Combine(_directory.Path, "admin.sock");

    public static async Task<AdministrationHost> StartAsync<T>(T service)
        where T : class
    {
        var host = new AdministrationHost();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(host.Socket, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        host._app = app;
        app.Use((context, next) =>
        {
            context.Features.Set(new AdminCaller("uid:0", AdminRole.SecurityOfficer, []));
            return next(context);
        });
        app.UseRouting();
        app.MapGrpcService<T>();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    public GrpcChannel Connect() => AdminChannel.Open(Socket);

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }

        _directory.Dispose();
    }
}
