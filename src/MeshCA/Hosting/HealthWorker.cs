using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.Extensions.Hosting;

namespace MeshCA.Hosting;

/// <summary>Keeps the gRPC health service at what <see cref="Readiness"/> says, and tells of a stop before the drain begins.</summary>
internal sealed class HealthWorker(
    Readiness readiness, HealthServiceImpl health, IHostApplicationLifetime lifetime, TimeProvider clock) : BackgroundService
{
    private const string ServiceName = "istio.v1.auth.IstioCertificateService";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = lifetime.ApplicationStopping.Register(() =>
        {
            readiness.Stop();
            Publish();
        });
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            Publish();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Publish()
    {
        var status = readiness.Report().Ready
            ? HealthCheckResponse.Types.ServingStatus.Serving
            : HealthCheckResponse.Types.ServingStatus.NotServing;
        health.SetStatus("", status);
        health.SetStatus(ServiceName, status);
    }
}
