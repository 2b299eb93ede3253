using System.Diagnostics;
using System.IO;
using System.Text.Json;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The real executable: service, agent and command line.</summary>
public sealed class AgentProcessTests
{
    [Fact]
    public async Task An_agent_of_the_command_line_is_ready_shows_how_it_stands_and_ends_well()
    {
        using var directory = new TemporaryDirectory();
        await using var mesh = await MeshProcess.StartAsync(directory.File("data"));
        await File.WriteAllTextAsync(directory.File("roots.pem"), await mesh.Http.GetStringAsync("/bundle.pem"), TestContext.Current.CancellationToken);
        var socket = directory.File("admin/agent.sock");
        var start = new ProcessStartInfo(MeshProcess.Executable,
        [
            "agent", "--address", $"https://localhost:{mesh.Address.Port}", "--roots", directory.File("roots.pem"), "--dev", directory.File("data"),
            "--service-account", "shop/cart", "--set", $"Agent:AdminSocket={socket}", "--set", $"Agent:Files:0:Directory={directory.File("out")}",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var agent = Process.Start(start)!;
        var text = agent.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = "";
        await Eventually.TrueAsync(
            async () =>
            {
                (var code, output) = await Command.RunAsync(MeshProcess.Executable, "", ["agent", "status", "--socket", socket, "-o", "json"]);
                return code == 0;
            },
            "a status that is ready",
            TimeSpan.FromSeconds(60));
        using var status = JsonDocument.Parse(output);
        var entry = status.RootElement.GetProperty("entries")[0];
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", entry.GetProperty("spiffe_id").GetString());
        Assert.Equal(status.RootElement.GetProperty("files")[0].GetProperty("serial").GetString(), entry.GetProperty("serial").GetString());
        Assert.True(File.Exists(directory.File("out/key.pem")));

        await Command.RunAsync("kill", "", ["-TERM", $"{agent.Id}"]);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, agent.ExitCode);
        Assert.DoesNotContain("Unhandled", await text, StringComparison.Ordinal);
        var (gone, _) = await Command.RunAsync(MeshProcess.Executable, "", ["agent", "status", "--socket", socket]);
        Assert.Equal(4, gone);
    }
}
