using System.Diagnostics;
using System.Globalization;
using System.IO;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.Agent.Hosting;
using MeshCA.Agent.Identities;
using MeshCA.Wire.Envoy.Discovery.V3;
using MeshCA.Wire.Envoy.Secrets.V3;
using Microsoft.Extensions.Configuration;
using TestSupport;

namespace MeshCA.Benchmarks.Agents;

/// <summary>What 1,000 streams of secrets cost an agent: goal, less than 100 MB above idle, and no growth over rotations of all of them.</summary>
/// <remarks>The agent is a process of its own, as its memory is that of the system's accounts.</remarks>
internal static class AgentMemory
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private const string TypeUrl = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    private const int Streams = 1_000;
    private const int StreamsPerConnection = 10;
    private const int Settling = 5;
    private const double Limit = 100;
    private const double GrowthLimit = 25;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Serves until its input ends; each line of it is a rotation.</summary>
    /// <param name="directory">For the socket.</param>
    /// <param name="input">The lines.</param>
    /// <param name="output">Gets a line once it serves.</param>
    public static async Task ServeAsync(string directory, TextReader input, TextWriter output)
    {
        using var own = new SampleIdentities();
        var (states, entry) = (new AgentStateStore(), SampleIdentities.Entry("default"));
        var settings = new Dictionary<string, string?>
        {
            ["Agent:Address"] = "https://localhost:1",
            ["Agent:RootsFile"] = Path.Combine(directory, "roots.pem"),
            ["Agent:TokenFile"] = Path.Combine(directory, "token"),
            ["Workloads:Socket"] = SocketIn(directory),
            ["Workloads:MaxStreamsPerProcess"] = "2000",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        var started = await AgentHost.StartAsync(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), new AgentSetUp { States = states }, default);
        await using var host = started is AgentStart.Started(var running) ? running : throw new InvalidOperationException(started.ToString());
        Rotate();
        await output.WriteLineAsync("ready");
        while (await input.ReadLineAsync() is not null)
        {
            Rotate();
        }

        void Rotate()
        {
            var held = own.Hold(entry, Web);
            states.Publish(state => state with { Svids = [held], Bundle = own.Bundle });
        }
    }

    /// <summary>Measures.</summary>
    /// <param name="directory">Absolute path of a directory for it; removed afterwards.</param>
    /// <param name="rotations">How often every identity changes.</param>
    /// <param name="output">Gets the lines.</param>
    /// <returns>Whether both were within the limits.</returns>
    public static async Task<bool> RunAsync(string directory, int rotations, TextWriter output)
    {
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var agent = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["agent-host", directory])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("the agent does not start");
        try
        {
            await agent.StandardOutput.ReadLineAsync();

            // Idle is an agent that has served before: what the first call loads is not a stream's cost.
            await using (var few = await Proxies.OpenAsync(SocketIn(directory), StreamsPerConnection))
            {
                await RotateAsync(agent, few, Settling);
            }

            var idle = MemoryOf(agent);
            await using var all = await Proxies.OpenAsync(SocketIn(directory), Streams);
            await RotateAsync(agent, all, Settling);
            var early = MemoryOf(agent);
            await RotateAsync(agent, all, rotations);
            var late = MemoryOf(agent);
            return await ReportAsync("agent-memory", late - idle, Limit, $"{Streams} streams, idle {idle:F0} MB", output)
                & await ReportAsync("agent-soak", late - early, GrowthLimit, $"{rotations} rotations of {Streams} streams", output);
        }
        finally
        {
            agent.StandardInput.Close();
            await agent.WaitForExitAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string SocketIn(string directory) => Path.Combine(directory, "public", "agent.sock");

    private static async Task RotateAsync(Process agent, Proxies proxies, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var before = proxies.Received;
            await agent.StandardInput.WriteLineAsync("rotate");
            await proxies.UntilAsync(before + proxies.Count);
        }
    }

    private static async Task<bool> ReportAsync(string name, double megabytes, double limit, string what, TextWriter output)
    {
        var isWithin = megabytes < limit;
        await output.WriteLineAsync(FormattableString.Invariant($"{(isWithin ? "PASS" : "FAIL")} {name} {megabytes:F1} MB limit {limit} MB ({what})"));
        return isWithin;
    }

    private static double MemoryOf(Process process)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    // Proxies that take each secret that comes.
    private sealed class Proxies : IAsyncDisposable
    {
        private readonly List<GrpcChannel> _channels = [];
        private readonly List<Task> _streams = [];
        private readonly CancellationTokenSource _ended = new();
        private long _received;

        public int Count => _streams.Count;

        public long Received => Interlocked.Read(ref _received);

        public static async Task<Proxies> OpenAsync(string socket, int count)
        {
            var proxies = new Proxies();
            for (var i = 0; i < count; i++)
            {
                if (i % StreamsPerConnection == 0)
                {
                    proxies._channels.Add(AdminChannel.Open(socket));
                }

                proxies._streams.Add(proxies.FollowAsync(new SecretDiscoveryService.SecretDiscoveryServiceClient(proxies._channels[^1])));
            }

            await proxies.UntilAsync(count * 2);
            return proxies;
        }

        public async Task UntilAsync(long received)
        {
            var begin = Stopwatch.GetTimestamp();
            while (Received < received)
            {
                if (Stopwatch.GetElapsedTime(begin) > Patience)
                {
                    throw new TimeoutException($"{Received} of {received} secrets came");
                }

                await Task.Delay(10);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            await Task.WhenAll(_streams);
            _channels.ForEach(channel => channel.Dispose());
            _ended.Dispose();
        }

        private async Task FollowAsync(SecretDiscoveryService.SecretDiscoveryServiceClient client)
        {
            try
            {
                using var call = client.StreamSecrets(cancellationToken: _ended.Token);
                var request = new DiscoveryRequest { TypeUrl = TypeUrl, ResourceNames = { "default", "ROOTCA" } };
                await call.RequestStream.WriteAsync(request);
                while (await call.ResponseStream.MoveNext(_ended.Token))
                {
                    (request.VersionInfo, request.ResponseNonce) = (call.ResponseStream.Current.VersionInfo, call.ResponseStream.Current.Nonce);
                    await call.RequestStream.WriteAsync(request);
                    Interlocked.Increment(ref _received);
                }
            }
            catch (Exception e) when (_ended.IsCancellationRequested && e is RpcException or OperationCanceledException)
            {
                // Told to end.
            }
        }
    }
}
