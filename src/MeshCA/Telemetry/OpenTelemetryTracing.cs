using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace MeshCA.Telemetry;

/// <summary>Sends traces over OTLP while the host runs, where an endpoint is configured; else does nothing.</summary>
/// <remarks>The package that would tie the SDK to the host does not restore here; this is what we need of it.</remarks>
internal sealed class OpenTelemetryTracing(IOptions<TelemetryOptions> options, ILogger<OpenTelemetryTracing> logger)
    : IHostedService, IDisposable
{
    /// <summary>The source of our own spans.</summary>
    public static readonly ActivitySource Source = new(SourceName, OtlpExport.Version);

    private const string SourceName = "MeshCA";
    private static readonly string[] Sources = [SourceName, "Microsoft.AspNetCore", "System.Net.Http"];
    private TracerProvider? _provider;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value is { OtlpEndpoint: { } endpoint } settings)
        {
            _provider = Build(endpoint, settings);
            Log.TracingStarted(logger, endpoint.GetLeftPart(UriPartial.Authority), settings.TraceRatio);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Disposing flushes what is queued, bounded by the exporter's own timeout.
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _provider?.Dispose();
        _provider = null;
    }

    private static TracerProvider Build(Uri endpoint, TelemetryOptions settings) =>
        Sdk.CreateTracerProviderBuilder()
            .AddSource(Sources)
            .SetResourceBuilder(OtlpExport.Resource)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.TraceRatio)))
            .AddOtlpExporter(exporter => OtlpExport.Configure(exporter, endpoint, settings.OtlpTransport, OtlpExport.TracesPath))
            .Build();
}
