using System.IO;
using System.Text;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Telemetry;

public sealed class OpenTelemetryTracingTests
{
    [Fact]
    public async Task Spans_reach_the_configured_collector_by_the_time_the_host_has_stopped()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received);
        using var tracing = Tracing(new TelemetryOptions
        {
            OtlpEndpoint = new Uri(collector.Urls.Single()),
            OtlpTransport = OtlpTransport.HttpProtobuf,
        });

        await tracing.StartAsync(TestContext.Current.CancellationToken);
        OpenTelemetryTracing.Source.StartActivity("a span of the test")!.Dispose();
        await tracing.StopAsync(TestContext.Current.CancellationToken);

        Assert.Contains("a span of the test", await received.Task, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_collector_nothing_is_started()
    {
        using var tracing = Tracing(new TelemetryOptions());
        await tracing.StartAsync(TestContext.Current.CancellationToken);
        await tracing.StopAsync(TestContext.Current.CancellationToken);
    }

    private static OpenTelemetryTracing Tracing(TelemetryOptions options) =>
        new(Options.Create(options), NullLogger<OpenTelemetryTracing>.Instance);

    private static async Task<WebApplication> StartCollectorAsync(TaskCompletionSource<string> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/traces", async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
            received.TrySetResult(await reader.ReadToEndAsync(context.RequestAborted));
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
