using System.IO;
using Grpc.HealthCheck;
using Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Grpc.Tests.Interop;

/// <summary>Clients that nobody here wrote, against our server.</summary>
public sealed class ForeignClientTests : IDisposable
{
    private static readonly string[] Cases =
    [
        "empty_unary", "large_unary", "custom_metadata", "status_code_and_message", "special_status_message",
        "unimplemented_method", "unimplemented_service", "cancel_after_begin", "timeout_on_sleeping_server", "size_limit",
    ];

    private static readonly string[] Streams =
    [
        "client_streaming", "server_streaming", "ping_pong", "empty_stream", "custom_metadata_of_a_stream", "status_of_a_stream",
        "cancel_after_first_response", "timeout_of_a_stream", "large_stream",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("grpc-interop").FullName;

    public static TheoryData<Transport> Transports() => new(Enum.GetValues<Transport>());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Transports))]
    public async Task Grpcio_runs_all_cases(Transport transport)
    {
        await using var host = await StartAsync(transport);
        var held = await InteropScripts.RunAsync(
            InteropScripts.Python, "grpcio_client.py", [host.Target, InteropScripts.WriteDescriptor(_folder), .. Root(transport)]);

        Assert.Equal([.. Cases, "compressed_request", "parallel", "health", .. Streams], held);
        await CancellationsArrivedAsync(host);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Grpc_js_runs_all_cases(Transport transport)
    {
        await using var host = await StartAsync(transport);
        var held = await InteropScripts.RunAsync(
            InteropScripts.Node, "grpcjs_client.mjs", [host.Target, InteropScripts.Proto, .. Root(transport)]);

        Assert.Equal([.. Cases, "parallel", .. Streams], held);
        await CancellationsArrivedAsync(host);
    }

    private static async Task CancellationsArrivedAsync(GrpcHost host)
    {
        await host.Journal.Cancelled("cancel");
        await host.Journal.Cancelled("timeout-200");
        await host.Journal.Cancelled("cancel-stream");
        await host.Journal.Cancelled("timeout-stream");
    }

    private static Task<GrpcHost> StartAsync(Transport transport)
    {
        var health = new HealthServiceImpl();
        health.SetStatus("", ServingStatus.Serving);
        return GrpcHost.StartAsync(
            transport,
            services: services => services.AddSingleton(health),
            map: app => app.MapGrpcService<HealthServiceImpl>());
    }

    private string[] Root(Transport transport)
    {
        if (transport != Transport.Tls)
        {
            return [];
        }

        var path = Path.Combine(_folder, "root.pem");
        File.WriteAllText(path, TestCertificates.Server.ExportCertificatePem());
        return [path];
    }
}
