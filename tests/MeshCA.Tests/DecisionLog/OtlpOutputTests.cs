using System.IO;
using System.Text;
using MeshCA.DecisionLog;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class OtlpOutputTests
{
    [Fact]
    public async Task Records_reach_the_collector_by_the_time_the_output_ends()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received);
        using (var output = new OtlpOutput(new Uri(collector.Urls.Single()), OtlpTransport.HttpProtobuf))
        {
            output.Add("""{"decision_id":"run-1"}"""u8);
            output.Flush();
        }

        Assert.Contains("""{"decision_id":"run-1"}""", await received.Task, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartCollectorAsync(TaskCompletionSource<string> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/logs", async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
            received.TrySetResult(await reader.ReadToEndAsync(context.RequestAborted));
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
