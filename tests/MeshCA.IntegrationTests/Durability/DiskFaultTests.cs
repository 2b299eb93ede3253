using System.IO;
using Grpc.Core;
using Grpc.Health.V1;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Durability;

/// <summary>
/// A disk that is full or read-only, and then put right again: mounted in the process's own namespace, so that no rights are
/// needed and nothing stays behind.
/// </summary>
public sealed class DiskFaultTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Data => _directory.File("data");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task On_a_full_disk_nothing_is_issued_and_service_comes_back_with_space()
    {
        await using var process = await StartAsync();
        using var client = process.Connect();
        var token = process.Token();
        await client.AskAsync(token);
        var filler = Inside(process, "filler");
        Fill(filler);
        await FailsAsync(process, client, token);

        File.Delete(filler);
        await RecoversAsync(process, client, token);
    }

    // A mount with files open for writing cannot be set read-only from outside, so the store meets it at its start.
    [Fact]
    public async Task A_read_only_store_refuses_the_start_with_the_reason_and_works_again_with_write_access()
    {
        var answer = await SeedAsync();
        var script = $"mount --bind '{Data}' '{Data}' && mount -o remount,bind,ro '{Data}' && exec \"$@\"";
        var production = InNamespace(script, "Storage:CreateKeyEncryptionKey=true").Where(argument => argument != "--dev");
        await using (var process = MeshProcess.Launch([.. production], Data))
        {
            Assert.False(await process.ServesAsync());
            Assert.Equal(1, await process.ExitAsync());
            Assert.Contains("the store is read-only", process.Errors, StringComparison.Ordinal);
        }

        await using var again = await MeshProcess.StartAsync(Data);
        Assert.Contains(answer.Fingerprint, new StoreFile(Path.Combine(Data, "meshca.db")).Leaves());
    }

    private static async Task FailsAsync(MeshProcess process, MeshClient client, string token)
    {
        using var key = WorkloadKey.P256();
        var csr = key.Csr();

        // Room that SQLite already holds in its log may take a few more records.
        await Eventually.TrueAsync(async () => await client.CodeOfAsync(csr, new Ask { Token = token }) == StatusCode.Unavailable, "UNAVAILABLE");
        await Eventually.TrueAsync(async () => await process.ReadinessAsync() is (503, var text) && text.Contains("DiskFull", StringComparison.Ordinal), "503");
        Assert.Contains("\"name\": \"store\",\n      \"passed\": false", (await process.ReadinessAsync()).Text, StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => await HealthAsync(client) == HealthCheckResponse.Types.ServingStatus.NotServing, "NOT_SERVING");
    }

    private async Task RecoversAsync(MeshProcess process, MeshClient client, string token)
    {
        await Eventually.TrueAsync(async () => await process.ReadinessAsync() is (200, _), "readiness");
        await Eventually.TrueAsync(async () => await HealthAsync(client) == HealthCheckResponse.Types.ServingStatus.Serving, "SERVING");
        var answer = await client.AskAsync(token);
        var store = new StoreFile(Inside(process, "meshca.db"));
        Assert.Contains(answer.Fingerprint, store.Leaves());
        Assert.Contains(store.Audit("store.recovered"), entry => entry.Detail.Contains("DiskFull", StringComparison.Ordinal));
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(MeshClient client) =>
        (await client.Health.CheckAsync(new HealthCheckRequest())).Status;

    private static void Fill(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private async Task<CsrAnswer> SeedAsync()
    {
        await using var process = await MeshProcess.StartAsync(Data);
        using var client = process.Connect();
        var answer = await client.AskAsync(process.Token());
        Assert.Equal(0, await process.TerminateAsync());
        return answer;
    }

    private IReadOnlyList<string> InNamespace(string script, params string[] settings) =>
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", .. MeshProcess.CommandLine(Data, settings)];

    // Another process's mounts are seen through its root directory.
    private string Inside(MeshProcess process, string name) => $"/proc/{process.Id}/root{Path.Combine(Data, name)}";

    private async Task<MeshProcess> StartAsync()
    {
        Directory.CreateDirectory(Data);
        var script = $"mount -t tmpfs -o size=6m,mode=0700 tmpfs '{Data}' && exec \"$@\"";
        var process = MeshProcess.Launch(InNamespace(script), Data);
        Assert.True(await process.ServesAsync(), process.Errors);
        process.FindTokens(Inside(process, ""));
        return process;
    }
}
