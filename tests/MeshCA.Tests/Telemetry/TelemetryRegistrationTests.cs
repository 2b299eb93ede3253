using System.Net.Http;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Telemetry;

public sealed class TelemetryRegistrationTests
{
    [Fact]
    public async Task Metrics_are_served_in_the_prometheus_text_format()
    {
        await using var app = Build([]);
        app.MapMetrics();
        await app.StartAsync(TestContext.Current.CancellationToken);
        app.Services.GetRequiredService<CertificateMetrics>().CsrReceived();

        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var response = await client.GetAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\ncitadel_server_csr_count 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\ncitadel_server_authentication_failure_count 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Meters_of_the_runtime_are_served_when_they_are_listed()
    {
        await using var app = Build(new() { ["Telemetry:Meters:0"] = "System.Runtime" });
        app.MapMetrics();

        var text = app.Services.GetRequiredService<PrometheusText>().Write();

        Assert.Contains("# TYPE dotnet_process_memory_working_set gauge", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_stops_the_start_and_is_named()
    {
        await using var app = Build(new() { ["Telemetry:TraceRatio"] = "2" });

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(
            () => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("TraceRatio", failure.Message, StringComparison.Ordinal);
    }

    private static WebApplication Build(Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMeshTelemetry(builder.Configuration);
        return builder.Build();
    }
}
