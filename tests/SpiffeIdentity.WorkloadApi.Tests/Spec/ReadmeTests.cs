using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Spec;

/// <summary>The README's example is what stands in tests/WorkloadApiExample, and that works.</summary>
public sealed class ReadmeTests
{
    [Theory]
    [InlineData("server", "Server.cs")]
    [InlineData("client", "Client.cs")]
    public void The_example_is_the_one_that_runs(string name, string file)
    {
        var source = File.ReadAllLines(Path.Combine(Named("ExampleDirectory"), file));
        var lines = source.SkipWhile(line => line.Trim() != $"// README: {name}").Skip(1).TakeWhile(line => line.Trim() != "// end").ToArray();
        var indent = lines[0].Length - lines[0].TrimStart().Length;
        var example = string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : ""));
        Assert.InRange(lines.Count(line => line.Trim().Length > 0), 1, 10);
        Assert.Contains($"```csharp\n{example}\n```", File.ReadAllText(Path.Combine(Named("LibraryDirectory"), "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_works()
    {
        using var domain = new TestDomain();
        await using var serverApi = await FakeWorkloadApi.StartAsync();
        await using var clientApi = await FakeWorkloadApi.StartAsync();
        serverApi.X509Svids.Set(domain.Response("/server"));
        clientApi.X509Svids.Set(domain.Response("/client"));
        var port = FreePort();

        using var server = Start(serverApi, "server", "--urls", $"http://127.0.0.1:{port}");
        try
        {
            string? line;
            do
            {
                line = await server.StandardOutput.ReadLineAsync();
            }
            while (line is not null && !line.Contains("Now listening", StringComparison.Ordinal));

            using var client = Start(clientApi, "client", $"https://127.0.0.1:{port}/");
            Assert.Equal("hello, spiffe://example.org/client", (await client.StandardOutput.ReadToEndAsync()).Trim());
            await client.WaitForExitAsync();
            Assert.Equal(0, client.ExitCode);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static Process Start(FakeWorkloadApi api, params string[] arguments)
    {
        var start = new ProcessStartInfo(Named("ExampleProgram"), arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment[WorkloadApiAddress.EnvironmentVariable] = api.Address;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Named(string name) => typeof(ReadmeTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;
}
