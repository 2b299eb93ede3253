using System.Collections.Concurrent;
using System.IO;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Durability;

/// <summary>What a crash may not undo, shown on the real executable.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private const int Root = 1;
    private readonly TemporaryDirectory _directory = new();

    private string Data => _directory.File("data");

    private StoreFile Store => new(Path.Combine(Data, "meshca.db"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_hundred_sequential_requests_cost_a_hundred_syncs_at_least()
    {
        const int requests = 100;
        var trace = _directory.File("trace");
        await using (var process = MeshProcess.Launch(
            ["strace", "-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", "signal=none", "-o", trace, .. MeshProcess.CommandLine(Data)], Data))
        {
            Assert.True(await process.ServesAsync(), process.Errors);
            using var client = process.Connect();
            using var key = WorkloadKey.P256();
            var (csr, token) = (key.Csr(), process.Token());
            await client.AskAsync(csr, new Ask { Token = token });
            var before = Syncs(trace);
            for (var i = 0; i < requests; i++)
            {
                await client.AskAsync(csr, new Ask { Token = token });
            }

            // Each answer came after its record's sync, so the trace has them all by now.
            await Eventually.TrueAsync(() => Syncs(trace) - before >= requests, $"{requests} syncs");
        }
    }

    [Fact]
    public async Task A_drawn_key_and_its_name_are_on_disk_before_the_first_commit_that_is_sealed_with_it()
    {
        var trace = _directory.File("trace");
        await using (var process = MeshProcess.Launch(
            [
                "strace", "-f", "-y", "-qq", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat", "-e", "signal=none",
                "-o", trace, .. MeshProcess.CommandLine(Data),
            ],
            Data))
        {
            Assert.True(await process.ServesAsync(), process.Errors);
        }

        var calls = await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken);
        var content = Array.FindIndex(calls, call => Sync().IsMatch(call) && call.Contains($"<{Data}/kek.", StringComparison.Ordinal));
        var place = Array.FindIndex(calls, call => call.Contains($"\"{Data}/kek\"", StringComparison.Ordinal));
        var name = Array.FindIndex(calls, Math.Max(0, place), call => Sync().IsMatch(call) && call.Contains($"<{Data}>", StringComparison.Ordinal));
        var commit = Array.FindIndex(calls, call => Sync().IsMatch(call) && call.Contains($"<{Data}/meshca.db", StringComparison.Ordinal));
        Assert.True(content >= 0 && content < place && place < name && name < commit, string.Join('\n', calls));

        // The directory was made too: without its name in the one above, all of it would be gone.
        var home = Array.FindIndex(calls, call => Sync().IsMatch(call) && call.Contains($"<{_directory.Path}>", StringComparison.Ordinal));
        Assert.True(home >= 0 && home < commit, string.Join('\n', calls));
    }

    [Fact]
    public async Task After_a_kill_under_load_every_certificate_that_was_received_is_on_record()
    {
        var received = new ConcurrentBag<string>();
        await using (var process = await MeshProcess.StartAsync(Data, "Limits:IdentityBurst=1000000"))
        {
            using var client = process.Connect();
            var load = Enumerable.Range(0, 8).Select(i => AskUntilItDiesAsync(client, process.Token($"web-{i}"), received)).ToList();
            await Eventually.TrueAsync(() => received.Count >= 200, "200 certificates");
            await process.KillAsync();
            await Task.WhenAll(load);
        }

        await using (var again = await MeshProcess.StartAsync(Data))
        {
            using var client = again.Connect();
            await client.AskAsync(again.Token());
        }

        var recorded = Store.Leaves();
        Assert.All(received, fingerprint => Assert.Contains(fingerprint, recorded));
        Assert.Equal(1, Store.Count(Root));
    }

    // Every step in the life of a key is one transaction: whenever the process is killed, the next one finds a key that signs, the
    // one before it as long as its tokens live, and every token that was received on record.
    [Fact]
    public async Task After_kills_while_keys_of_tokens_rotate_every_token_verifies_and_is_on_record()
    {
        string[] settings =
        [
            "JwtSvids:KeyLifetime=00:00:10", "JwtSvids:PropagationWindow=00:00:00", "Authorities:CheckInterval=00:00:01", "Rotation:CheckInterval=00:00:01",
            "Limits:IdentityBurst=1000000",
        ];
        var received = new ConcurrentBag<string>();
        for (var run = 0; run < 3; run++)
        {
            await using var process = await MeshProcess.StartAsync(Data, settings);
            using var client = process.Connect();
            var load = Enumerable.Range(0, 4).Select(i => MintUntilItDiesAsync(client, process.Token($"web-{i}"), received)).ToList();
            var before = received.Count;
            await Eventually.TrueAsync(() => received.Count >= before + 100, "100 tokens");
            await process.KillAsync();
            await Task.WhenAll(load);
        }

        await using var last = await MeshProcess.StartAsync(Data, settings);
        var document = await last.Http.GetByteArrayAsync("/bundle.json", TestContext.Current.CancellationToken);
        Assert.True(SpiffeBundleReader.TryRead(TrustDomain.Parse("cluster.local"), document, out var bundle, out _));
        var recorded = Store.Read("SELECT hex(serial) FROM journal WHERE kind = 6").Select(row => row[0].ToLowerInvariant()).ToHashSet();
        Assert.All(received, token =>
        {
            var outcome = JwtSvidValidator.Validate(token, "api", BundleSet.Empty.With(bundle), DateTimeOffset.UtcNow);
            var svid = Assert.IsType<JwtSvidValidation.Accepted>(outcome).Svid;
            Assert.Contains(JsonNode.Parse(svid.Payload.Span)!["jti"]!.GetValue<string>().PadLeft(32, '0'), recorded);
        });
    }

    [Fact]
    public async Task Of_ten_processes_on_one_empty_store_one_serves_and_there_is_one_root()
    {
        var processes = Enumerable.Range(0, 10).Select(_ => MeshProcess.Launch(MeshProcess.CommandLine(Data), Data)).ToList();
        try
        {
            var serving = await Task.WhenAll(processes.Select(process => process.ServesAsync()));
            Assert.Single(serving, serves => serves);
            foreach (var (process, serves) in processes.Zip(serving))
            {
                if (serves)
                {
                    using var client = process.Connect();
                    await client.AskAsync(process.Token());
                }
                else
                {
                    Assert.Equal(4, await process.ExitAsync());
                    Assert.Contains("another process serves on the store", process.Errors, StringComparison.Ordinal);
                }
            }
        }
        finally
        {
            foreach (var process in processes)
            {
                await process.DisposeAsync();
            }
        }

        Assert.Equal(1, Store.Count(Root));
        Assert.Equal("1", Store.Read("SELECT count(*) FROM authorities WHERE kind = 1")[0][0]);
    }

    [Fact]
    public async Task A_signal_ends_the_service_in_order_and_the_store_is_whole_without_its_log()
    {
        await using var process = await MeshProcess.StartAsync(Data);
        using var client = process.Connect();
        var answer = await client.AskAsync(process.Token());
        Assert.Equal(0, await process.TerminateAsync());
        Assert.False(File.Exists(Path.Combine(Data, "meshca.db-wal")) && new FileInfo(Path.Combine(Data, "meshca.db-wal")).Length > 0);
        Assert.Contains(answer.Fingerprint, Store.Leaves());
    }

    private static async Task MintUntilItDiesAsync(MeshClient client, string token, ConcurrentBag<string> received)
    {
        try
        {
            while (true)
            {
                received.Add((await JwtSvids.MintTests.MintAsync(client, token, "api")).Token);
            }
        }
        catch (RpcException)
        {
            // It was killed.
        }
    }

    private static async Task AskUntilItDiesAsync(MeshClient client, string token, ConcurrentBag<string> received)
    {
        using var key = WorkloadKey.P256();
        var csr = key.Csr();
        try
        {
            while (true)
            {
                received.Add((await client.AskAsync(csr, new Ask { Token = token })).Fingerprint);
            }
        }
        catch (RpcException)
        {
            // The process is gone; what it answered before must be on record.
        }
    }

    private static int Syncs(string trace)
    {
        using var reader = new StreamReader(new FileStream(trace, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return Sync().Count(reader.ReadToEnd());
    }

    [GeneratedRegex(@"\bf(data)?sync\(")]
    private static partial Regex Sync();
}
