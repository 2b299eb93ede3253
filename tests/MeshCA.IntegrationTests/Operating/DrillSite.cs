using System.IO;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>A machine as docs/operations.md has it: store, key-encryption key and backups apart, ordered about by the command line alone.</summary>
internal sealed class DrillSite : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string File(string name) => _directory.File(name);

    /// <summary>A service's administration socket.</summary>
    public string Socket(string name) => File($"{name}-run/admin.sock");

    /// <summary>A key-encryption key as operators make one.</summary>
    public async Task<string> MakeKeyAsync(string name)
    {
        await OpenSsl.RunAsync("rand", "-base64", "-out", File(name), "32");
        System.IO.File.SetUnixFileMode(File(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return File(name);
    }

    /// <summary>Where a store is and what opens it, as options of a command.</summary>
    public string[] Store(string name, string key) => ["--data", File(name), "--set", $"Storage:KeyEncryptionKeyFile={key}"];

    /// <summary>Starts a service and waits until it serves.</summary>
    public Task<MeshProcess> StartAsync(string name, string key, params string[] settings) =>
        MeshProcess.StartAsync(File(name), SettingsOf(name, key, settings));

    /// <summary>A start that must be refused.</summary>
    /// <returns>What the service said.</returns>
    public async Task<string> RefusalAsync(string name, string key)
    {
        await using var process = MeshProcess.Launch(MeshProcess.CommandLine(File(name), SettingsOf(name, key)), File(name));
        Assert.False(await process.ServesAsync());
        Assert.Equal(1, await process.ExitAsync());
        return process.Errors;
    }

    /// <summary>Runs <c>meshca</c>, which must end with a code.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(int code, params string[] arguments)
    {
        var (ended, output) = await Command.RunAsync(MeshProcess.Executable, "", arguments);
        Assert.True(code == ended, $"meshca {string.Join(' ', arguments)} ended with {ended}: {output}");
        return output;
    }

    /// <summary>The same, asked for JSON.</summary>
    public static async Task<JsonElement> ReadAsync(int code, params string[] arguments)
    {
        using var document = JsonDocument.Parse(await RunAsync(code, [.. arguments, "--output", "json"]));
        return document.RootElement.Clone();
    }

    /// <summary>Orders something of a running service.</summary>
    public Task<JsonElement> OrderAsync(string name, int code, params string[] arguments) =>
        ReadAsync(code, [.. arguments, "--socket", Socket(name)]);

    /// <summary>The authorities of a kind in a state.</summary>
    public async Task<IReadOnlyList<string>> AuthoritiesAsync(string name, string kind, string state) =>
    [
        .. (await OrderAsync(name, 0, "authority", "list")).GetProperty("authorities").EnumerateArray()
            .Where(a => a.GetProperty("kind").GetString() == kind && a.GetProperty("state").GetString() == state)
            .Select(a => a.GetProperty("id").GetString()!),
    ];

    /// <summary>Writes the trust bundle of a running service to a file.</summary>
    public async Task<string> SaveBundleAsync(MeshProcess process, string name)
    {
        await System.IO.File.WriteAllTextAsync(File(name), await RunAsync(0, "bundle", "show", "--url", process.Http.BaseAddress!.ToString()));
        return File(name);
    }

    public void Dispose() => _directory.Dispose();

    private string[] SettingsOf(string name, string key, params string[] settings) =>
        [$"Server:AdminSocket={Socket(name)}", $"Storage:KeyEncryptionKeyFile={key}", "Authorities:CheckInterval=00:00:01", .. settings];
}

/// <summary>A workload's key with the certificate it got.</summary>
internal sealed record DrillIdentity(WorkloadKey Key, CsrAnswer Answer) : IDisposable
{
    /// <summary>Gets one by a token.</summary>
    public static async Task<DrillIdentity> EnrolAsync(MeshProcess process, string account)
    {
        var key = WorkloadKey.P256();
        using var client = await ConnectAsync(process);
        return new(key, await client.AskAsync(key.Csr(), new Ask { Token = process.Token(account) }));
    }

    /// <summary>A client that knows the trust bundle as it is now.</summary>
    public static async Task<MeshClient> ConnectAsync(MeshProcess process) => new(await SetUpAsync(process));

    /// <summary>What became of a renewal by the certificate alone, over a connection of its own.</summary>
    public async Task<StatusCode> RenewAsync(MeshProcess process)
    {
        var setUp = await SetUpAsync(process) with { Certificate = Key.Join(Answer.Leaf), Intermediates = Answer.Middle };
        using var client = new MeshClient(setUp);
        return await client.CodeOfAsync(Key.Csr(), new Ask());
    }

    /// <summary>Whether a holder of a bundle accepts it.</summary>
    public bool IsAcceptedBy(X509Certificate2Collection bundle) =>
        ChainFault.Find(Answer.Leaf, Answer.Middle, bundle, TimeProvider.System.GetUtcNow()).Length == 0;

    /// <summary>Whether each of two accepts the other.</summary>
    public bool Knows(DrillIdentity other) => IsAcceptedBy(other.Answer.Bundle) && other.IsAcceptedBy(Answer.Bundle);

    public void Dispose() => Key.Dispose();

    private static async Task<ClientSetUp> SetUpAsync(MeshProcess process)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(await process.Http.GetStringAsync("/bundle.pem"));
        return new() { Address = process.Address, Roots = roots };
    }
}
