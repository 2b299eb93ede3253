using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MeshCA.Telemetry;

/// <summary>Sends traces over OTLP while the host runs, where an endpoint is configured; else does nothing.</summary>
/// <remarks>The package that would tie the SDK to the host does not restore here; this is what we need of it.</remarks>
internal sealed class OpenTelemetryTracing(IOptions<TelemetryOptions> options, ILogger<OpenTelemetryTracing> logger)
    : IHostedService, IDisposable
{
    /// <summary>The source of our own spans.</summary>
    public static readonly ActivitySource Source = new(SourceName, Version);

    private const string SourceName = "MeshCA";
    private static readonly string[] Sources = [SourceName, "Microsoft.AspNetCore", "System.Net.Http"];
    private TracerProvider? _provider;

    private static string Version =>
        typeof(OpenTelemetryTracing).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

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

    /// <summary>The address that spans are posted to: the HTTP form has a path of its own, which the exporter adds only to its defaults.</summary>
    internal static Uri ExportAddress(Uri endpoint, OtlpTransport transport) =>
        transport == OtlpTransport.Grpc || endpoint.AbsolutePath.EndsWith("/v1/traces", StringComparison.Ordinal)
            ? endpoint
            : new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/v1/traces");

    private static TracerProvider Build(Uri endpoint, TelemetryOptions settings) =>
        Sdk.CreateTracerProviderBuilder()
            .AddSource(Sources)
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService("meshca", serviceVersion: Version))
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.TraceRatio)))
            .AddOtlpExporter(exporter =>
            {
                exporter.Endpoint = ExportAddress(endpoint, settings.OtlpTransport);
                exporter.Protocol = settings.OtlpTransport == OtlpTransport.Grpc
                    ? OtlpExportProtocol.Grpc
                    : OtlpExportProtocol.HttpProtobuf;
            })
            .Build();
}
