using System.IO;
using System.Text;
using MeshCA.DecisionLog;
using MeshCA.Telemetry;
using MeshCA.Tests.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class OtlpOutputTests : IDisposable
{
    private readonly MetricsFixture _metrics = new();
    private readonly RecordingLogger _log = new();

    public void Dispose()
    {
        _metrics.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Records_reach_the_collector_by_the_time_the_output_ends()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received, 200);
        using (var output = Output(collector))
        {
            output.Add("""{"decision_id":"run-1"}"""u8);
            output.Flush();
        }

        var sent = await received.Task;
        Assert.Contains("""{"decision_id":"run-1"}""", sent, StringComparison.Ordinal);
        Assert.Contains("service.name", sent, StringComparison.Ordinal);
        Assert.Contains("meshca", sent, StringComparison.Ordinal);
        Assert.Contains("meshca_decision_log_exported_total 1", _metrics.Lines);
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task What_the_collector_refuses_is_counted_and_alarmed_once()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received, 400);
        using (var output = Output(collector))
        {
            output.Add("first"u8);
            output.Add("second"u8);
        }

        Assert.Contains("meshca_decision_log_dropped_total{cause=\"export_failed\"} 2", _metrics.Lines);
        Assert.Equal(8155, Assert.Single(_log.Entries).EventId);
        Assert.DoesNotContain("meshca_decision_log_exported_total 1", _metrics.Lines);
    }

    [Fact]
    public async Task What_is_too_much_to_wait_for_the_collector_is_left_out_and_counted()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received, 200);
        var line = new byte[1_000];
        using (var output = Output(collector, maxBytes: 2_000))
        {
            output.Add(line); // 2,512 bytes
            Assert.Equal(8155, Assert.Single(_log.Entries).EventId);
            output.Add("short"u8);
        }

        Assert.Contains("meshca_decision_log_dropped_total{cause=\"export_backlog\"} 1", _metrics.Lines);
        Assert.Contains("short", await received.Task, StringComparison.Ordinal);
        Assert.Equal("1", Assert.Single(_log.Entries, entry => entry.EventId == 8156).Values["Lost"]);
    }

    private OtlpOutput Output(WebApplication collector, long maxBytes = 1 << 20) => new(
        new Uri(collector.Urls.Single()), OtlpTransport.HttpProtobuf, maxBytes, new(new DecisionMetrics(_metrics.Factory), _log.CreateLogger("test")));

    private static async Task<WebApplication> StartCollectorAsync(TaskCompletionSource<string> received, int status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/logs", async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
            received.TrySetResult(await reader.ReadToEndAsync(context.RequestAborted));
            context.Response.StatusCode = status;
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
