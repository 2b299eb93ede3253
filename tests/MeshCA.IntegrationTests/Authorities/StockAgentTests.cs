using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Authorities;

/// <summary>A stock client of the CSR port over a rotation: it has the roots of its start until a call fails, and none does (istio-ca §5.4).</summary>
public sealed class StockAgentTests
{
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Grpcio_loses_no_call_while_the_root_and_the_serving_certificate_change_under_it()
    {
        await using var mesh = new RotatingMesh("Serving:Lifetime=00:00:10");
        await mesh.StartAsync();
        var start = (await mesh.ReadRootsAsync()).Trim();
        await using var agent = new StockAgent(mesh.Address, start, mesh.Token("stock"));
        var shown = new HashSet<string>();
        await WorksAsync("before");
        var first = Assert.Single(shown);

        Assert.Equal(0, (await mesh.OrderAsync("root", "rotate", "--reason", "test")).Code);
        foreach (var phase in (string[])["distributing", "draining", "completed"])
        {
            await Eventually.TrueAsync(
                async () => await mesh.PhaseAsync() is var present && (present == phase || present == "completed"), phase, LongPatience);
            await WorksAsync(phase);
        }

        // The root of its start is out of the bundle; it is all that the agent has, and two more certificates of the service come.
        var before = shown.Count;
        var bundle = "";
        await Eventually.TrueAsync(
            async () =>
            {
                bundle = await WorksAsync("after the retirement");
                return shown.Count >= before + 2;
            },
            "renewals of the serving certificate", LongPatience);
        Assert.DoesNotContain(start, bundle, StringComparison.Ordinal);
        Assert.Contains("BEGIN CERTIFICATE", bundle, StringComparison.Ordinal);
        Assert.Contains(first, shown);
        Assert.Empty((await agent.StopAsync()).Faults);

        // Until calls of both kinds went well that began after this was asked.
        async Task<string> WorksAsync(string when)
        {
            shown.Add(await mesh.ReadServingSerialAsync());
            var (kept, fresh, last) = (0, 0, "");
            await agent.ReportAsync();
            await Eventually.TrueAsync(
                async () =>
                {
                    var report = await agent.ReportAsync();
                    Assert.True(report.Faults.Count == 0, $"{when}: {string.Join('\n', report.Faults)}");
                    (kept, fresh, last) = (kept + report.Long, fresh + report.Fresh, report.Bundle);
                    return kept > 1 && fresh > 1;
                },
                $"calls {when}", LongPatience);
            return last;
        }
    }
}
