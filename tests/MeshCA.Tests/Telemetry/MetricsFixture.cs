using System.Diagnostics.Metrics;
using MeshCA.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace MeshCA.Tests.Telemetry;

/// <summary>A meter factory, a text writer that listens to it, and instruments to try it with.</summary>
internal sealed class MetricsFixture : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public MetricsFixture(int seriesLimit = 1_000, ILogger<PrometheusText>? logger = null)
    {
        Factory = _services.GetRequiredService<IMeterFactory>();
        Text = new PrometheusText(
            Factory,
            Options.Create(new TelemetryOptions { MaxSeriesPerInstrument = seriesLimit }),
            logger ?? NullLogger<PrometheusText>.Instance);
        Meter = Factory.Create(CertificateMetrics.MeterName);
    }

    public IMeterFactory Factory { get; }

    public Meter Meter { get; }

    public PrometheusText Text { get; }

    public IReadOnlyList<string> Lines => Text.Write().Split('\n');

    public void Dispose()
    {
        Text.Dispose();
        _services.Dispose();
    }
}
